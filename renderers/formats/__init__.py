"""Built-in formats: each module encodes a Scene as bytes."""
