"""From ink to layers: whole strokes or point-to-point segments, and pen widths that suit the writing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from renderers.errors import RenderError
from renderers.ink import Ink
from renderers.options import option
from renderers.scene.scene import Bounds, Indices, Layer, Pen, Points
from renderers.scene.splines import catmull_rom

WIDTH_HELP = "line width, as a fraction of the writing size"
AUTO_WIDTH_HELP = f"{WIDTH_HELP}; auto: {{:g}}, or 0.4 mm on a page of text"
LINE_WIDTH = 0.065  # of most styles
SMOOTH_HELP = "draw Catmull-Rom curves through the points instead of straight lines"

LARGEST = 1e150  # squares and differences of coordinates have to stay finite


def width_option(default: float = LINE_WIDTH) -> Any:
    """Declare the option `width` of a style, which is None for `default`, or a page's own pen."""
    return option(None, AUTO_WIDTH_HELP.format(default), least=0.001, most=1, unset="auto")


def stroke_layer(ink: Ink, pens: Sequence[Pen], pen: Indices, smooth: bool = False) -> Layer:
    """Make a layer with one path per stroke, drawn with pens[pen[i]]; RenderError as `writing_size`."""
    starts = np.concatenate([[0], np.cumsum([len(s) for s in ink.strokes])]).astype(np.intp)
    controls = catmull_rom(ink.points, ink.ends) if smooth else None
    times = np.arange(len(ink), dtype=np.intp)
    return _layer(ink, ink.points, starts, pens, pen, times, controls, pieces=False)


@dataclass(frozen=True, eq=False)
class Segments:
    """The point-to-point segments of an ink in time order; a stroke with one point is a segment, a dot.

    >>> import numpy as np
    >>> from renderers import Ink
    >>> ink = Ink((np.array([[0, 0], [1, 0], [2, 1]]), np.array([[3, 0]])))
    >>> Segments.of(ink).arrives.tolist()
    [1, 2, 3]
    """

    arrives: Indices  # (segments,) the point of the ink at which each ends
    dot: NDArray[np.bool_]  # (segments,) whether it is a stroke with one point
    first: NDArray[np.bool_]  # (segments,) whether it is the first of its stroke

    @classmethod
    def of(cls, ink: Ink) -> Segments:
        """Split the strokes of `ink` into segments."""
        first = np.concatenate([[True], ink.ends[:-1]])
        arrives = np.flatnonzero(~first | ink.ends)
        dot = first[arrives]
        begins = np.concatenate([[False], first[:-1]])
        return cls(arrives, dot, dot | begins[arrives])

    def layer(self, ink: Ink, pens: Sequence[Pen], pen: Indices, smooth: bool = False) -> Layer:
        """Make a layer in which segment i is drawn with pens[pen[i]]; RenderError as `writing_size`.

        Successive segments of a stroke that share a pen form one path.
        """
        begins = self.first.copy()
        begins[1:] |= pen[1:] != pen[:-1]
        # a path has the point where it begins and the points where its segments end; a dot has one point
        lines = begins & ~self.dot
        ends = np.cumsum(1 + lines) - 1
        heads = ends[lines] - 1
        times = np.empty(ends[-1] + 1, dtype=np.intp)
        times[ends], times[heads] = self.arrives, self.arrives[lines] - 1
        vertices = ink.points[times]
        controls = None
        if smooth:
            controls = catmull_rom(ink.points, ink.ends)[times]
            controls[heads] = vertices[heads, None]
        starts = np.append((ends - lines)[begins], len(vertices)).astype(np.intp)
        return _layer(ink, vertices, starts, pens, pen[begins], times, controls, pieces=True)


def writing_size(ink: Ink) -> float:
    """Measure the height of a typical stroke in the ink's units (> 0), to which line widths are relative.

    The size is √12 times the root mean square of the points' vertical distance from the mean of their stroke,
    which is the height of a stroke whose points are spread evenly over it (the standard deviation of a
    uniform distribution is its width / √12). It varies less between lines of one collection than the median
    height of strokes does. The width is used for ink without height, and 1/40 of the extent for ink of dots
    only. Raises RenderError if the ink is empty or its coordinates are too large.
    """
    _require_drawable(ink)
    lengths = np.array([len(s) for s in ink.strokes])
    starts = np.cumsum(lengths) - lengths
    points = ink.points - ink.points.min(axis=0)
    means = np.add.reduceat(points, starts) / lengths[:, None]
    width, height = np.sqrt(12 * ((points - np.repeat(means, lengths, axis=0)) ** 2).mean(axis=0))
    size = float(height or width or points.max() / 40 or 1.0)
    # far from the origin, neighbouring doubles are far apart: a thinner pen would have zero width
    return max(size, 1024 * float(np.spacing(np.abs(ink.points).max())))


def ink_bounds(points: NDArray[np.float64], width: float) -> Bounds:
    """Bounds of `points` drawn with a pen of `width`."""
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


def _require_drawable(ink: Ink) -> None:
    """Raise RenderError if there is nothing to draw or the coordinates are too large to compute with."""
    if not ink.strokes:
        raise RenderError("the ink is empty: there is nothing to draw", "give ink with at least one stroke")
    if np.abs(ink.points).max() > LARGEST:
        raise RenderError(f"the ink's coordinates exceed {LARGEST:g}", "scale the ink down before drawing it")
