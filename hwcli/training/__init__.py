"""Training: the loop, its numerics, checkpoints, validation and what it shows."""
