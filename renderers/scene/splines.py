"""Smooth curves through points: centripetal Catmull-Rom splines as cubic Béziers.

Catmull and Rom 1974; with knots at the square roots of the chords (centripetal) a spline has no cusps and
never crosses itself within a segment, however unevenly the points are spaced (Yuksel, Schaefer and Keyser
2011, "Parameterization and applications of Catmull-Rom curves").
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

# Straight pieces that a curve is drawn with where a format has no curves.
PIECES = 6


def catmull_rom(points: Array, ends: NDArray[np.bool_]) -> Array:
    """(n, 2, 2): the control points of the curve that arrives at each of the `points`, (n, 2).

    `ends`, (n,), is true at the last point of each stroke; at a stroke's first point, where no curve arrives,
    both control points are the point itself.
    """
    n = len(points)
    first = np.concatenate([[True], ends[:-1]])[:n]
    index = np.arange(n)
    before = np.maximum(index - 1, 0)
    # beyond its ends a stroke goes on as it came: the neighbour is mirrored in the end
    start, end = points[before], points
    far = np.where(first[before][:, None], 2 * start - end, points[np.maximum(index - 2, 0)])
    after = np.where(ends[:, None], 2 * end - start, points[np.minimum(index + 1, n - 1)])
    chords = (far, start), (start, end), (end, after)
    a, b, c = (np.sqrt(np.hypot(*(q - p).T))[:, None] for p, q in chords)
    one = _control(far, start, end, a, b)
    two = _control(after, end, start, c, b)
    controls = np.stack([one, two], axis=1)
    controls[first] = points[first, None]
    return controls


def _control(far: Array, near: Array, to: Array, a: Array, b: Array) -> Array:
    """The control point beside `near` of the curve to `to`; a, b: roots of far-near and near-to, (n, 1)."""
    # the spline's tangent at `near`, from differences over its knots, times b / 3
    smooth = (a * a * (to - near) - b * b * (far - near)) / np.where(a > 0, 3 * a * (a + b), 1)
    # where the pen rested on a point, there is no direction that it came from
    control: Array = near + np.where(a > 0, smooth, (to - near) / 3)
    return control


def flatten(vertices: Array, starts: Indices, controls: Array | None) -> tuple[Array, Indices]:
    """Paths of curves as paths of straight pieces: vertices (m, 2) and starts (paths + 1,)."""
    if controls is None:
        return vertices, starts
    n = len(vertices)
    first = np.zeros(n, dtype=bool)
    first[starts[:-1]] = True
    before = vertices[np.maximum(np.arange(n) - 1, 0)]
    t = (np.arange(1, PIECES + 1) / PIECES)[None, :, None]
    p0, p1, p2, p3 = (v[:, None] for v in (before, controls[:, 0], controls[:, 1], vertices))
    curve = (1 - t) ** 3 * p0 + 3 * (1 - t) ** 2 * t * p1 + 3 * (1 - t) * t * t * p2 + t**3 * p3
    kept = np.ones((n, PIECES), dtype=bool)
    kept[first, :-1] = False  # a path begins with its first vertex alone
    curve[:, -1] = vertices
    counts = np.concatenate([[0], np.cumsum(kept.sum(axis=1))])
    return curve[kept], counts[starts].astype(np.intp)
