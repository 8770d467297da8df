"""What a style has drawn, before any format."""
