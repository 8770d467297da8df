"""What hw's own pictures of pages say about their frame and paper."""

from __future__ import annotations

import re

import numpy as np

from hwcli.ink_io.markup.xml_input import Element
from hwcli.ink_io.svg.lengths import PIXELS_PER_INCH, view
from renderers.ink import LARGEST, Frame, InkError, Paper

_NUMBER = re.compile(r"-?\d{1,20}(\.\d{1,20})?(e[+-]?\d{1,2})?")
_MM = 25.4 / PIXELS_PER_INCH  # in a pixel


def page_in(root: Element) -> tuple[Frame | None, Paper | None]:
    """Return the frame, in pixels, and the paper of a picture; None for what it does not say as hw does.

    Raises PathError if the picture's view box is not one.
    """
    box = _numbers(root.attributes.get("data-hw-frame", ""), 4)
    if None in box:
        return None, None
    corner, size = np.array(box, dtype=np.float64).reshape(2, 2)
    matrix = view(root)
    left, top = (corner @ matrix[:2] + matrix[2]).tolist()
    width, height = (size @ matrix[:2]).tolist()
    if not all(abs(number) <= LARGEST for number in (left, top, width, height)):
        return None, None
    sides = _numbers(root.attributes.get("data-hw-paper", ""), 3)
    try:
        paper = None if sides == [None] * 3 else Paper(*sides)
    except InkError:
        paper = None
    return Frame(left, top, width, height, _MM), paper


def _numbers(text: str, count: int) -> list[float | None]:
    """Return the numbers in `text`, None for each that is not one, and only None if there are not `count`."""
    words = text.split()
    if len(words) != count:
        return [None] * count
    return [float(word) if _NUMBER.fullmatch(word) else None for word in words]
