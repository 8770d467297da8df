"""The page on which people record their own handwriting."""
