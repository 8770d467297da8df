"""Reading and writing ink files, one module per format."""
