"""What the pages for browsers share: a style, and handing files over."""
