"""From ink to layers: whole strokes or point-to-point segments, and a pen that suits the writing's size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from renderers.errors import RenderError
from renderers.ink import Ink
from renderers.scene import Bounds, Indices, Layer, Pen, Points

WIDTH_HELP = "line width, as a fraction of the writing's size"


def stroke_layer(ink: Ink, pens: Sequence[Pen], pen: Indices) -> Layer:
    """One path a stroke, stroke i drawn with pens[pen[i]]."""
    starts = np.concatenate([[0], np.cumsum([len(s) for s in ink.strokes])]).astype(np.intp)
    return _layer(ink, ink.points, starts, pens, pen, np.arange(len(ink), dtype=np.intp), pieces=False)


@dataclass(frozen=True, eq=False)
class Segments:
    """Point-to-point segments, and the strokes of one point, as paths in time order."""

    vertices: Points  # (n, 2)
    starts: Indices  # (paths + 1,)
    times: Indices  # (n,) the ink's point that each vertex is
    arrives: Indices  # (paths,) the ink's point that each path ends in

    @classmethod
    def of(cls, ink: Ink) -> Segments:
        """Cut the strokes of `ink`."""
        first = np.concatenate([[True], ink.ends[:-1]])
        dot = first & ink.ends
        arrives = np.flatnonzero(~first | dot)
        lengths = np.where(dot[arrives], 1, 2)
        starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.intp)
        times = np.repeat(arrives, lengths)
        leave = starts[:-1][lengths == 2]
        times[leave] -= 1
        return cls(ink.points[times], starts, times, arrives)

    def layer(self, ink: Ink, pens: Sequence[Pen], pen: Indices) -> Layer:
        """The layer in which path p is drawn with pens[pen[p]]."""
        return _layer(ink, self.vertices, self.starts, pens, pen, self.times, pieces=True)


def writing_size(ink: Ink) -> float:
    """The height of typical strokes, in the ink's units, > 0: the scale by which a pen is chosen.

    √12 times the points' root mean square distance from the middle of their stroke, vertically: the height of
    strokes that dwell on every height alike. On lines of one collection it differs less from line to line
    than medians of strokes' heights do. Ink without height counts by its width, and ink of dots alone by a
    fortieth of its extent. RenderError for ink that cannot be drawn.
    """
    _require_ink(ink)
    lengths = np.array([len(s) for s in ink.strokes])
    starts = np.cumsum(lengths) - lengths
    points = ink.points - ink.points.min(axis=0)
    middles = np.add.reduceat(points, starts) / lengths[:, None]
    across, down = np.sqrt(12 * ((points - np.repeat(middles, lengths, axis=0)) ** 2).mean(axis=0))
    size = float(down or across or points.max() / 40 or 1.0)
    # far from the origin, doubles lie apart: a pen thinner than that would have no width
    return max(size, 1024 * float(np.spacing(np.abs(ink.points).max())))


def ink_bounds(points: NDArray[np.float64], width: float) -> Bounds:
    """Around `points` drawn by a pen of `width`."""
    low, high = points.min(axis=0) - width / 2, points.max(axis=0) + width / 2
    return Bounds(*low.tolist(), *high.tolist())


def _layer(
    ink: Ink,
    vertices: Points,
    starts: Indices,
    pens: Sequence[Pen],
    pen: Indices,
    times: Indices,
    pieces: bool,
) -> Layer:
    bounds = ink_bounds(ink.points, max(p.width for p in pens))
    title = ink.text or ink.id
    size = writing_size(ink)
    return Layer(vertices, starts, pen, tuple(pens), times, len(ink), bounds, size, pieces, title)


def _require_ink(ink: Ink) -> None:
    """RenderError unless there is something to draw and numbers can hold it."""
    if not ink.strokes:
        raise RenderError("the ink is empty: there is nothing to draw", "give ink with at least one stroke")
    # squares and differences of the coordinates have to stay finite
    if np.abs(ink.points).max() > 1e150:
        raise RenderError("the ink's coordinates are beyond 1e150", "scale the ink down before drawing it")
