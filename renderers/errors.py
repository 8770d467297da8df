"""The one error of this package: what is wrong, and what to do about it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class RenderError(ValueError):
    """A picture that cannot be made.

    `message` is one line that says what is wrong, `hint` one line that says what to do (or None).
    """

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def unknown(what: str, name: str, known: Iterable[str]) -> RenderError:
    """The error for a `name` that is none of the `known` ones: its hint names the nearest and all of them."""
    names = list(known)
    near = difflib.get_close_matches(name.lower(), names, n=1, cutoff=0.5)
    every = f"known: {', '.join(names)}" if names else f"there is no {what} to choose"
    return RenderError(f"unknown {what} {name!r}", f"did you mean {near[0]}? ({every})" if near else every)
