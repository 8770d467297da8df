"""The errors that are shown to the user as one line, without a traceback."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager


class HwError(Exception):
    """An error that the user can fix: `message` is one line on what is wrong and where, `hint` what to do."""

    def __init__(self, message: str, hint: str | None = None):
        super().__init__(message)
        self.message = message
        self.hint = hint
        if hint:
            self.add_note(f"hint: {hint}")  # a traceback shows it below the message

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


@contextmanager
def needs_extra(extra: str, failed: str) -> Iterator[None]:
    """Turn an import that fails in the block into an HwError with the command that installs `extra`.

    `extra` is one of pyproject.toml's; `failed` is what cannot be done without it, such as "hw plot cannot
    draw". A failing import of hw's own modules is a bug, and stays what it is.
    """
    try:
        yield
    except ImportError as error:
        name = (error.name or "").partition(".")[0]
        if name in ("hwcli", "renderers"):
            raise
        missing = isinstance(error, ModuleNotFoundError) and name
        why = f"{name} is not installed" if missing else str(error)
        raise HwError(f"{failed}: {why}", f'pip install "hwcli[{extra}]"') from None
