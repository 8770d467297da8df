"""Ink that a reader found in a file, with its form, writer and format."""

from __future__ import annotations

from dataclasses import dataclass

from renderers.ink import Ink


@dataclass(frozen=True)
class FoundInk:
    """An ink in a file, and what the file says about it that is not ink."""

    ink: Ink
    format: str | None = None  # a key of `formats.FORMATS`; None for ink that is not from a file
    form: str | None = None  # the sheet or session that the ink belongs to
    writer: str | None = None  # ink of one writer (if unknown: of one form) stays in one split
    cut_out: bool = False  # whether hw cut it out of a longer ink: a file of its own is preferred
    note: str | None = None  # what a user should know about it, though it can be learned from
    defect: str | None = None  # why the ink must not be learned from, where its points do not show it
