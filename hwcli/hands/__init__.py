"""Hands to write in: the bundled ones, and those that a user saved."""
