"""The error of a file of arrays that is damaged or holds something else."""

from __future__ import annotations


class ArrayError(ValueError):
    """What is wrong with an array, in words; the caller says in which file."""
