"""Text → pages of ink."""

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
from hwcli.pages.hand import BASELINE, Hand
from hwcli.pages.layout import Layout
from hwcli.pages.levelling import first_seen_from
from hwcli.pages.line_breaking import Flow
from hwcli.pages.scribe import Scribe
from hwcli.pages.written_line import Line
from hwcli.sampling.model import fresh_seed
from hwcli.sampling.options import DEFAULT, SampleOptions
from hwcli.sampling.target_text import NOTHING
from renderers.ink import Fault, Frame, Ink, Prediction, Trace

if TYPE_CHECKING:
    from hwcli.alphabet import Alphabet
    from hwcli.sampling.model import Model

Points = NDArray[np.float64]
FINE = 5  # digits of a hand's height that are written down, after the first


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
    """Yield `text` written by `model` on pages laid out as `layout` says, `count` times; one ink per page.

    All pages of a sample come before those of the next, each as soon as it is finished. A line feed ends a
    line, and an empty line stays one, except at the ends of the text and of a page; lines are broken between
    words. All lines are in one hand: that of `prime`, which says `prime_text` (default: its own text), or
    that of the first line, and in its units. Sample n of a seed, counted from `first_number`, does not depend
    on `count`.

    Each ink has its strokes in writing order, its lines joined by line feeds as `text`, the prediction behind
    every point (unless `options` say otherwise; the first point of a line is predicted from the end of what
    the line continues from), the trace of the page's text with the tries of its lines added up, and the
    `frame` that the page shows within its margins. Its id is the seed and the sample's number, with the page
    (`-p2`) if there are several.

    Raises ValueError for a number out of range; HwError, when the first page is asked for, for text without a
    visible character or with characters that the model lacks, and for a prime that cannot be used.
    """
    if count < 1:
        raise ValueError(f"count should be at least 1, not {count}")
    seed = fresh_seed() if seed is None else seed
    if not 0 <= seed < 2**63:
        raise ValueError(f"seed should lie in 0 … 2^63 - 1, not {seed}")
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
    flow = Flow.of(_spelt(text, model.file.alphabet, options.fold))
    if not flow:
        raise HwError(NOTHING, "give it a word")
    options = replace(options, fold=False)
    for number in numbers:
        scribe = Scribe(model, layout, seed, number, prime, options)
        left, page = flow, 0
        while left:
            lines, left = _page(scribe, left, layout.lines)
            page += 1
            alone = page == 1 and not left
            about = {"id": f"{seed}-{number}" + ("" if alone else f"-p{page}"), "seed": seed}
            yield joined(lines, layout, scribe.hand, model=model.name, **about)


def _spelt(text: str, alphabet: Alphabet | None, fold: bool) -> str:
    """`text` in characters that the model knows, its line feeds kept; HwError for others."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    if alphabet is None:  # a model that cannot write says so itself
        return text
    whole = re.sub(r"\s", " ", text)  # errors name positions in the whole
    if not fold:
        alphabet.encode(whole)
        return text
    alphabet.folded(whole)
    return "\n".join(alphabet.folded(line) for line in text.split("\n"))


def _page(scribe: Scribe, flow: Flow, most: int | None) -> tuple[list[Line | None], Flow]:
    """The lines of a page, `most` at the most, empty ones as None but not at its ends; and what is left."""
    lines: list[Line | None] = []
    flow = flow.without_blanks()
    while flow and (most is None or len(lines) < most):
        line, flow = scribe.write(flow)
        lines.append(line)
    while lines[-1] is None:
        lines.pop()
    return lines, flow.without_blanks()


def joined(lines: Sequence[Line | None], layout: Layout, hand: Hand, **about: Any) -> Ink:
    """The page of `lines`, the last of which is not empty, as one ink; `about` it are its other fields."""
    strokes: list[Points] = []
    predictions: list[Prediction] = []
    characters: list[NDArray[np.int64]] = []
    faults: list[Fault] = []
    measure, place = layout.measure * hand.distance, 0
    # as fine as samples are, for a file that is short
    decimals = FINE - math.floor(math.log10(hand.height))
    for row, line in enumerate(lines):
        if line is not None:
            corner = np.array([layout.left(max(measure - line.width, 0.0)), (row + BASELINE) * hand.distance])
            if line.ink.prediction is not None:
                step = np.zeros(2)
                if strokes and line.before is not None:
                    # from where the pen really was before: at the end of the line above
                    step = line.before + corner - strokes[-1][-1]
                predictions.append(first_seen_from(line.ink.prediction, step))
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
    height = (len(lines) if layout.height is None else layout.height) * hand.distance
    mm = None if layout.line_mm is None else layout.line_mm / hand.distance
    return Ink(
        strokes=tuple(strokes),
        prediction=_one_after_another(predictions),
        text="\n".join(line.text if line else "" for line in lines),
        trace=trace,
        frame=Frame(0.0, 0.0, measure, height, mm),
        **about,
    )


def _one_after_another(parts: Sequence[Prediction]) -> Prediction | None:
    """`Prediction.then` over many, every row copied once."""
    if not parts:
        return None
    names = [f.name for f in fields(Prediction)]
    return Prediction(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})
