"""Learning a hand: a small change of a model, from a few lines of one writer."""
