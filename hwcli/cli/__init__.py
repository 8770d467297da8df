"""The command line's own parts: flags, what a request asks for, where results go."""
