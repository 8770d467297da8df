"""Paper: how large it is, and where on it the ink lies."""
