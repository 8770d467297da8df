"""How well ink at a half, a third and a quarter of its rate is restored: on splines, and on straight lines.

For strokes of every 40th line of a dataset, prints how far the restored points are from the true ones, and
the Kolmogorov-Smirnov distance (0: equal, 1: no overlap) of the angles by which the pen turns at a point.

    python benchmarks/quality/resampling.py DATASET
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hwcli.dataset.store import open_dataset
from hwcli.ink_size import resampled
from renderers.ink import Ink

Values = NDArray[np.float64]
EVERY = 40


def on_straight_lines(stroke: Values, points: int) -> Values:
    """Return `points` points on the straight lines between those of `stroke`, at even steps of time."""
    at, here = np.linspace(0, len(stroke) - 1, points), np.arange(len(stroke))
    return np.column_stack([np.interp(at, here, stroke[:, axis]) for axis in (0, 1)])


def turns(stroke: Values) -> Values:
    """Return the absolute angles between consecutive steps, in radians."""
    steps = np.diff(stroke, axis=0)
    steps = steps[np.hypot(*steps.T) > 0]
    angles = np.diff(np.arctan2(steps[:, 1], steps[:, 0]))
    return np.asarray(np.abs((angles + np.pi) % (2 * np.pi) - np.pi))


def distance(a: Values, b: Values) -> float:
    """Return the Kolmogorov-Smirnov distance of two samples."""
    a, b = np.sort(a), np.sort(b)
    both = np.concatenate([a, b])
    ranks = [np.searchsorted(one, both, "right") / len(one) for one in (a, b)]
    return float(np.abs(ranks[0] - ranks[1]).max())


def main() -> None:
    dataset = open_dataset(Path(sys.argv[1]))
    strokes = [s for k in range(0, len(dataset), EVERY) for s in Ink.from_offsets(dataset.line(k)).strokes]
    print("| rate | method | root mean square, units | turns, KS distance |\n| --- | --- | ---: | ---: |")
    for every in (2, 3, 4):
        whole = [s[: (len(s) - 1) // every * every + 1] for s in strokes if len(s) > 3 * every]
        sparse = [s[::every] for s in whole]
        restored = {
            "straight lines": [on_straight_lines(s, len(t)) for s, t in zip(sparse, whole, strict=True)],
            "Catmull-Rom": [resampled(Ink(strokes=(s,)), every).strokes[0] for s in sparse],
        }
        true = np.concatenate([turns(s) for s in whole])
        for method, found in restored.items():
            off = np.concatenate(found) - np.concatenate(whole)
            apart = distance(np.concatenate([turns(s) for s in found]), true)
            print(f"| 1/{every} | {method} | {np.sqrt((off**2).sum(1).mean()):.1f} | {apart:.2f} |")


if __name__ == "__main__":
    main()
