"""The frame that ink of a written page asks for: what of its plane the page shows within the margins.

Such ink says so in `extra["page"]`: `left`, `top`, `width` and `height` in its own units. A page of text is
as wide as its paper and not as its longest line, and drawn so that its lines lie as far apart as they are to.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from renderers.ink import Ink
from renderers.scene.scene import Bounds

# What numbers can hold when they are squared; and how many times one side of a page may be the other.
LARGEST, LONGEST = 1e150, 1e6


def frame_of(ink: Ink) -> Bounds | None:
    """The frame of `ink`, None where it has none.

    A `page` that is no frame is somebody else's, since ink keeps whatever a file says, and passed over: one
    without the four numbers, without sides above 0, with one side a million times the other, or with ink that
    lies further outside of it than it is long.
    """
    page = ink.extra.get("page")
    if not isinstance(page, Mapping) or not len(ink):
        return None
    left, top, width, height = (_number(page.get(key)) for key in ("left", "top", "width", "height"))
    if left is None or top is None or width is None or height is None:
        return None
    if not (min(width, height) >= 1 / LARGEST and 1 / LONGEST <= width / height <= LONGEST):
        return None
    frame = Bounds(left, top, left + width, top + height)
    if not min(frame.width, frame.height) > 0:  # far from the origin, doubles lie apart
        return None
    away = max(width, height)
    low, high = ink.points.min(axis=0) + away, ink.points.max(axis=0) - away
    return frame if (low >= (left, top)).all() and (high <= (frame.right, frame.bottom)).all() else None


def _number(value: Any) -> float | None:
    """`value` as a number, None where it is none, or not finite, or too large."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= LARGEST:
        return None
    return float(value)
