"""Lengths, transforms and view boxes of SVG, by svgelements."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import svgelements

from hwcli.ink_io.markup.xml_input import Element
from hwcli.ink_io.svg.curves import Array, PathError
from hwcli.ink_io.svg.path_data import numbers

PIXELS_PER_INCH = 96.0
IDENTITY: Array = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
_LONGEST = 10_000  # characters of a transform


@lru_cache(maxsize=1 << 12)
def length(text: str) -> float | None:
    """Return a length in pixels; None if it is relative to something, such as 50 %, or not a length."""
    try:
        value = svgelements.Length(text).value(ppi=PIXELS_PER_INCH)
    except (ValueError, TypeError, ArithmeticError):
        return None
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None


@lru_cache(maxsize=1 << 12)
def _transform(text: str) -> tuple[float, ...]:
    if len(text) > _LONGEST:
        raise PathError(f"a transform of {len(text):,} characters is too long")
    try:
        matrix = svgelements.Matrix(text)
        matrix.render(ppi=PIXELS_PER_INCH)
        values = tuple(float(getattr(matrix, key)) for key in "abcdef")
    except (ValueError, TypeError, IndexError, ArithmeticError):
        values = (math.nan,)
    if not all(map(math.isfinite, values)):
        raise PathError(f"{text.strip()[:40]!r} is not a transform")
    return values


def transform(text: str) -> Array:
    """Return a transform as a matrix, (3, 2), for row vectors; PathError if it is not one."""
    return np.array(_transform(text)).reshape(3, 2)


def after(matrix: Array, first: Array) -> Array:
    """Return the matrix that does `first`, then `matrix`."""
    with np.errstate(over="ignore", invalid="ignore"):
        return np.concatenate([first[:2] @ matrix[:2], first[2:] @ matrix[:2] + matrix[2]])


def view(element: Element, width: str | None = None, height: str | None = None) -> Array:
    """Return the matrix from the units inside an <svg> or <symbol> to those around it.

    `width` and `height` override those of the element. Without a view box it is the identity.
    """
    box = element.attributes.get("viewBox")
    if box is None:
        return IDENTITY
    values = numbers(box)
    if len(values) != 4 or not np.isfinite(values).all():
        raise PathError(f"{box[:40]!r} is not a view box")
    left, top, *sizes = values.tolist()
    if min(sizes) <= 0:
        return IDENTITY
    asked = (width or element.attributes.get("width"), height or element.attributes.get("height"))
    given = [None if text is None else length(text) for text in asked]
    scales = [size / inside if size and size > 0 else None for size, inside in zip(given, sizes, strict=True)]
    known = [scale for scale in scales if scale is not None]
    if not known:
        return np.array([[1.0, 0.0], [0.0, 1.0], [-left, -top]])
    aspect = element.attributes.get("preserveAspectRatio", "")
    if aspect.strip().startswith("none") and len(known) == 2:
        x_scale, y_scale = known
    else:
        x_scale = y_scale = max(known) if "slice" in aspect else min(known)
    return np.array([[x_scale, 0.0], [0.0, y_scale], [-left * x_scale, -top * y_scale]])
