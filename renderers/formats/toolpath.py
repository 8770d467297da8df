"""The path of a single pen: the strokes of a scene in millimetres on the page, in an order to draw them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from renderers.page.page import Placement
from renderers.scene.scene import Indices, Layer, Points, Scene
from renderers.scene.splines import flatten_within

Ends = NDArray[np.float64]  # (strokes, 2, 2): where each begins and ends

# Limits of the search for a shorter order: of rounds, and of strokes that are reversed together. It
# takes 4 s for 2,752 strokes (four full pages of A4) and 21 s for 10,000.
PASSES, REACH = 50, 1000
LEAST_GAIN = 1e-6  # mm


def pen_strokes(scene: Scene, place: Placement, tolerance: float) -> list[Points]:
    """Return the strokes of `scene`, each (n, 2), in page units and writing order; y grows downwards.

    Curves become lines that are at most `tolerance` page units away from them. Paths of one stroke, which
    styles cut where the colour changes, are one stroke again. Legends, images and texts are left out.
    """
    return [stroke for layer in scene.layers if layer.count for stroke in _strokes(layer, place, tolerance)]


def _strokes(layer: Layer, place: Placement, tolerance: float) -> list[Points]:
    controls = layer.controls
    if controls is not None:
        controls = place.apply(controls.reshape(-1, 2)).reshape(-1, 2, 2)
    vertices, starts = flatten_within(place.apply(layer.vertices), layer.starts, controls, tolerance)
    if layer.pieces and len(layer.pen):
        first, last = layer.starts[:-1], layer.starts[1:] - 1
        # a path that begins at the point of ink with which the one before ends continues its stroke
        begins = np.concatenate([[True], layer.times[first[1:]] != layer.times[last[:-1]]])
        kept = np.ones(len(vertices), dtype=bool)
        kept[starts[:-1][~begins]] = False  # the common point, which both have
        vertices = vertices[kept]
        starts = np.concatenate([[0], np.cumsum(kept)])[starts[np.append(begins, True)]]
    return [one for one in np.split(vertices, starts[1:-1]) if len(one)]


def travel_length(strokes: list[Points], home: Points) -> float:
    """Return how far the raised pen travels: from `home`, (2,), to all strokes in turn, and back."""
    return _travel(np.array([[stroke[0], stroke[-1]] for stroke in strokes]), home)


def sorted_for_travel(strokes: list[Points], home: Points) -> list[Points]:
    """Return `strokes` in an order, some of them reversed, in which the raised pen travels less far.

    The search begins with the given order, or with that of always taking the nearest stroke, whichever is
    shorter. It then reverses parts of the order as long as that shortens it (2-opt: Croes 1958).
    """
    reversed_too = [*strokes, *(stroke[::-1] for stroke in strokes)]
    ends = np.array([[stroke[0], stroke[-1]] for stroke in reversed_too])  # (2 × strokes, 2, 2)
    orders = np.arange(len(strokes)), _nearest_next(ends, home)
    found = _two_opt(ends, min(orders, key=lambda order: _travel(ends[order], home)), home)
    return [reversed_too[k] for k in found.tolist()]


def _nearest_next(ends: Ends, home: Points) -> Indices:
    """The order of taking the nearest of what is left; k + n stands for stroke k reversed, of n strokes."""
    n = len(ends) // 2
    which, starts = np.arange(2 * n), ends[:, 0]
    left = np.ones(2 * n, dtype=bool)
    order = np.empty(n, dtype=np.intp)
    here = home
    for k in range(n):
        if left.sum() < len(which) / 2:  # forget what is drawn, so that the search is quick
            which, starts, left = which[left], starts[left], left[left]
        away = ((starts - here) ** 2).sum(axis=1)
        away[~left] = np.inf
        order[k] = which[away.argmin()]
        left[which % n == order[k] % n] = False
        here = ends[order[k], 1]
    return order


def _two_opt(ends: Ends, order: Indices, home: Points) -> Indices:
    """`order` with parts reversed, at most REACH strokes long each, until no reversal shortens it."""
    n = len(order)
    order = order.copy()
    path = np.concatenate([[[home, home]], ends[order], [[home, home]]])  # where strokes begin and end
    for _ in range(PASSES):
        shortened = False
        for first in range(1, n + 1):
            parts = path[first : first + REACH + 1]
            begin, end, after = path[first, 0], parts[:-1, 1], parts[1:, 0]
            before = path[first - 1, 1]
            gain = _apart(before, begin) + _apart(end, after) - _apart(before, end) - _apart(begin, after)
            last = int(gain.argmax())
            if gain[last] > LEAST_GAIN:
                part = slice(first, first + last + 1)
                path[part] = path[part][::-1, ::-1]
                own = slice(first - 1, first + last)
                order[own] = (order[own][::-1] + len(ends) // 2) % len(ends)
                shortened = True
        if not shortened:
            break
    return order


def _travel(path: Ends, home: Points) -> float:
    away = _apart(np.concatenate([[home], path[:, 1]]), np.concatenate([path[:, 0], [home]]))
    return float(away.sum())


def _apart(one: Points, two: Points) -> Points:
    away: Points = np.hypot(one[..., 0] - two[..., 0], one[..., 1] - two[..., 1])
    return away
