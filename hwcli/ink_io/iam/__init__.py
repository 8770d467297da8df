"""The IAM On-Line Handwriting Database."""
