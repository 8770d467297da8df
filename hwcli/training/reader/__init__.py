"""Training a reader: lines to learn from, its learner, and how well it reads."""
