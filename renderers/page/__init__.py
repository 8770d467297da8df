"""Pages: their size, and where ink is placed on them."""
