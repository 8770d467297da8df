"""The network in PyTorch: what training computes."""
