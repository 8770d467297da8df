"""Compare every style in every format with a golden file that a person has reviewed.

`pytest tests/renderers/test_golden.py --bless` rewrites the files.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import hwcli
from golden_pictures import same
from inks import make_attention
from renderers import Ink, Page, Prediction, draw
from renderers.ink import Trace
from renderers.registry import FORMATS, STYLES

FOLDER = Path(__file__).parents[1] / "golden"
OPTIONS: dict[str, dict[str, Any]] = {
    "svg": {},
    "png": {"scale": 0.75},
    "gif": {"scale": 0.5, "duration": 0.6, "fps": 10, "hold": 0.5},
    "pdf": {},
    "gcode": {},
    "term": {"columns": 60, "ansi": True},
    "html": {},
}
NEEDS_CAIRO = ("png", "gif", "pdf")
COLORED = [name for name in FORMATS if name != "gcode"]  # G-code has one pen, and no heat maps
# Rasterised letters differ between machines.
AS_PIXELS: dict[str, dict[str, Any]] = {"window": {"labels": False}, "attention": {"labels": False}}
PICTURES = [
    *(
        (style, format_, AS_PIXELS.get(style, {}) if format_ in NEEDS_CAIRO else {}, f"{style}.{format_}")
        for style in STYLES
        for format_ in FORMATS
    ),
    ("plain", "svg", {"smooth": True}, "plain-smooth.svg"),
    ("eos", "svg", {"legend": True}, "eos-legend.svg"),
]
ROWS = [
    pytest.param(*row, id=row[3], marks=[pytest.mark.cairo] if row[1] in NEEDS_CAIRO else [])
    for row in PICTURES
]


@cache
def golden_ink() -> Ink:
    """Return ink of "l·oo l" with characters: a prime first, one skipped o, and points after the end."""
    ink = hwcli.read_ink(FOLDER / "ink.ndjson")
    characters = [*5 * [-1], *15 * [0], *40 * [2], 1, *9 * [4], *11 * [5], *3 * [6]]
    attention = make_attention(np.array(characters), len(ink.text or ""))
    return dataclasses.replace(ink, trace=Trace(characters, attention=attention))


def picture(ink: Ink, style: str, format_: str, options: dict[str, Any]) -> bytes:
    made = draw(ink, style, Page(width=400), **options).encode(format_, **OPTIONS[format_])
    # of a page for browsers, only the picture: its script is tested in tests/renderers/formats/viewer
    return b"".join(re.findall(rb'<script [^>]*class="card".*\n', made)) if format_ == "html" else made


@pytest.mark.parametrize(("style", "format_", "options", "name"), ROWS)
def test_picture_matches_its_golden_file(
    style: str, format_: str, options: dict[str, Any], name: str, request: pytest.FixtureRequest
) -> None:
    made = picture(golden_ink(), style, format_, options)
    file = FOLDER / name
    if request.config.getoption("--bless"):
        file.write_bytes(made)
    same(format_, made, file.read_bytes())


def nudged(ink: Ink, by: float, strokes: slice = slice(None)) -> Ink:
    """Move some strokes of the ink to the right."""
    moved = list(ink.strokes)
    moved[strokes] = [s + np.array([by, 0.0]) for s in moved[strokes]]
    return dataclasses.replace(ink, strokes=tuple(moved))


def other_prediction(ink: Ink) -> Ink:
    """Change the prediction: pen lifts elsewhere, and next points further away."""
    p = ink.prediction
    assert p is not None
    worse = Prediction(p.eos[::-1].copy(), p.pi, p.mu + 60, p.sigma * 2, p.rho)
    return dataclasses.replace(ink, prediction=worse)


def without_its_last_stroke(ink: Ink) -> Ink:
    assert ink.prediction is not None
    rows = slice(0, len(ink) - len(ink.strokes[-1]))
    trace = Trace(ink.trace.characters[rows], attention=ink.trace.attention.rows(np.arange(rows.stop)))
    return dataclasses.replace(ink, strokes=ink.strokes[:-1], prediction=ink.prediction[rows], trace=trace)


WRONG: dict[str, Callable[[Ink], Ink]] = {
    "a stroke elsewhere": lambda ink: nudged(ink, 60.0, slice(2, 3)),
    "a stroke missing": without_its_last_stroke,
}


@pytest.mark.cairo
@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("style", STYLES)
def test_comparison_detects_visible_differences(
    style: str, format_: str, change: Callable[[Ink], Ink]
) -> None:
    ink = golden_ink()
    right, wrong = (picture(one, style, format_, {}) for one in (ink, change(ink)))
    with pytest.raises(AssertionError):
        same(format_, right, wrong)


@pytest.mark.cairo
@pytest.mark.parametrize("format_", COLORED)
@pytest.mark.parametrize("style", ["eos", "pdf"])
def test_comparison_detects_another_prediction(style: str, format_: str) -> None:
    ink = golden_ink()
    right, wrong = (picture(one, style, format_, {}) for one in (ink, other_prediction(ink)))
    with pytest.raises(AssertionError):
        same(format_, right, wrong)


@pytest.mark.cairo
@pytest.mark.parametrize("format_", ["svg", "png", "gif", "pdf"])
def test_comparison_detects_another_color(format_: str) -> None:
    ink = golden_ink()
    right, wrong = (picture(ink, "plain", format_, {"color": color}) for color in ("#1c2440", "#7c2440"))
    with pytest.raises(AssertionError):
        same(format_, right, wrong)


@pytest.mark.cairo
@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("style", STYLES)
def test_comparison_tolerates_rounding(style: str, format_: str) -> None:
    ink = golden_ink()
    rounded = nudged(ink, 0.01, slice(1, 2))  # a few thousandths of 1 px
    same(format_, picture(ink, style, format_, {}), picture(rounded, style, format_, {}))
