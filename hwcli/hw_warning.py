"""What Python users are warned of. The commands print the same words on stderr (hwcli.console)."""

from __future__ import annotations

import sys
import warnings

OWN = ("hwcli", "renderers")  # packages whose lines are not what a user wrote


class HwWarning(UserWarning):
    """Something that a user should know, though nothing failed, such as a misread character in a sample.

    The commands print the same words on stderr. Python shows each message once per line of a program; to hide
    all of them, or to make them errors:

        warnings.simplefilter("ignore", hw.HwWarning)
        warnings.simplefilter("error", hw.HwWarning)
    """

    def __init__(self, message: str, is_note: bool = False):
        super().__init__(message)
        self.message = message
        self.is_note = is_note  # the commands print it as a note, without the word "warning"


def warn(message: str, is_note: bool = False) -> None:
    """Warn of `message` at the line outside hw that is being run."""
    # like skip_file_prefixes of Python 3.12
    frame, level = sys._getframe(), 1
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] in OWN:
        frame, level = frame.f_back, level + 1
    warnings.warn(HwWarning(message, is_note), stacklevel=level)
