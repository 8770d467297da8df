"""Ink → dataset folder, and back: building, checking, splitting, memory-mapped reading."""
