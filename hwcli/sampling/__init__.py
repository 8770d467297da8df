"""Sampling and scoring in NumPy, with torch never imported."""
