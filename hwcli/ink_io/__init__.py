"""Ink files in and out, a module for each format."""
