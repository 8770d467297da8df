"""From ink to layers: whole strokes or point-to-point segments, and a pen that suits the writing's size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from renderers.curves import catmull_rom
from renderers.errors import RenderError
from renderers.ink import Ink
from renderers.scene import Bounds, Indices, Layer, Pen, Points

WIDTH_HELP = "line width, as a fraction of the writing's size"
SMOOTH_HELP = "curves through the points (Catmull-Rom) instead of straight lines"
THINNING_HELP = "how much thinner the pen's faster strokes are, and wider its slower ones: 0 not at all"

# How far a pen's width may go either way with its speed, and in how many steps.
THINNEST, WIDEST, WIDTHS = 0.4, 1.8, 24
# Width goes with speed to this power, for a thinning of 1.
POWER = 0.6


def stroke_layer(ink: Ink, pens: Sequence[Pen], pen: Indices, smooth: bool = False) -> Layer:
    """One path a stroke, stroke i drawn with pens[pen[i]]."""
    starts = np.concatenate([[0], np.cumsum([len(s) for s in ink.strokes])]).astype(np.intp)
    controls = catmull_rom(ink.points, ink.ends) if smooth else None
    times = np.arange(len(ink), dtype=np.intp)
    return _layer(ink, ink.points, starts, pens, pen, times, controls, pieces=False)


def thinned_layer(ink: Ink, pens: Sequence[Pen], pen: Indices, thinning: float, smooth: bool) -> Layer:
    """Stroke i drawn with pens[pen[i]], thinner where the pen was faster; like `stroke_layer` for 0."""
    if not thinning:
        return stroke_layer(ink, pens, pen, smooth)
    segments = Segments.of(ink)
    stroke = np.repeat(np.arange(len(ink.strokes)), [len(s) for s in ink.strokes])
    return segments.thinned(ink, pens, pen[stroke[segments.arrives]], thinning, smooth)


@dataclass(frozen=True, eq=False)
class Segments:
    """Point-to-point segments, and the strokes of one point, in time order."""

    arrives: Indices  # (segments,) the ink's point that each ends in
    dot: NDArray[np.bool_]  # (segments,) whether it is a stroke of one point
    first: NDArray[np.bool_]  # (segments,) whether its stroke begins with it

    @classmethod
    def of(cls, ink: Ink) -> Segments:
        """Cut the strokes of `ink`."""
        first = np.concatenate([[True], ink.ends[:-1]])
        arrives = np.flatnonzero(~first | ink.ends)
        dot = first[arrives]
        begins = np.concatenate([[False], first[:-1]])
        return cls(arrives, dot, dot | begins[arrives])

    def layer(self, ink: Ink, pens: Sequence[Pen], pen: Indices, smooth: bool = False) -> Layer:
        """The layer in which segment i is drawn with pens[pen[i]]; neighbours of one pen make one path."""
        begins = self.first.copy()
        begins[1:] |= pen[1:] != pen[:-1]
        # a path is the point that it leaves from and those that its segments arrive at; a dot is one point
        leaves = begins & ~self.dot
        index = np.repeat(self.arrives, 1 + leaves)
        at = np.cumsum(1 + leaves) - 1
        index[at[leaves] - 1] -= 1
        starts = np.append((at - leaves)[begins], len(index)).astype(np.intp)
        controls = catmull_rom(ink.points, ink.ends)[index] if smooth else None
        return _layer(ink, ink.points[index], starts, pens, pen[begins], index, controls, pieces=True)

    def thinned(
        self, ink: Ink, pens: Sequence[Pen], pen: Indices, thinning: float, smooth: bool = False
    ) -> Layer:
        """The layer in which segment i is drawn with pens[pen[i]], thinner where the pen was faster."""
        factors = np.geomspace(THINNEST, WIDEST, WIDTHS)
        place = np.interp(np.log(self._widths(ink, thinning)), np.log(factors), np.arange(WIDTHS))
        every = [Pen(one.color, one.width * float(factor)) for one in pens for factor in factors]
        return self.layer(ink, every, pen * WIDTHS + np.rint(place).astype(np.intp), smooth)

    def _widths(self, ink: Ink, thinning: float) -> NDArray[np.float64]:
        """(segments,) factors on the width: median speed over the segment's own, to POWER · `thinning`.

        Points are taken at equal times, so a segment's length is its speed. It is averaged with that of its
        neighbours in the stroke, twice: a pen has mass.
        """
        points = ink.points
        speed = np.hypot(*(points[self.arrives] - points[np.maximum(self.arrives - 1, 0)]).T)
        last = np.append(self.first[1:], True)
        for _ in range(2):
            left = np.where(self.first, speed, np.roll(speed, 1))
            right = np.where(last, speed, np.roll(speed, -1))
            speed = (left + 2 * speed + right) / 4
        usual = float(np.median(speed[~self.dot])) if not self.dot.all() else 0.0
        speed = np.where(self.dot, usual, speed)
        if not usual:
            return np.ones(len(speed))
        return np.clip((usual / np.maximum(speed, 1e-3 * usual)) ** (POWER * thinning), THINNEST, WIDEST)


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
    controls: NDArray[np.float64] | None,
    pieces: bool,
) -> Layer:
    size = writing_size(ink)
    hull = ink.points if controls is None else np.concatenate([ink.points, controls.reshape(-1, 2)])
    bounds = ink_bounds(hull, max(p.width for p in pens))
    title = ink.text or ink.id
    return Layer(
        vertices, starts, pen, tuple(pens), times, len(ink), bounds, size, pieces, title, controls=controls
    )


def _require_ink(ink: Ink) -> None:
    """RenderError unless there is something to draw and numbers can hold it."""
    if not ink.strokes:
        raise RenderError("the ink is empty: there is nothing to draw", "give ink with at least one stroke")
    # squares and differences of the coordinates have to stay finite
    if np.abs(ink.points).max() > 1e150:
        raise RenderError("the ink's coordinates are beyond 1e150", "scale the ink down before drawing it")
