"""A page about training runs: curves, epochs, samples, settings."""
