"""The predicted density: weighted Gaussians, their sum on a pixel grid, and the heat map."""
