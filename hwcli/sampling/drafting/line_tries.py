"""Tries at several lines that continue from one prime, drawn side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from threading import Event

from hwcli.engine.loop import Plan
from hwcli.engine.threads import cores, run_in_threads
from hwcli.engine.trajectory import Trajectory
from hwcli.sampling.drafting.draft import Draft
from hwcli.sampling.jobs import Job
from renderers.ink import Ink


def judge_all(tries: Sequence[LineTry]) -> None:
    """Read all of `tries`, on all cores."""
    if tries:
        run_in_threads(LineTry.read, tries, min(cores(), len(tries)))


class LineTry:
    """One try at a line. It is read, and finished, only when that is asked for: most tries are not used.

    If it can be `mended`, its words can be drawn again until each can be read, or as often as is allowed.
    That gives another try.
    """

    def __init__(
        self,
        bare: Ink,
        judge: Callable[[], Draft],
        finish: Callable[[Draft], Ink],
        begun: Begun | None = None,
    ) -> None:
        self.bare = bare  # points, text and characters; neither faults nor predictions
        self.begun = begun  # None: it cannot be mended
        self.is_mended = False
        self._judge, self._finish = judge, finish

    @classmethod
    def of(
        cls,
        written: Trajectory,
        judge: Callable[[], Draft],
        finish: Callable[[Draft], Ink],
        begun: Begun | None = None,
    ) -> LineTry:
        """Return the try that was `written`."""
        bare = Draft(replace(written, raws=None, weights=None), (), 0.0, 1)
        return cls(finish(bare), judge, finish, begun)

    @cached_property
    def draft(self) -> Draft:
        """The try with its faults, and how well it can be read."""
        return self._judge()

    def read(self, stop: Event) -> None:
        """Read it, unless it was read, for `judge_all`."""
        _ = self.draft

    @property
    def is_good(self) -> bool:
        """Whether the line need not be drawn again."""
        return self.draft.is_good(limited=False) or (self.is_mended and not self.draft.faults)

    @property
    def ink(self) -> Ink:
        """The ink with all that was asked for, faults included."""
        return self._finish(self.draft)

    @property
    def cost(self) -> int:
        """How many lines and words were drawn for it, beside those of the try that it mends."""
        return self.draft.tries - 1 if self.is_mended else 1

    def mended(self, draft: Draft) -> LineTry:
        """Return the `draft` that its words were drawn again for; it cannot be mended once more."""
        self.begun = None
        other = LineTry.of(draft.written, lambda: draft, self._finish)
        other.is_mended = True
        return other


@dataclass(frozen=True)
class Begun:
    """How a try was begun, so that it can be mended."""

    job: Job
    seed: int
    plan: Plan
