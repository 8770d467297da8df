"""What the pages for browsers share: joining their parts into one file, a style, handing files over."""
