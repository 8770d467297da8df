"""Drawing text until it can be read: tries, how each is judged, and which is kept."""
