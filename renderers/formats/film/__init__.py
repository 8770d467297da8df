"""Films: ink drawn in time."""
