"""Evaluating a model on whole lines of a dataset; without PyTorch."""
