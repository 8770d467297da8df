"""What the commands of hw hand share."""
