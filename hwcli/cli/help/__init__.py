"""Help, completion and wrong usage of all commands."""
