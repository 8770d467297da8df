"""Characters beyond a network's alphabet: what it writes for them, and what is drawn to complete them."""
