"""What a written page knows of its picture: the frame between the margins, and the paper around it."""

from __future__ import annotations

from collections.abc import Iterable

from renderers.ink import Ink, Paper
from renderers.scene.scene import Bounds

LARGEST = 1e150  # a larger number overflows when it is squared
LONGEST = 1e6  # sides of a page further apart than this are not a page


def frame_bounds(ink: Ink) -> Bounds | None:
    """Return the bounds of the ink's frame; None if it has none, or one that cannot be a page.

    A frame cannot be a page if a side is not above 0, one side is a million times the other, or the ink lies
    further outside than the frame's longer side. Files may hold anything, so such frames are ignored.
    """
    f = ink.frame
    if f is None or not len(ink) or not all(abs(n) <= LARGEST for n in (f.left, f.top, f.width, f.height)):
        return None
    if not (min(f.width, f.height) >= 1 / LARGEST and 1 / LONGEST <= f.width / f.height <= LONGEST):
        return None
    bounds = Bounds(f.left, f.top, f.left + f.width, f.top + f.height)
    if not min(bounds.width, bounds.height) > 0:  # far from the origin, floats are too coarse for it
        return None
    away = max(f.width, f.height)
    low, high = ink.points.min(axis=0) + away, ink.points.max(axis=0) - away
    inside = (low >= (bounds.left, bounds.top)).all() and (high <= (bounds.right, bounds.bottom)).all()
    return bounds if inside else None


def common_paper(inks: Iterable[Ink]) -> Paper | None:
    """Return the paper that all of `inks` were written for; None if they have none, or differ.

    >>> common_paper([Ink((), paper=Paper(width=148)), Ink((), paper=Paper(width=148))])
    Paper(width=148, height=None, margin=None, ruling=None)
    """
    papers = {ink.paper for ink in inks}
    return papers.pop() if len(papers) == 1 else None
