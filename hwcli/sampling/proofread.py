"""Proofreading: whether a sample wrote its text, told by where the window stood.

The window only tells which character the network had in mind, point by point. That is enough for what goes
wrong in sampling: a character that the window jumped over, one on which it stayed far too long (so that it
was written twice, or the pen ran on), and a window that never reached the end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from hwcli.engine.loop import Trajectory
from hwcli.sampling.target_text import Script

LONG = 90  # points on one character that are too many, for a hand with PACE points a character
PACE = 21.0


@dataclass(frozen=True)
class Fault:
    """Something in a sample that is not what was asked for."""

    kind: str  # skipped, repeated, unfinished
    place: int  # the character, counted from 0
    character: str

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return vars(self)

    def __str__(self) -> str:
        return f"{self.kind} {self.character!r} at position {self.place + 1}"


def proofread(written: Trajectory, script: Script, partly: bool = False) -> list[Fault]:
    """What is wrong with a sample of `script`, in the order of the text; nothing for a good one.

    A sample that was to write the text but `partly` is read as far as it went.
    """
    assert written.attended is not None
    text = script.text
    # behind the last character the pen is still busy with it
    places = script.within(written.attended) - script.begin
    points = np.bincount(places[places >= 0], minlength=len(text))
    pace = max(float(np.median(points[points > 0])) if points.any() else PACE, PACE)
    whole = written.finished and not partly
    last = len(text) - 1 if whole else max(int(places.max(initial=0)), 0)
    faults = [
        Fault("skipped" if n == 0 else "repeated", k, c)
        for k, (c, n) in enumerate(zip(text[: last + 1], points.tolist(), strict=False))
        if (n == 0 and not c.isspace()) or n > LONG * pace / PACE
    ]
    if not written.finished:  # what it has not come to was not skipped
        faults.append(Fault("unfinished", last, text[last]))
    return faults
