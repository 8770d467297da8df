"""What hw's own pictures of pages say about their frame, lines and paper."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from hwcli.ink_io.markup.xml_input import Element
from hwcli.ink_io.svg.lengths import PIXELS_PER_INCH, view
from renderers.ink import LARGEST, Frame, InkError, Paper

_NUMBER = re.compile(r"-?\d{1,20}(\.\d{1,20})?(e[+-]?\d{1,2})?")
_RULING = "data-hw-ruling"
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
    sides, ruling = _numbers(root.attributes.get("data-hw-paper", ""), 3), root.attributes.get(_RULING)
    try:
        paper = None if (sides, ruling) == ([None] * 3, None) else Paper(sides[0], sides[1], sides[2], ruling)
    except InkError:
        paper = None
    y, distance = _numbers(root.attributes.get("data-hw-lines", ""), 2)
    frame = Frame(left, top, width, height, _MM)
    if y is None or distance is None or not 0 < distance <= LARGEST:
        return frame, paper
    y, distance = float((matrix[1] * y + matrix[2])[1]), float(matrix[1, 1] * distance)
    return replace(frame, baseline=y, line_height=distance), paper


def _numbers(text: str, count: int) -> list[float | None]:
    """Return the numbers in `text`, None for each that is not one, and only None if there are not `count`."""
    words = text.split()
    if len(words) != count:
        return [None] * count
    return [float(word) if _NUMBER.fullmatch(word) else None for word in words]
