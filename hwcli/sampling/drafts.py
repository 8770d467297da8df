"""The samples that are wanted, and what came of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from hwcli.engine.loop import Trajectory
from hwcli.sampling.proofread import Fault
from hwcli.sampling.target_text import Script

POINTS = 700  # in a sample without text, at the most


@dataclass(frozen=True)
class Job:
    """One sample that is wanted: its number, counted over all, what it is to write, in how many points."""

    number: int
    script: Script | None
    points: int  # at the most


class Jobs(Iterator[Job]):
    """Jobs in order, a script each, of `points` (None: as many as the script may take) at the most.

    They are numbered from `first` on. Where they are to be `alike`, a batch has one script alone.
    """

    def __init__(
        self, scripts: Iterable[Script | None], points: int | None, alike: bool, first: int = 0
    ) -> None:
        self._waiting = (
            Job(number, script, points or (script.points if script else POINTS))
            for number, script in enumerate(scripts, first)
        )
        self._back: list[Job] = []
        self._alike = alike

    def __next__(self) -> Job:
        return self._back.pop() if self._back else next(self._waiting)

    def like(self, first: Job, most: int) -> list[Job]:
        """The next jobs that can be done together with `first`, at the most so many."""
        found: list[Job] = []
        while len(found) < most and (job := next(self, None)) is not None:
            if self._alike and job.script is not first.script:
                self._back.append(job)
                break
            found.append(job)
        return found


@dataclass(frozen=True)
class Draft:
    """A sample as it was drawn, what is wrong with it, and how many were drawn to get it."""

    written: Trajectory
    faults: Sequence[Fault]
    tries: int

    def extra(self, script: Script, keep_prime: bool) -> dict[str, Any]:
        """What an ink of given text says of itself beside the text, which begins with the prime's or not.

        Places are those in the ink's own text; -1 is a prime's that is left out.
        """
        assert self.written.attended is not None
        before = script.begin if keep_prime else 0
        places = script.within(self.written.attended) - (script.begin - before)
        extra: dict[str, Any] = {"characters": places.clip(-1).tolist(), "tries": self.tries}
        if self.faults:
            extra["faults"] = [fault.as_dict() | {"place": before + fault.place} for fault in self.faults]
        return extra
