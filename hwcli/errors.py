"""The errors that are shown to the user as one line, without a traceback."""

from __future__ import annotations

import errno


class HwError(Exception):
    """An error that the user can fix: `message` is one line on what is wrong and where, `hint` what to do."""

    def __init__(self, message: str, hint: str | None = None):
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __reduce__(self) -> tuple[type[HwError], tuple[str, str | None]]:
        return type(self), (self.message, self.hint)  # pickled with its hint, for worker processes


class UsageError(HwError):
    """A wrong command line: exit status 2 instead of 1."""


def os_error(error: OSError, doing: str) -> HwError:
    """Return an OSError as an HwError; `doing` is what failed, such as "write run/config.toml"."""
    why = error.strerror or str(error)
    hint = None
    if error.errno in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT):
        hint = "free some space, or choose another place with -o"
    return HwError(f"cannot {doing}: {why[:1].lower() + why[1:]}", hint)
