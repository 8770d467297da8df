"""What an epoch of training reads: which lines, how they are changed, and how they are batched."""
