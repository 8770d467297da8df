"""Likeness and variety of samples, compared with real lines by measurable quantities of handwriting.

Lines are chosen evenly from the dataset's valid split. Samples of a prediction model have as many points as
their lines (at most 900); samples of a synthesis model have the texts of their lines, one sample per text.

Likeness: for every quantity the median and the middle 80 %, pooled over all lines, and for samples the
Kolmogorov-Smirnov distance from the real lines: 0 for equal distributions, 1 for no overlap.

Variety, for synthesis models: how much the quantities of `handwriting.py` vary from line to line, as the
standard deviation over lines and its ratio to that of real lines, with a 95 % interval. A second table splits
the spread of half lines into what the two halves of a line share, the hand, and what changes within a line.
--primed adds samples that each continue a real line by another writer, chosen at random. --source takes the
lines of one source only: neat and rough lines differ more from each other than a model should in one manner.
Samples of text are drawn as hw sample does, up to --tries times each, which chooses hands that can be read.

    python benchmarks/quality/likeness.py DATASET [MODEL] [--count 200] [--source NAME] [--tries 8] [--primed]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from handwriting import QUANTITIES, Line, Values, components, distance, halves, measured, ratio, spread
from hwcli.dataset.line_texts import with_text
from hwcli.dataset.store import Dataset, open_dataset
from hwcli.errors import HwError
from hwcli.ink_size import Size
from hwcli.sampling.load import load_model
from hwcli.sampling.model import Model
from hwcli.sampling.options import TRIES
from renderers.ink import Ink

LONGEST = 900
BIASES = (0.0, 0.5, 1.0)
SEED = 1
Inks = Mapping[str, Sequence[Ink]]  # by the name of their column


def pooled(inks: Sequence[Ink]) -> dict[str, Values]:
    """Return the values of every quantity of likeness over all inks."""
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


def print_likeness(sets: Inks) -> None:
    rows = {name: pooled(inks) for name, inks in sets.items()}
    print_head(sets)
    real = rows["real"]
    for quantity, values in real.items():
        cells = []
        for name, row in rows.items():
            low, middle, high = np.quantile(row[quantity], [0.1, 0.5, 0.9])
            off = "" if name == "real" else f", D = {distance(values, row[quantity]):.2f}"
            cells.append(f"{middle:.3g} ({low:.3g} … {high:.3g}){off}")
        print(f"| {quantity} | " + " | ".join(cells) + " |")


def print_variety(sets: Inks, texts: Sequence[str]) -> None:
    """Print the standard deviations over lines; row k of every set has the text k."""
    rows = {
        name: measured([Line(ink, len(text)) for ink, text in zip(inks, texts, strict=True)])
        for name, inks in sets.items()
    }
    print_head(sets)
    cells: dict[str, list[str]] = {quantity: [] for quantity in QUANTITIES}
    for name, values in rows.items():
        shares, low, high = ratio(values, rows["real"])
        for k, quantity in enumerate(QUANTITIES):
            compared = "" if name == "real" else f": {shares[k]:.2f} ({low[k]:.2f} … {high[k]:.2f})"
            cells[quantity].append(f"{spread(values)[k]:.3g}{compared}")
    for quantity, row in cells.items():
        print(f"| {quantity} | " + " | ".join(row) + " |")


def print_components(sets: Inks, texts: Sequence[str]) -> None:
    """Print the standard deviations between and within lines, from the two halves of every line."""
    found = {}
    for name, inks in sets.items():
        parts = []
        for ink, text in zip(inks, texts, strict=True):
            try:
                parts.append(halves(Line(ink, len(text)), attended(ink)))
            except ValueError:  # a text of one character, or a sample that does not reach the middle
                continue
        found[f"{name} ({len(parts)})"] = components(*(measured(half) for half in zip(*parts, strict=True)))
    print_head(found)
    for k, quantity in enumerate(QUANTITIES):
        cells = [f"{between[k]:.3g}, {within[k]:.3g}" for between, within in found.values()]
        print(f"| {quantity} | " + " | ".join(cells) + " |")


def print_head(sets: Mapping[str, object]) -> None:
    print("\n| | " + " | ".join(sets) + " |\n| --- |" + " ---: |" * len(sets))


def attended(ink: Ink) -> NDArray[np.int64]:
    """Return the character that each point belongs to."""
    assert ink.trace is not None
    return ink.trace.characters


def cut(ink: Ink, points: int) -> Ink:
    """Return the ink's first points."""
    return Ink.from_points(ink.points[:points], ink.ends[:points])


