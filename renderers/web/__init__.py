"""What pages for browsers share: one file that loads nothing, a style, handing files over."""
