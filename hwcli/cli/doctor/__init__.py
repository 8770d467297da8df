"""What hw doctor checks."""
