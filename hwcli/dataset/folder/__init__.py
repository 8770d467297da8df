"""The files of a dataset folder: arrays, rows of arrays, and the table of its lines."""
