"""From ink to layers: whole strokes or point-to-point segments, and a pen that suits the writing's size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from renderers.errors import RenderError
from renderers.ink import Ink
from renderers.scene.scene import Bounds, Indices, Layer, Pen, Points
from renderers.scene.splines import catmull_rom

WIDTH_HELP = "line width, as a fraction of the writing's size"
SMOOTH_HELP = "curves through the points (Catmull-Rom) instead of straight lines"
THINNING_HELP = "how much thinner the pen's faster strokes are, and wider its slower ones: 0 not at all"

# How far a pen's width may go either way with its speed, and in how many steps.
THINNEST, WIDEST, WIDTHS = 0.4, 1.8, 24
# Width goes with speed to this power, for a thinning of 1; and from point to point in so many steps.
POWER, PARTS = 0.6, 4


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
        return self._pieces(ink, smooth).layer(ink, pens, pen)

    def thinned(
        self, ink: Ink, pens: Sequence[Pen], pen: Indices, thinning: float, smooth: bool = False
    ) -> Layer:
        """The layer in which segment i is drawn with pens[pen[i]], thinner where the pen was faster.

        Segments are cut into PARTS, whose widths lead from that at one point to that at the next.
        """
        factors = np.geomspace(THINNEST, WIDEST, WIDTHS)
        every = [Pen(one.color, one.width * float(factor)) for one in pens for factor in factors]
        width = np.log(self._widths(ink, thinning))
        left = np.where(self.first, width, (width + np.roll(width, 1)) / 2)
        right = np.where(np.append(self.first[1:], True), width, (width + np.roll(width, -1)) / 2)
        along = (np.arange(PARTS) + 0.5) / PARTS
        place = np.interp(
            left[:, None] * (1 - along) + right[:, None] * along, np.log(factors), range(WIDTHS)
        )
        number = pen[:, None] * WIDTHS + np.rint(place).astype(np.intp)
        # a dot is one part
        kept = np.ones(number.shape, dtype=bool)
        kept[self.dot, 1:] = False
        return self._pieces(ink, smooth).cut(PARTS, kept).layer(ink, every, number[kept])

    def _pieces(self, ink: Ink, smooth: bool) -> _Pieces:
        leaves = self.arrives - ~self.dot
        controls = catmull_rom(ink.points, ink.ends)[self.arrives] if smooth else None
        return _Pieces(
            ink.points[leaves], ink.points[self.arrives], controls, leaves, self.arrives, self.dot, self.first
        )

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


class _Pieces(NamedTuple):
    """k lines or Bézier curves, or dots, in time order."""

    start: Points  # (k, 2)
    end: Points  # (k, 2)
    controls: NDArray[np.float64] | None  # (k, 2, 2)
    left: Indices  # (k,) the ink's point at which, or after which, each starts
    arrived: Indices  # (k,) that at which, or before which, it ends
    dot: NDArray[np.bool_]  # (k,)
    first: NDArray[np.bool_]  # (k,) whether a stroke begins with it

    def cut(self, parts: int, kept: NDArray[np.bool_]) -> _Pieces:
        """Every piece in so many parts, of which those `kept`, (k, parts), are given."""
        at = np.linspace(0, 1, parts + 1)[None, :, None]
        p0, p3 = self.start[:, None], self.end[:, None]
        if self.controls is None:
            points = p0 + at * (p3 - p0)
            controls = None
        else:
            p1, p2 = self.controls[:, 0, None], self.controls[:, 1, None]
            points = (1 - at) ** 3 * p0 + 3 * at * (1 - at) ** 2 * p1 + 3 * at**2 * (1 - at) * p2 + at**3 * p3
            slope = (1 - at) ** 2 * (p1 - p0) + 2 * at * (1 - at) * (p2 - p1) + at**2 * (p3 - p2)
            # a part's control points lie along the curve's slopes at its ends
            controls = np.stack(
                [points[:, :-1] + slope[:, :-1] / parts, points[:, 1:] - slope[:, 1:] / parts], axis=2
            )[kept]
        points[:, -1] = self.end
        points[self.dot] = self.end[self.dot, None]  # of a dot the first part is kept: not a digit may change
        which = np.nonzero(kept)[0]
        head = np.zeros(kept.shape, dtype=bool)
        head[:, 0] = True
        # a part belongs to the point that the pen was on its way to; the first leaves from the one before
        left = np.where(head, self.left[:, None], self.arrived[:, None])[kept]
        return _Pieces(
            points[:, :-1][kept],
            points[:, 1:][kept],
            controls,
            left,
            self.arrived[which],
            self.dot[which],
            (head & self.first[:, None])[kept],
        )

    def layer(self, ink: Ink, pens: Sequence[Pen], pen: Indices) -> Layer:
        """The layer in which piece i is drawn with pens[pen[i]]; neighbours of one pen make one path."""
        begins = self.first.copy()
        begins[1:] |= pen[1:] != pen[:-1]
        # a path is the point that it leaves from and those at which its pieces end; a dot is one point
        leaves = begins & ~self.dot
        ends = np.cumsum(1 + leaves) - 1
        heads = ends[leaves] - 1
        vertices, times = np.empty((ends[-1] + 1, 2)), np.empty(ends[-1] + 1, dtype=np.intp)
        vertices[ends], vertices[heads] = self.end, self.start[leaves]
        times[ends], times[heads] = self.arrived, self.left[leaves]
        controls = None
        if self.controls is not None:
            controls = np.empty((len(vertices), 2, 2))
            controls[ends], controls[heads] = self.controls, self.start[leaves, None]
        starts = np.append((ends - leaves)[begins], len(vertices)).astype(np.intp)
        return _layer(ink, vertices, starts, pens, pen[begins], times, controls, pieces=True)


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
