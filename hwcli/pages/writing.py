"""Writing text on pages."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hwcli.errors import HwError
from hwcli.pages.layout import BASELINE, LINE_DISTANCE, Layout
from hwcli.pages.levelling import with_first_step
from hwcli.pages.line_breaking import RunningText
from hwcli.pages.line_writer import LineWriter
from hwcli.pages.written_line import WrittenLine
from hwcli.sampling.options import DEFAULT, SampleOptions
from hwcli.sampling.seed import checked_seed
from hwcli.sampling.target_text import NOTHING
from renderers.ink import Fault, Frame, Ink, Prediction, Trace

if TYPE_CHECKING:
    from hwcli.alphabet import Alphabet
    from hwcli.sampling.model import Model

Points = NDArray[np.float64]
DIGITS = 6  # significant digits of the handwriting's height that coordinates are rounded to


def write_pages(
    model: Model,
    text: str,
    layout: Layout,
    *,
    count: int = 1,
    seed: int | None = None,
    options: SampleOptions = DEFAULT,
    prime: Ink | None = None,
    prime_text: str | None = None,
    first_number: int = 0,
) -> Iterator[Ink]:
    """Write `text` with `model` on pages of `layout`, `count` times; yield each page when it is done.

    All pages of a sample come before those of the next. A line feed in the text ends a line; empty lines are
    kept except at the ends of the text and of a page. Lines are broken between words
    (`RunningText.next_line`). All lines are in one handwriting (`LineWriter`): that of `prime`, whose text is
    `prime_text` (default: its own), or that of the first line. Sample n of a seed, counted from
    `first_number`, does not depend on `count`.

    A page's ink has its strokes in writing order, its lines joined by line feeds as `text`, the trace of that
    text with the tries of its lines added up, the prediction behind every point unless `options` exclude it
    (the first point of a line is predicted from the end of its prime), and the `frame` that is drawn within
    the page's margins. Its id is the seed's and the sample's number, and the page's (`-p2`) if there are
    several.

    Raises ValueError for a number out of range and, when the first page is requested, HwError for a text that
    is blank or has characters unknown to the model, and for a prime that cannot be used.
    """
    seed = checked_seed(seed, count, first_number)
    given = None if prime is None else (prime, prime_text)
    numbers = range(first_number, first_number + count)
    return _pages(model, text, layout, numbers, seed, given, options)


def _pages(
    model: Model,
    text: str,
    layout: Layout,
    numbers: Iterable[int],
    seed: int,
    prime: tuple[Ink, str | None] | None,
    options: SampleOptions,
) -> Iterator[Ink]:
    whole = running_text(text, model.file.alphabet, options.fold)
    options = replace(options, fold=False)
    for number in numbers:
        writer = LineWriter(model, layout, seed, number, prime, options)
        rest, page = whole, 0
        while rest:
            lines, rest = _page(writer, rest, layout.lines)
            page += 1
            single = page == 1 and not rest
            about = {"id": f"{seed}-{number}" + ("" if single else f"-p{page}"), "seed": seed}
            yield _joined(lines, layout, writer.height, model=model.name, **about)


def running_text(text: str, alphabet: Alphabet | None, fold: bool) -> RunningText:
    """Return `text` as it is to be written on pages; HwError if it is blank or has unknown characters."""
    whole = RunningText.of(_encodable(text, alphabet, fold))
    if not whole:
        raise HwError(*NOTHING)
    return whole


def _encodable(text: str, alphabet: Alphabet | None, fold: bool) -> str:
    """Return `text` in the model's characters and line feeds; HwError for unknown characters."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    if alphabet is None:  # the model itself reports that it cannot write
        return text
    whole = re.sub(r"\s", " ", text)  # errors give positions in the whole text
    if not fold:
        alphabet.encode(whole)
        return text
    alphabet.folded(whole)
    return "\n".join(alphabet.folded(line) for line in text.split("\n"))


def _page(
    writer: LineWriter, text: RunningText, most: int | None
) -> tuple[list[WrittenLine | None], RunningText]:
    """Write up to `most` lines, empty ones as None except at the ends; also return the remaining text."""
    lines: list[WrittenLine | None] = []
    text = text.without_leading_blanks()
    while text and (most is None or len(lines) < most):
        line, text = writer.write(text)
        lines.append(line)
    while lines[-1] is None:
        lines.pop()
    return lines, text.without_leading_blanks()


def _joined(lines: Sequence[WrittenLine | None], layout: Layout, size: float, **about: Any) -> Ink:
    """Join the lines of a page, the last of which is not empty, in handwriting of the Size.height `size`."""
    distance = LINE_DISTANCE * size
    strokes: list[Points] = []
    predictions: list[Prediction] = []
    characters: list[NDArray[np.int64]] = []
    faults: list[Fault] = []
    measure, place = layout.measure * distance, 0
    decimals = DIGITS - 1 - math.floor(math.log10(size))  # as fine as samples; short to write
    for row, line in enumerate(lines):
        if line is not None:
            corner = np.array([layout.left(max(measure - line.width, 0.0)), (row + BASELINE) * distance])
            if line.ink.prediction is not None:
                step = np.zeros(2)
                if strokes and line.pen_before is not None:
                    # on the page the pen comes from the end of the line above
                    step = line.pen_before + corner - strokes[-1][-1]
                predictions.append(with_first_step(line.ink.prediction, step))
            strokes += [np.round(stroke + corner, decimals) for stroke in line.ink.strokes]
            of = line.ink.trace.characters if line.ink.trace else np.full(len(line.ink), -1)
            characters.append(np.where(of >= 0, of + place, of))
            faults += [replace(fault, place=fault.place + place) for fault in line.faults]
        place += 1 + (len(line.text) if line else 0)
    traces = [line.ink.trace for line in lines if line is not None]
    trace = Trace(
        np.concatenate(characters),
        sum((t.tries or 1) if t else 1 for t in traces),
        tuple(faults),
        traces[0].prime_trouble if traces[0] else None,
    )
    height = (len(lines) if layout.height is None else layout.height) * distance
    mm = None if layout.line_mm is None else layout.line_mm / distance
    return Ink(
        strokes=tuple(strokes),
        prediction=_concatenated(predictions),
        text="\n".join(line.text if line else "" for line in lines),
        trace=trace,
        frame=Frame(0.0, 0.0, measure, height, mm),
        **about,
    )


def _concatenated(parts: Sequence[Prediction]) -> Prediction | None:
    """Chain `Prediction.then` over `parts`, copying every row once."""
    if not parts:
        return None
    names = [f.name for f in fields(Prediction)]
    return Prediction(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})
