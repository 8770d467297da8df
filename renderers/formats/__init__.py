"""Picture formats: a scene to bytes."""
