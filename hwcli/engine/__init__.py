"""The network in NumPy (and its CUDA twin): what sampling computes."""
