"""Tries at several lines that continue from one prime, drawn side by side."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from hwcli.sampling.drafts import Draft
from renderers.ink import Ink


class LineTry:
    """One try at a line. It is read, and finished, only when that is asked for: most tries are not used."""

    def __init__(self, bare: Ink, judge: Callable[[], Draft], finish: Callable[[Draft], Ink]) -> None:
        self.bare = bare  # points, text and characters; neither faults nor predictions
        self._judge, self._finish = judge, finish

    @cached_property
    def draft(self) -> Draft:
        """The try with its faults, and how well it can be read."""
        return self._judge()

    @property
    def ink(self) -> Ink:
        """The ink with all that was asked for, faults included."""
        return self._finish(self.draft)
