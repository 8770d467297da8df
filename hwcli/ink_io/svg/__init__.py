"""SVG drawings as ink."""
