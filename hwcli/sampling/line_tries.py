"""Tries at several lines that continue from one prime, drawn side by side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property

from hwcli.sampling.drafts import Draft
from renderers.ink import Ink


class LineTry:
    """One try at a line. It is read only when its draft is asked for."""

    def __init__(self, ink: Ink, judge: Callable[[], Draft]) -> None:
        self.ink = ink  # its trace has no faults yet
        self._judge = judge

    @property
    def with_faults(self) -> Ink:
        """Its ink, whose trace has the faults."""
        trace = self.ink.trace
        return replace(self.ink, trace=trace and replace(trace, faults=tuple(self.draft.faults)))

    @cached_property
    def draft(self) -> Draft:
        """The try with its faults, and how well it can be read."""
        return self._judge()
