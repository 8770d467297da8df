"""Training a network on a dataset (needs torch)."""