def evenly(lines: Sequence[int], count: int) -> Sequence[int]:
    """Return `count` of the lines, evenly chosen; fewer if there are fewer."""
    return lines[:: max(len(lines) // count, 1)][:count]


def valid_lines(dataset: Dataset, source: str | None) -> Sequence[int]:
    """Return the lines of the valid split, or of one `source` in it; HwError if there are none."""
    lines = dataset.split("valid")
    if source is None:
        return lines
    by_source = dataset.by_source(lines)
    if source not in by_source:
        raise HwError(f"no valid lines of {source!r}", f"the sources are {', '.join(by_source)}")
    return by_source[source]


def compare_prediction(dataset: Dataset, model: Model, lines: Sequence[int]) -> None:
    real = [cut(Ink.from_offsets(dataset.line(line)), LONGEST) for line in lines]
    sets: dict[str, Sequence[Ink]] = {"real": real}
    for bias in BIASES:
        inks = model.sample_many(len(real), LONGEST, seed=SEED, bias=bias, predictions=False)
        sets[f"bias {bias:g}"] = [cut(a, len(b)) for a, b in zip(inks, real, strict=True)]
    print(f"{len(real)} lines and samples; {model!r}")
    print_likeness(sets)


def compare_synthesis(
    dataset: Dataset, model: Model, lines: Sequence[int], count: int, tries: int, primed: bool
) -> None:
    assert model.file.alphabet is not None
    known = set(model.file.alphabet.characters)
    written = [k for k in with_text(dataset, lines) if set(dataset.lines[k].text or "") <= known]
    lines = evenly(written, count)
    texts = [dataset.lines[k].text or "" for k in lines]
    real = [Ink.from_offsets(dataset.line(k), text=text) for k, text in zip(lines, texts, strict=True)]
    sets: dict[str, Sequence[Ink]] = {"real": [model.score(ink) for ink in real]}  # with traces
    for bias in BIASES:
        sets[f"bias {bias:g}"] = model.sample_many(
            1, seed=SEED, bias=bias, text=texts, predictions=False, tries=tries
        )
    if primed:
        others = other_lines([dataset.lines[k].group for k in lines])
        sets["bias 0, primed"] = [
            model.sample(
                seed=SEED + k, text=text, prime=real[other], keep_prime=False, predictions=False, tries=tries
            )
            for k, (text, other) in enumerate(zip(texts, others, strict=True))
        ]
    print(f"{len(real)} lines and samples; {model!r}")
    print_likeness(sets)
    print("\nVariety: standard deviation over lines, and its ratio to that of real lines (95 %)")
    print_variety(sets, texts)
    print("\nStandard deviation between lines, and within lines, of their halves; (lines)")
    print_components(sets, texts)


def other_lines(groups: Sequence[str | None]) -> list[int]:
    """Return for every line the place of a random line of another group."""
    random = np.random.default_rng(SEED)
    names = np.array(groups)
    return [int(random.choice(np.flatnonzero(names != name))) for name in names]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("dataset", type=Path)
    parser.add_argument("model", nargs="?", default="default")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--source", help="lines of this source of the dataset only")
    parser.add_argument("--tries", type=int, default=TRIES, help="samples drawn at most of each text")
    parser.add_argument("--primed", action="store_true", help="also samples that continue real lines")
    args = parser.parse_args()
    try:
        dataset, model = open_dataset(args.dataset), load_model(args.model)
        lines = valid_lines(dataset, args.source)
        if model.file.alphabet is None:
            compare_prediction(dataset, model, evenly(lines, args.count))
        else:
            compare_synthesis(dataset, model, lines, args.count, args.tries, args.primed)
    except HwError as error:
        sys.exit(f"{error}" + (f"\n{error.hint}" if error.hint else ""))


if __name__ == "__main__":
    main()
