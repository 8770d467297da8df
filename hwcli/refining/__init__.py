"""Ink made neater for training: level lines, legible ones, one size and density, composed lines."""
