"""How much mending whole-pixel ink restores: people's lines, rounded to pixels, as they are and mended.

Prints, for each size of a pixel in the dataset's units: the root mean square distance from the unrounded
lines, in pixels; the Kolmogorov-Smirnov distance of the angles by which the pen turns (0: as in the
unrounded lines); the share of the steps that lie on the grid; the characters that the bundled reader reads
wrongly; and, with a model, the log-loss at that model's size.

    python benchmarks/quality/device_ink.py DATASET [lines [synthesis model]]
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from hwcli.dataset.store import open_dataset
from hwcli.device_ink.mending import mended
from hwcli.reader.error_rate import Errors
from hwcli.reader.load import load_reader
from hwcli.reader.reader import Reader
from hwcli.sampling.load import load_model
from hwcli.sampling.model import Model
from quality.resampling import distance, turns
from renderers.ink import Ink

PIXELS = 4, 7, 14, 20


def in_pixels(ink: Ink, units: int) -> Ink:
    return replace(ink, strokes=tuple(np.rint(stroke / units) for stroke in ink.strokes))


def scaled(ink: Ink, units: float) -> Ink:
    return replace(ink, strokes=tuple(stroke * units for stroke in ink.strokes))


def on_grid(inks: Sequence[Ink], units: int) -> float:
    """Return the share of the steps within strokes that are whole pixels in both directions."""
    steps = np.concatenate([np.diff(stroke, axis=0) for ink in inks for stroke in ink.strokes]) / units
    return float((np.abs(steps - np.rint(steps)) < 1e-3).all(axis=1).mean())


def row(name: str, inks: Sequence[Ink], true: Sequence[Ink], units: int, reader: Reader, model: Model | None):
    off = np.concatenate([ink.points for ink in inks]) - np.concatenate([ink.points for ink in true])
    angles = [np.concatenate([turns(s) for ink in some for s in ink.strokes]) for some in (inks, true)]
    errors = Errors.total(Errors.of(ink.text or "", reader.text_of(ink)) for ink in inks)
    cells = [
        f"{np.sqrt((off**2).mean()) / units:.2f}",
        f"{distance(*angles):.2f}",
        f"{on_grid(inks, units):.0%}",
        f"{errors.rate:.1%}",
    ]
    if model is not None:
        scores = [model.score(ink, fit=True).extra["log_loss"]["nats"] for ink in inks]
        cells.append(f"{sum(scores) / sum(map(len, inks)):.2f}")
    print(f"| {name} | {' | '.join(cells)} |", flush=True)


def main() -> None:
    folder, count, name = (*sys.argv[1:], *["60", ""][len(sys.argv) - 2 :])
    dataset, reader = open_dataset(Path(folder)), load_reader()
    model = load_model(name) if name else None
    chosen = [k for k in dataset.split("valid") if (text := dataset.lines[k].text) and reader.knows(text)]
    chosen = chosen[:: max(len(chosen) // int(count), 1)][: int(count)]
    true = [Ink.from_offsets(dataset.line(k), text=dataset.lines[k].text) for k in chosen]
    print(f"| pixel | distance | turns | on the grid | misread |{' log-loss |' if model else ''}")
    print(f"| --- |{' ---: |' * (5 if model else 4)}")
    row("none", true, true, 1, reader, model)
    for units in PIXELS:
        pixels = [in_pixels(ink, units) for ink in true]
        # each line by itself, as if each were a hand
        made = [mended([ink])[0][0] for ink in pixels]
        row(f"{units}", [scaled(ink, units) for ink in pixels], true, units, reader, model)
        row(f"{units}, mended", [scaled(ink, units) for ink in made], true, units, reader, model)


if __name__ == "__main__":
    main()
