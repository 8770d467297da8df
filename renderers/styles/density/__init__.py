"""The predicted density: Gaussians, their sum on a grid, and the heat map."""
