"""Size of handwriting by how a line begins: the same words after a number, a word in capitals, a small word.

The rest of each plain line is written after several beginnings, with the same seeds, at bias 1, one try. Its
height is compared with that after a small word.

    python benchmarks/quality/size_by_beginning.py [MODEL] [--count 20]
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from hwcli.ink_size import Size
from hwcli.sampling.load import load_model
from hwcli.sampling.options import SampleOptions
from renderers.ink import Ink

LINES = Path(__file__).parent / "plain_lines.txt"
BEGINNINGS = {
    "small word": "then ",
    "capital": "Then ",
    "number": "1786 ",
    "date": "17.9.26 ",
    "capitals": "THEN ",
}
SEEDS = 2


def height(ink: Ink, start: int) -> float:
    """Return the height of the ink that belongs to the characters from `start` on; NaN without any."""
    assert ink.trace is not None
    own = np.asarray(ink.trace.characters) >= start
    size = Size.of(Ink.from_points(ink.points[own], ink.ends[own])) if own.any() else None
    return size.height if size else np.nan


def main(model: Annotated[str, typer.Argument(help="Model.")] = "default", count: int = 20) -> None:
    """Print the median height of the rest of a line over that after a small word, for each beginning."""
    writer = load_model(model, "synthesis")
    rests = [line[0].lower() + line[1:] for line in LINES.read_text("utf-8").splitlines()[:count]]
    heights = {}
    for name, begin in BEGINNINGS.items():
        texts = [begin + rest for rest in rests]
        inks = writer.samples(SEEDS, 1, SampleOptions(None, 1.0, predictions=False, tries=1), text=texts)
        heights[name] = np.array([height(ink, len(begin)) for ink in inks])
    print(f"{writer.name}, {count} lines x {SEEDS} seeds")
    for name, values in heights.items():
        ratios = values / heights["small word"]
        low, middle, high = np.nanpercentile(ratios, [10, 50, 90])
        print(f"{name:12} {middle:.2f}  (middle 80 %: {low:.2f} to {high:.2f})")


if __name__ == "__main__":
    typer.run(main)
