"""Faults of the devices that record ink: measured and mended."""
