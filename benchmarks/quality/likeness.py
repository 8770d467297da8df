"""Likeness of samples to real lines, by measurable quantities of handwriting, from 200 of each.

Lines are chosen evenly from the dataset's valid split; each sample has as many points as its line (at most
900). Prints for every quantity the median and the middle 80 %, pooled, and for samples the Kolmogorov-Smirnov
distance from the real lines: 0 for equal distributions, 1 for no overlap.

    python benchmarks/quality/likeness.py DATASET [model] [count]
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hwcli.dataset.store import open_dataset
from hwcli.ink_size import Size
from hwcli.sampling.load import load_model
from renderers.ink import Ink

Values = NDArray[np.float64]
DATASET = open_dataset(Path(sys.argv[1]))
MODEL = load_model(sys.argv[2] if len(sys.argv) > 2 else "default")
COUNT = int(sys.argv[3]) if len(sys.argv) > 3 else 200
LONGEST = 900


def first(ink: Ink, points: int) -> Ink:
    """Return the ink's first points."""
    return Ink.from_points(ink.points[:points], ink.ends[:points])


def measured(inks: list[Ink]) -> dict[str, Values]:
    """Return every quantity's values over all inks."""
    rows: dict[str, list[Values]] = {}

    def add(name: str, values: object) -> None:
        rows.setdefault(name, []).append(np.atleast_1d(np.asarray(values, np.float64)))

    for ink in inks:
        steps, down = ink.offsets[1:, :2], ~ink.ends[:-1]
        along = np.hypot(*steps[down].T)
        size = Size.of(ink)
        add("pen lifts per 100 points", 100 * len(ink.strokes) / len(ink))
        add("points per stroke", [len(s) for s in ink.strokes])
        add("length of a stroke", [np.hypot(*np.diff(s, axis=0).T).sum() for s in ink.strokes])
        add("one-point strokes, %", 100 * np.mean([len(s) == 1 for s in ink.strokes]))
        add("step while writing (speed)", along)
        add("direction while writing, degrees", np.degrees(np.arctan2(-steps[down][:, 1], steps[down][:, 0])))
        add("step between strokes", np.hypot(*steps[~down].T))
        add("height of the hand", size.height if size else 0.0)
        add("advance per 100 points", 100 * (ink.points[-1, 0] - ink.points[0, 0]) / len(ink))
        x, y = ink.points.T
        add("slope of the line, %", 100 * np.polyfit(x, y, 1)[0] if np.ptp(x) > 0 else 0.0)
    return {name: np.concatenate(values) for name, values in rows.items()}


def distance(a: Values, b: Values) -> float:
    """Return the Kolmogorov-Smirnov distance between two sets of values."""
    both = np.sort(np.concatenate([a, b]))
    at_a, at_b = (np.searchsorted(np.sort(v), both, "right") / len(v) for v in (a, b))
    return float(np.abs(at_a - at_b).max())


lines = DATASET.split("valid")
lines = lines[:: max(len(lines) // COUNT, 1)][:COUNT]
real = [first(Ink.from_offsets(DATASET.line(line)), LONGEST) for line in lines]
sets = {"real": measured(real)}
for bias in (0.0, 0.5, 1.0):
    inks = MODEL.sample_many(len(real), LONGEST, seed=1, bias=bias, predictions=False)
    sets[f"bias {bias:g}"] = measured([first(a, len(b)) for a, b in zip(inks, real, strict=True)])
print(f"{len(real)} lines and samples; {MODEL!r}")
print("| | " + " | ".join(sets) + " |\n| --- |" + " ---: |" * len(sets))
for name, values in sets["real"].items():
    cells = []
    for which, rows in sets.items():
        low, middle, high = np.quantile(rows[name], [0.1, 0.5, 0.9])
        off = "" if which == "real" else f", D = {distance(values, rows[name]):.2f}"
        cells.append(f"{middle:.3g} ({low:.3g} … {high:.3g}){off}")
    print(f"| {name} | " + " | ".join(cells) + " |")
