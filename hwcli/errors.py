"""The one error that is meant for a person."""

from __future__ import annotations

import errno


class HwError(Exception):
    """Something that the user can put right: what is wrong and where, and what to do about it.

    `message` is one line; `hint`, where there is one, is the next thing to try.
    """

    def __init__(self, message: str, hint: str | None = None):
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __reduce__(self) -> tuple[type[HwError], tuple[str, str | None]]:
        return type(self), (self.message, self.hint)  # errors cross process borders whole


class UsageError(HwError):
    """A command that was put wrongly: exit status 2 instead of 1."""


def os_error(error: OSError, doing: str) -> HwError:
    """What an OSError means to a person: `doing` says what was under way ("write run/config.toml")."""
    why = error.strerror or str(error)
    hint = None
    if error.errno in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT):
        hint = "free some space, or choose another place with -o"
    return HwError(f"cannot {doing}: {why[:1].lower() + why[1:]}", hint)
