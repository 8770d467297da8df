"""The drawn picture before any format: paths, images, labels, colours."""
