"""Datasets: building them from ink, checking and splitting, and reading them."""
