"""Proofreading: whether a sample wrote its text, judged by where the window stood.

The window only shows which character the network had in mind at each point. That is enough for what goes
wrong in sampling: a character that the window jumped over, one that it stayed on far too long (written twice,
or the pen ran on), and a window that never reached the end.
"""

from __future__ import annotations

import numpy as np

from hwcli.engine.trajectory import Trajectory
from hwcli.sampling.target_text import TargetText
from renderers.ink import Fault

LONG = 90  # more points than this on one character are too many, for a hand of PACE points per character
PACE, SLOWEST = 21.0, 61.0  # of 10,000 lines of people, the median and the largest


def proofread(written: Trajectory, target: TargetText, partly: bool = False) -> list[Fault]:
    """Return what is wrong with a sample of `target`, in the order of the text; nothing for a good one.

    A sample that was to write the text only `partly` is judged as far as it went.
    """
    assert written.attended is not None
    text = target.text
    # once the window has passed the last character, the pen is still writing it
    places = target.clipped(written.attended) - target.start
    points = np.bincount(places[places >= 0], minlength=len(text))
    pace = float(np.median(points[points > 0]).clip(PACE, SLOWEST)) if points.any() else PACE
    whole = written.finished and not partly
    last = len(text) - 1 if whole else max(int(places.max(initial=0)), 0)
    faults = [
        Fault("skipped" if n == 0 else "repeated", k, c)
        for k, (c, n) in enumerate(zip(text[: last + 1], points.tolist(), strict=False))
        if (n == 0 and not c.isspace()) or n > LONG * pace / PACE
    ]
    if not written.finished:  # characters that it did not reach were not skipped
        faults.append(Fault("unfinished", last, text[last]))
    return faults
