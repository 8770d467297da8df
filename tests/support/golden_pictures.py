"""Comparison of a picture with its golden file, tolerant of differences between machines.

Fonts, rounding in the last digit and antialiasing by another version of Cairo may differ; visible differences
fail.
"""

from __future__ import annotations

import base64
import io
import re
import xml.etree.ElementTree as ET
from itertools import zip_longest

import numpy as np
from PIL import Image, ImageSequence

from html_pages import cards, decoded
from pdf_files import pdf_pages
from renderers.formats.viewer.card import STEPS_PER_PX

# Tolerance of numbers in SVG, in units of the page: they have two decimals.
NUMBER = 0.021
# The share PIXELS of all pixels may differ by more than EDGE (of 255); all may differ by MEAN on average.
PIXELS, EDGE, MEAN = 0.001, 24, 0.3
# The share of a terminal's characters that may differ, or have a colour that differs by more than EDGE.
CELLS = 0.004

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)")


def same(format: str, one: bytes, two: bytes) -> None:
    """Assert that two files of one format show the same picture."""
    compare = {
        "svg": _same_svg,
        "png": _same_png,
        "gif": _same_gif,
        "pdf": _same_pdf,
        "gcode": _same_gcode,
        "term": _same_text,
        "html": _same_html,
    }
    compare[format](one, two)


def _same_gcode(one: bytes, two: bytes) -> None:
    for a, b in zip_longest(*(data.decode().splitlines() for data in (one, two)), fillvalue=""):
        if not a.startswith(";"):  # lengths in comments are rounded to whole millimetres
            _same_numbers(a, b, "a line")


def _same_svg(one: bytes, two: bytes) -> None:
    for a, b in zip_longest(ET.fromstring(one).iter(), ET.fromstring(two).iter()):
        assert a is not None, f"one lacks {b}"
        assert b is not None, f"two lacks {a}"
        assert (a.tag, a.text) == (b.tag, b.text)
        assert set(a.attrib) == set(b.attrib), f"<{a.tag}> has other attributes"
        for name, value in a.attrib.items():
            if value.startswith("data:image/png"):
                _same_png(*(base64.b64decode(v.partition(",")[2]) for v in (value, b.attrib[name])))
            elif name.lower().endswith(("color", "fill", "stroke")):
                assert value == b.attrib[name], f"{name} of <{a.tag}>"
            else:
                _same_numbers(value, b.attrib[name], f"{name} of <{a.tag}>")


def _same_numbers(one: str, two: str, where: str) -> None:
    assert re.sub(r"[\s,]+", "", _NUMBER.sub("0", one)) == re.sub(r"[\s,]+", "", _NUMBER.sub("0", two)), where
    a, b = (np.array(_NUMBER.findall(text), dtype=float) for text in (one, two))
    assert np.allclose(a, b, rtol=0, atol=NUMBER), f"{where}: numbers differ by {np.abs(a - b).max():.3g}"


def _same_html(one: bytes, two: bytes) -> None:
    first, second = map(cards, (one, two))
    assert len(first) == len(second), "numbers of pictures differ"
    for a, b in zip(first, second, strict=True):
        px = STEPS_PER_PX * NUMBER  # of coordinates; codes of predictions are rounded, too
        _same_values(decoded(a), decoded(b), {"points": px, "vertices": px, "controls": px, "numbers": 1})


def _same_values(one: object, two: object, tolerances: dict[str, float], within: float = 0.0) -> None:
    assert type(one) is type(two)
    if isinstance(one, dict) and isinstance(two, dict):
        assert one.keys() == two.keys()
        for name in one:
            _same_values(one[name], two[name], tolerances, tolerances.get(name, within))
    elif isinstance(one, list) and isinstance(two, list):
        assert len(one) == len(two)
        for a, b in zip(one, two, strict=True):
            _same_values(a, b, tolerances, within)
    elif isinstance(one, np.ndarray) and isinstance(two, np.ndarray):
        assert one.shape == two.shape
        assert np.abs(one.astype(np.int64) - two.astype(np.int64)).max(initial=0) <= within
    elif isinstance(one, float) and isinstance(two, float):
        assert np.isclose(one, two, rtol=0.002, atol=0.02)
    else:
        assert one == two


def _same_png(one: bytes, two: bytes) -> None:
    _same_pixels(*(Image.open(io.BytesIO(data)) for data in (one, two)))


def _same_pdf(one: bytes, two: bytes) -> None:
    for a, b in zip_longest(*map(pdf_pages, (one, two))):
        _same_pixels(a, b)


def _same_gif(one: bytes, two: bytes) -> None:
    a, b = (Image.open(io.BytesIO(data)) for data in (one, two))
    assert a.info.get("loop") == b.info.get("loop")
    for first, second in zip_longest(ImageSequence.Iterator(a), ImageSequence.Iterator(b)):
        assert first is not None, "one has fewer frames"
        assert second is not None, "two has fewer frames"
        assert first.info["duration"] == second.info["duration"]
        _same_pixels(first, second)


def _same_pixels(one: Image.Image, two: Image.Image) -> None:
    a, b = (np.asarray(image.convert("RGBA"), dtype=np.int64) for image in (one, two))
    assert a.shape == b.shape, "sizes differ"
    apart = np.abs(a - b).max(axis=-1)
    assert (apart > EDGE).mean() <= PIXELS, f"{(apart > EDGE).mean():.2%} of the pixels differ"
    assert apart.mean() <= MEAN, f"pixels differ by {apart.mean():.2f} on average"


def _same_text(one: bytes, two: bytes) -> None:
    a, b = (_cells(data.decode()) for data in (one, two))
    assert len(a) == len(b), "lengths differ"
    differing = sum(
        x != y or np.abs(np.subtract(c, d)).max() > EDGE for (x, c), (y, d) in zip(a, b, strict=True)
    )
    assert differing <= CELLS * len(a), f"{differing} characters of {len(a)} differ"


def _cells(text: str) -> list[tuple[str, tuple[int, ...]]]:
    """Return each character with its colour and background; -255 stands for the terminal's own."""
    none = (-255, -255, -255)
    found, color, ground = [], none, none
    for sequence, character in re.findall(r"\x1b\[([\d;]*)m|(.)", text, re.S):
        if character:
            found.append((character, color + ground))
        elif sequence == "0":
            color = ground = none
        else:
            for kind, _, rgb in re.findall(r"(3|4)(9|8;2;(\d+;\d+;\d+))", sequence):
                new = tuple(map(int, rgb.split(";"))) if rgb else none
                color, ground = (new, ground) if kind == "3" else (color, new)
    return found
