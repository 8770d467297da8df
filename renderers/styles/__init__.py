"""Built-in styles: each module turns an Ink into a Scene."""
