"""Joining the lines of a page as one ink."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import fields, replace
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwcli.pages.layout import BASELINE, LINE_DISTANCE, Layout
from hwcli.pages.levelling import with_first_step
from hwcli.pages.written_line import WrittenLine
from renderers.attention import Attention
from renderers.ink import Fault, Frame, Ink, Prediction, Trace

Points = NDArray[np.float64]
DIGITS = 6  # significant digits of the handwriting's height that coordinates are rounded to


def joined(lines: Sequence[WrittenLine | None], layout: Layout, size: float, **about: Any) -> Ink:
    """Join the lines of a page, the last of which is not empty, in handwriting of the Size.height `size`."""
    distance = LINE_DISTANCE * size
    strokes: list[Points] = []
    predictions: list[Prediction] = []
    characters: list[NDArray[np.int64]] = []
    attention: list[Attention] = []
    faults: list[Fault] = []
    measure, place = layout.measure * distance, 0
    decimals = DIGITS - 1 - math.floor(math.log10(size))  # as fine as samples; short to write
    for row, line in enumerate(lines):
        if line is not None:
            indent = line.indent * distance
            left = indent + layout.left(max(measure - indent - line.width, 0.0), line.align)
            corner = np.array([left, (row + BASELINE) * distance])
            if line.shown.prediction is not None:
                step = np.zeros(2)
                if strokes and line.pen_before is not None:
                    # on the page the pen comes from the end of the line above
                    step = line.pen_before + corner - strokes[-1][-1]
                predictions.append(with_first_step(line.shown.prediction, step))
            strokes += [np.round(stroke + corner, decimals) for stroke in line.shown.strokes]
            of = line.shown.trace.characters if line.shown.trace else np.full(len(line.shown), -1)
            characters.append(np.where(of >= 0, of + place, of))
            if line.shown.attention is not None:
                attention.append(line.shown.attention.moved(place))
            faults += [replace(fault, place=fault.place + place) for fault in line.faults]
        place += 1 + (len(line.text) if line else 0)
    traces = [line.shown.trace for line in lines if line is not None]
    trace = Trace(
        np.concatenate(characters),
        sum(line.tries for line in lines if line is not None),
        tuple(faults),
        traces[0].prime_trouble if traces[0] else None,
        reduce(Attention.then, attention) if attention else None,
    )
    height = (len(lines) if layout.height is None else layout.height) * distance
    mm = None if layout.line_mm is None else layout.line_mm / distance
    return Ink(
        strokes=tuple(strokes),
        prediction=_concatenated(predictions),
        text="\n".join(line.text if line else "" for line in lines),
        trace=trace,
        frame=Frame(0.0, 0.0, measure, height, mm, BASELINE * distance, distance),
        paper=layout.paper,
        **about,
    )


def _concatenated(parts: Sequence[Prediction]) -> Prediction | None:
    """Chain `Prediction.then` over `parts`, copying every row once."""
    if not parts:
        return None
    names = [f.name for f in fields(Prediction)]
    return Prediction(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})
