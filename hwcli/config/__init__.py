"""One configuration for all commands."""
