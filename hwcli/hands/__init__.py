"""Hands to write in: the bundled ones and the user's own."""
