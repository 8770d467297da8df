"""Ink that a reader found in a file, with its form, writer and format."""

from __future__ import annotations

from dataclasses import dataclass

from hwcli.errors import HwError
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
    device: str | None = None  # what recorded the ink, if one writer used several with units of their own
    part: str | None = None  # the part of its database that the ink belongs to, for the counts in reports


class NoInkError(HwError):
    """The error of a file that is of a known kind, but not ink: it only happened to lie among some."""


class UnreadInkError(HwError):
    """The error of one or several inks that cannot be read, in a known part of their database."""

    def __init__(self, message: str, hint: str | None = None, count: int = 1, part: str | None = None):
        super().__init__(message, hint)
        self.count = count
        self.part = part
