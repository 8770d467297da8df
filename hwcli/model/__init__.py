"""The network and its mixture in torch, and the model file, which is read without torch."""
