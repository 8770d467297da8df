"""Handwriting made of arches, one per letter, for the tests of pages."""

import numpy as np

from renderers import Ink


def arches(text="nnnnnnnnnnnn", unit=100.0, height=100.0):
    """Strokes (points, 2), one arch per letter, standing on y = 0; g has a descender, l an ascender."""
    strokes, x = [], 0.0
    for c in text:
        top, bottom = {"l": (2.5, 0.0), "g": (1.0, 1.2)}.get(c, (1.0, 0.0))
        t = np.linspace(0, 1, 21)
        if c == "-":
            strokes.append(np.column_stack([x + 0.6 * unit * t, np.full(21, -height / 2)]))
        elif c == ".":
            strokes.append(np.array([[x, 0.0]]))
        elif c != " ":
            y = -height * top * np.abs(np.sin(np.pi * t)) + np.where(
                t > 0.75, bottom * height * (4 * t - 3), 0
            )
            strokes.append(np.column_stack([x + 0.8 * unit * t, y]))
        x += unit
    return strokes


def sloping(strokes, slope=0.0, at=(0.0, 0.0)):
    """Ink of `strokes`, rotated to `slope` and moved by `at`."""
    angle = np.arctan(slope)
    rotation = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return Ink(strokes=tuple(stroke @ rotation + at for stroke in strokes))
