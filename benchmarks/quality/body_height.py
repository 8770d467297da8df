"""How well the body height of a hand is measured: from half a form, a line, a word, a character.

Pieces of the forms of a dataset are scaled by random factors. Each factor is then recovered by comparing the
piece with the other lines of its form; the table has the error of that in %. The last column is that of
`Size.height`, which does not know the text. Words and characters are cut out where the window of a synthesis
model says that they are: a character must have its strokes to itself.

    python benchmarks/quality/body_height.py DATASET [forms] [model]
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from hwcli.dataset.body_height import body_size, expected_spread
from hwcli.dataset.store import Dataset, open_dataset
from hwcli.errors import HwError
from hwcli.ink_size import Size
from hwcli.sampling.load import load_model
from hwcli.sampling.model import Model
from renderers.ink import Ink

Piece = tuple[Ink, str]
LEAST_LINES = 5  # of a form
OWN = 0.6  # share of a stroke's points on which the window must be within the piece: it runs a little ahead
KINDS = {"small letters": str.islower, "capitals": str.isupper, "digits": str.isdigit}


def line_of(dataset: Dataset, number: int) -> Piece:
    """Return a line's ink and text."""
    rows, text = dataset.line(number), dataset.lines[number].text or ""
    return Ink.from_offsets(rows, text=text), text


def heights(pieces: Iterable[Piece]) -> tuple[float, float]:
    """Return the body height of pieces of one hand, and the median of their Size.height; NaN without size."""
    sized = [(size, text) for ink, text in pieces if (size := Size.of(ink)) is not None]
    if (body := body_size(sized)) is None:
        return np.nan, np.nan
    return body.height, float(np.median([size.height for size, _ in sized]))


def cut(ink: Ink, characters: np.ndarray, first: int, end: int) -> Ink | None:
    """Return the strokes that the window mostly passed on the characters `first` to `end` - 1, else None."""
    within = (characters >= first) & (characters < end)
    ends = np.flatnonzero(ink.ends) + 1
    shares = [part.mean() for part in np.split(within, ends[:-1])]
    strokes = tuple(s for s, share in zip(ink.strokes, shares, strict=True) if share >= OWN)
    unclear = any(1 - OWN < share < OWN for share in shares)
    return Ink(strokes=strokes) if strokes and not unclear else None


def words_and_characters(model: Model, ink: Ink, text: str) -> Iterator[tuple[str, Piece]]:
    """Yield the words and characters that can be cut out of a line, each with its kind."""
    try:
        trace = model.score(ink).trace
    except HwError:  # a character that the model does not know
        return
    assert trace is not None
    first = 0
    for word in text.split(" "):
        if len(word) > 1 and (piece := cut(ink, trace.characters, first, first + len(word))):
            yield "a word", (piece, word)
        first += len(word) + 1
    for place, character in enumerate(text):
        kind = next((name for name, is_kind in KINDS.items() if is_kind(character)), None)
        if kind and expected_spread(character) and (piece := cut(ink, trace.characters, place, place + 1)):
            yield f"a character: {kind}", (piece, character)


def main() -> None:
    dataset = open_dataset(Path(sys.argv[1]))
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 120
    model = load_model(sys.argv[3] if len(sys.argv) > 3 else "iam-synthesis")
    rng = np.random.default_rng(1)
    forms: defaultdict[str, list[int]] = defaultdict(list)
    for number, line in enumerate(dataset.lines):
        if line.text:
            forms[line.group].append(number)
    chosen = [lines for lines in forms.values() if len(lines) >= LEAST_LINES]
    errors: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    for lines in chosen[:: max(len(chosen) // count, 1)]:
        pieces = [line_of(dataset, number) for number in lines]
        halves = pieces[::2], pieces[1::2]
        rest = heights(halves[1])

        def record(kind: str, some: list[Piece], rest: tuple[float, float] = rest) -> None:
            factor = np.exp(rng.normal(0, 1))
            scaled = [(Ink(strokes=tuple(factor * s for s in ink.strokes)), text) for ink, text in some]
            found = np.array(heights(scaled)) / rest
            errors[kind].append(tuple(np.log(found / factor)))

        record("half of a form's lines", list(halves[0]))
        record("a line", [halves[0][rng.integers(len(halves[0]))]])
        parts: defaultdict[str, list[Piece]] = defaultdict(list)
        for ink, text in halves[0][1:3]:  # the first line of a form tends to be larger
            for kind, piece in words_and_characters(model, ink, text):
                parts[kind].append(piece)
        for kind, found in parts.items():
            for piece in found:
                record(kind, [piece])
            if kind != "a word":
                record(f"up to 10 of them: {kind.removeprefix('a character: ')}", found[:10])
    print(
        "| measured on | pieces | median | error, % | with Size.height |\n| --- | ---: | ---: | ---: | ---: |"
    )
    for kind, found in sorted(errors.items()):
        logs = np.array(found)
        logs = logs[np.isfinite(logs).all(1)]
        error, plain = 100 * np.median(np.abs(np.expm1(logs)), axis=0)
        middle = 100 * np.expm1(np.median(logs[:, 0]))
        print(f"| {kind} | {len(logs):,} | {middle:+.1f} % | {error:.1f} | {plain:.1f} |")


if __name__ == "__main__":
    main()
