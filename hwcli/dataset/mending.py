"""Mends lines that are to be rescaled, where the device that recorded a hand has left its mark."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from hwcli.dataset.packing import Line, compact
from hwcli.dataset.store import INK
from hwcli.device_ink.mending import mend, report
from hwcli.device_ink.survey import Survey
from renderers.ink import Ink

SURVEY = 50  # lines that a hand is measured on


@dataclass(frozen=True)
class Mended:
    """What was mended in the lines of one hand."""

    source: str
    hand: str
    lines: int
    step: float  # of the grid that was smoothed, in the ink's units; 0: none was
    notes: list[str]


def mended_lines(lines: Sequence[Line]) -> tuple[list[Line], list[Mended]]:
    """Return `lines` mended hand by hand (`Line.hand`), and what was done; most lines are clean and stay."""
    hands: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for k, line in enumerate(lines):
        if line.offsets is not None:
            hands[line.origin, line.hand].append(k)
    made, done = list(lines), []
    for (origin, hand), places in sorted(hands.items()):
        some = places[:: max(len(places) // SURVEY, 1)]
        survey = Survey.of([ink_of(lines[k]) for k in some])
        if survey.is_clean:
            continue
        changed = 0
        for k in places:
            made[k] = _mended(lines[k], survey)
            changed += made[k] is not lines[k]
        if changed:
            step = survey.step if survey.is_coarse else 0.0
            done.append(Mended(origin, hand, changed, step, report(survey, changed)))
    return made, done


def ink_of(line: Line) -> Ink:
    """Return the ink of a line that is kept."""
    assert line.offsets is not None
    points = line.offsets[:, :2].cumsum(0, dtype=np.float64)
    return Ink.from_points(points, line.offsets[:, 2] > 0.5)


def _mended(line: Line, survey: Survey) -> Line:
    """Return a line mended; the same object if it needs nothing."""
    old = ink_of(line)
    new = mend(old, survey)
    if new is old:
        return line
    return replace(
        line, offsets=compact(new.offsets), units=INK, grain=0.0 if survey.is_coarse else line.grain
    )
