"""The error of this package."""

from __future__ import annotations

from collections.abc import Iterable


class RenderError(ValueError):
    """A picture cannot be made: `message` is one line that states the problem, `hint` one on what to do."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        if hint:
            self.add_note(f"hint: {hint}")  # a traceback shows it below the message


def unknown(what: str, name: str, known: Iterable[str]) -> RenderError:
    """Return the error for a `name` that is not among `known`; the hint suggests the nearest.

    >>> unknown("style", "colour", ["plain", "color"]).hint
    'did you mean color? (known: plain, color)'
    """
    return RenderError(f"unknown {what} {name!r}", nearest(name, known))


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a hint that suggests the nearest to `name` among `known`, and lists them."""
    import difflib  # only needed when something was mistyped

    names = list(known)
    near = difflib.get_close_matches(name.lower(), names, n=1, cutoff=0.5)
    every = f"known: {', '.join(names)}" if names else "none is known"
    return f"did you mean {near[0]}? ({every})" if near else every
