"""Learning curves: read the metrics of training runs, smooth them, and chart them."""
