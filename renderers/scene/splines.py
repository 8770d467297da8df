"""Smooth curves through points: centripetal Catmull-Rom splines as cubic Bézier curves.

Catmull and Rom 1974. With knots at the square roots of the chord lengths (centripetal), a spline has neither
cusps nor self-intersections within a segment, however unevenly the points are spaced (Yuksel, Schaefer and
Keyser 2011, "Parameterization and applications of Catmull-Rom curves").
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

# Straight lines per curve in formats without curves.
PIECES = 6


def catmull_rom(points: Array, ends: NDArray[np.bool_]) -> Array:
    """Return the control points, (n, 2, 2), of the curve that arrives at each of the `points`, (n, 2).

    `ends`, (n,), is true at the last point of each stroke. No curve arrives at the first point of a stroke,
    and both of its control points equal the point.

    >>> import numpy as np
    >>> points = np.array([[0.0, 0.0], [9.0, 0.0], [18.0, 0.0]])
    >>> catmull_rom(points, np.array([False, False, True]))[1].tolist()
    [[3.0, 0.0], [6.0, 0.0]]
    """
    n = len(points)
    first = np.concatenate([[True], ends[:-1]])[:n]
    index = np.arange(n)
    before = np.maximum(index - 1, 0)
    # beyond the ends of a stroke, the missing neighbour is the known one mirrored in the end point
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
    """The control point at `near` of the curve to `to`; a, b, (n, 1): √|far − near| and √|near − to|."""
    # the spline's tangent at `near`, a difference quotient over its knots, times b / 3
    smooth = (a * a * (to - near) - b * b * (far - near)) / np.where(a > 0, 3 * a * (a + b), 1)
    # where points coincide, no direction leads into `near`
    return near + np.where(a > 0, smooth, (to - near) / 3)


def flatten(vertices: Array, starts: Indices, controls: Array | None) -> tuple[Array, Indices]:
    """Replace the curves of a Layer by PIECES straight lines each; return vertices (m, 2) and starts."""
    if controls is None:
        return vertices, starts
    n = len(vertices)
    first = np.zeros(n, dtype=bool)
    first[starts[:-1]] = True
    before = vertices[np.maximum(np.arange(n) - 1, 0)]
    t = (np.arange(1, PIECES + 1) / PIECES)[None, :, None]
    p0, p1, p2, p3 = (v[:, None] for v in (before, controls[:, 0], controls[:, 1], vertices))
    curve = _bezier(t, p0, p1, p2, p3)
    kept = np.ones((n, PIECES), dtype=bool)
    kept[first, :-1] = False  # the first vertex of a path stays one point
    curve[:, -1] = vertices
    counts = np.concatenate([[0], np.cumsum(kept.sum(axis=1))])
    return curve[kept], counts[starts].astype(np.intp)


def flatten_within(
    vertices: Array, starts: Indices, controls: Array | None, tolerance: float
) -> tuple[Array, Indices]:
    """Replace the curves of a Layer by lines that are at most `tolerance` away from them.

    Returns vertices (m, 2) and starts. Each curve gets as many pieces of equal time as Wang's formula says: a
    cubic Bézier curve is at most 3/4 of its largest second difference of control points ÷ n² away from its n
    chords (Wang 1984; Goldman 2003, "Pyramid Algorithms", section 5.6.3).

    >>> import numpy as np
    >>> arch = np.array([[[0, 0], [0, 0]], [[0, 4], [4, 4]]], dtype=float)
    >>> len(flatten_within(np.array([[0.0, 0.0], [4.0, 0.0]]), np.array([0, 2]), arch, 0.1)[0])
    8
    """
    if controls is None:
        return vertices, starts
    n = len(vertices)
    before = vertices[np.maximum(np.arange(n) - 1, 0)]
    bend = np.stack(
        [before - 2 * controls[:, 0] + controls[:, 1], controls[:, 0] - 2 * controls[:, 1] + vertices]
    )
    pieces = np.ceil(np.sqrt(0.75 * np.hypot(*bend.transpose(2, 0, 1)).max(axis=0) / tolerance))
    pieces = np.maximum(pieces, 1).astype(np.intp)
    pieces[starts[:-1][np.diff(starts) > 0]] = 1  # no curve arrives at the first vertex of a path
    ends = np.cumsum(pieces)
    t = (
        (np.arange(ends[-1] if n else 0) - np.repeat(ends - pieces, pieces) + 1) / np.repeat(pieces, pieces)
    )[:, None]
    curve = _bezier(
        t, *(np.repeat(v, pieces, axis=0) for v in (before, controls[:, 0], controls[:, 1], vertices))
    )
    curve[ends - 1] = vertices
    return curve, np.concatenate([[0], ends])[starts].astype(np.intp)


def _bezier(t: Array, p0: Array, p1: Array, p2: Array, p3: Array) -> Array:
    """The points at times `t` of cubic Bézier curves with these control points."""
    return (1 - t) ** 3 * p0 + 3 * (1 - t) ** 2 * t * p1 + 3 * (1 - t) * t * t * p2 + t**3 * p3
