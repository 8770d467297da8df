"""A network's sizes and the model file, read and written without torch."""
