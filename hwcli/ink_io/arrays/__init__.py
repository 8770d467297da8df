"""Reads and writes ink as arrays of NumPy: .npy, .npz and pickles of arrays, without unpickling."""
