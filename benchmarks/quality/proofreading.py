"""Proofreading: how many wrong lines a reader finds, and how many right ones it accuses.

    python benchmarks/quality/proofreading.py [--reader NAME|PATH]

judged_lines.ndjson.xz holds 160 lines that iam-synthesis wrote at bias 1, each at its first try: 60 plain
sentences, then 100 hard lines with numbers, names and capitals. Two readers (a vision-language model, twice,
in different orders) read pictures of them by eye, without knowing the texts. Their readings are in the key
`judged`, where [a|b] is a character that could be a or, less likely, b. A line is wrong if both readings
differ from its text whichever way such a character is taken, right if both are the text as they stand, and
doubtful otherwise. Spaces do not count, nor do characters of one shape in two sizes (s and S, o and 0, l and
I and 1).

The table has a row for every number of nats that is added to the limits of single characters in
hwcli.sampling.drafting.read_back. The last row adds its words. Below it, each longer word of the right lines
is bent out of shape, and counted if no single character is at fault, and if a word is.
"""

from __future__ import annotations

import itertools
import lzma
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from hwcli.ink_io.formats import parse
from hwcli.reader.error_rate import aligned
from hwcli.reader.load import load_reader
from hwcli.reader.reader import Reader
from hwcli.sampling.drafting.read_back import read_back, worst_doubts
from renderers.ink import Ink

LINES = Path(__file__).parent / "judged_lines.ndjson.xz"
PLAIN = 60  # lines at the beginning
SHAPES = ("oO0", "lI1|", "cC", "jJ", "kK", "mM", "pP", "sS", "uU", "vV", "wW", "xX", "yY", "zZ")
SHAPE = {character: row[0] for row in SHAPES for character in row}
LOOKED_AT = range(-3, 6)
CHOICE = re.compile(r"(\[[^\]|]*\|[^\]]*\])")
VARIANTS = 4096  # of a reading, at most
LONG, BENT, KNOT = (
    4,
    0.2,
    4,
)  # characters; heights of the word that points move, along straight lines of 4 points


def judged_lines(path: Path = LINES) -> list[Ink]:
    """Return the lines in `path`."""
    return list(parse(lzma.decompress(path.read_bytes()), path.name, "ndjson"))


def shape(text: str) -> str:
    """Return what is compared: shapes, without spaces."""
    return "".join(SHAPE.get(c, c) for c in text if not c.isspace())


def readings(judged: str) -> Iterator[str]:
    """Yield what a reading may be, the likeliest first."""
    parts = [p[1:-1].split("|") if CHOICE.fullmatch(p) else [p] for p in CHOICE.split(judged)]
    return ("".join(choice) for choice in itertools.islice(itertools.product(*parts), VARIANTS))


def errors(text: str, read: str) -> int:
    """Return the number of characters that differ."""
    return sum(a != b for a, b in aligned(shape(text), shape(read)))


def state(ink: Ink) -> str:
    """Return whether a judged line is wrong, right or doubtful."""
    text, judged = ink.text or "", ink.extra["judged"]
    if all(min(errors(text, read) for read in readings(one)) for one in judged):
        return "wrong"
    return "right" if not any(errors(text, next(readings(one))) for one in judged) else "doubtful"


def report_bent(reader: Reader, inks: Sequence[Ink]) -> None:
    """Print how many bent words have no fault of one character, and how many of those a fault of a word."""
    words = [(ink, bent) for ink in inks for bent in bent_words(reader, ink)]
    faults = [read_back(reader, bent, ink.text or "").faults for ink, bent in words]
    missed = [found for found in faults if all(len(fault.character) > 1 for fault in found)]
    print(f"\n{len(words)} bent words: {len(missed)} without a fault of one character,")
    print(f"{sum(map(bool, missed))} of which have a fault of a word\n")


def bent_words(reader: Reader, ink: Ink) -> Iterator[Ink]:
    """Yield `ink` with each of its words of LONG characters and more bent, if the reader finds it."""
    reading, rng = reader.read(ink), np.random.default_rng(len(ink))
    for word in re.finditer(rf"\S{{{LONG},}}", reading.text if reading.text == ink.text else ""):
        own = (reading.characters >= word.start()) & (reading.characters < word.end())
        points = ink.points.copy()
        knots = rng.normal(scale=BENT * np.ptp(points[own, 1]), size=(own.sum() // KNOT + 2, 2))
        at = np.arange(own.sum()) / KNOT
        points[own] += np.column_stack([np.interp(at, np.arange(len(knots)), axis) for axis in knots.T])
        yield Ink.from_points(points, ink.ends)


def main(reader: Annotated[str, typer.Option(help="Bundled reader or model file.")] = "default") -> None:
    """Print the table."""
    loaded, inks = load_reader(reader), judged_lines()
    kinds = [("plain" if k < PLAIN else "hard", state(ink)) for k, ink in enumerate(inks)]
    worst = []
    for ink in inks:
        text = ink.text or ""
        doubts = loaded.compare(ink, text, gain=min(LOOKED_AT)).doubts
        worst.append(max((excess for excess, _ in worst_doubts(text, doubts)), default=-1e9))
    columns = [(k, s) for k in ("plain", "hard") for s in ("wrong", "doubtful", "right")]
    print("| limit | " + " | ".join(f"{k}, {s}" for k, s in columns) + " |")
    print("| ---: |" + " ---: |" * len(columns))
    for more in LOOKED_AT:
        found = [
            (sum(w > more for w, one in zip(worst, kinds, strict=True) if one == column), kinds.count(column))
            for column in columns
        ]
        print(f"| {more:+d} | " + " | ".join(f"{a} of {b}" for a, b in found) + " |")
    verdicts = [bool(read_back(loaded, ink, ink.text or "").faults) for ink in inks]
    found = [
        (sum(v for v, one in zip(verdicts, kinds, strict=True) if one == column), kinds.count(column))
        for column in columns
    ]
    print("| words | " + " | ".join(f"{a} of {b}" for a, b in found) + " |")
    report_bent(loaded, [ink for ink in inks if state(ink) == "right"])
    for k, ink in enumerate(inks):
        if (kinds[k][1] == "wrong") != (worst[k] > 0) and kinds[k][1] != "doubtful":
            print(
                f"{kinds[k][1]}: {ink.text!r}, judged {ink.extra['judged']}, read {loaded.read(ink).text!r}"
            )


if __name__ == "__main__":
    typer.run(main)
