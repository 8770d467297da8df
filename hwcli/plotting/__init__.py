"""Curves of training runs: their metrics read, smoothed and compared, for renderers.chart to draw."""
