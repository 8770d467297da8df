"""Films: drawing ink as it was written, frame by frame."""
