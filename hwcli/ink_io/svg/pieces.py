"""Whole strokes, in the order of writing, from the pieces that a picture is drawn of.

hw draws segments of one colour together, so the pieces of a stroke are scattered over a file. Their order is
found by the rules of the styles `multi` and `color`, whose colours rotate, and else, as for `eos`, by where
pieces begin and end, and by the pieces of each colour, which are in the order of writing.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hwcli.ink_io.svg.curves import Curve
from renderers.formats.svg import LONGEST
from renderers.styles.multi import HUES, STEP

Indices = NDArray[np.intp]

_HUNDREDTHS = 100  # hw rounds coordinates so; other programs at least as finely
# of the pieces begin where the one before ended, at least, if their order is right
_TOUCHING = 0.5


def whole_strokes(curves: Sequence[Curve], colors: Sequence[int], scattered: bool) -> list[Curve]:
    """Return strokes in the order of writing.

    `colors`, one per curve, ascend: curves of one colour are in the order of writing. If they are not
    `scattered`, curves are whole strokes, but for those of more than LONGEST points, which are split.
    """
    if not scattered:
        joined, kept = _rejoined(curves, colors)
        return [joined[k] for k in _by_rotation(kept)]
    color = np.asarray(colors, np.intp)
    for order in (np.arange(len(curves)), _multi_order(color)):
        if order is not None and _touching(curves, order) >= _TOUCHING:
            return touching_joined([curves[k] for k in order])
    return _by_ends(curves, color)


def touching_joined(curves: Sequence[Curve]) -> list[Curve]:
    """Join each curve to the one before it, if it begins where that one ends."""
    runs: list[list[Curve]] = []
    for curve in curves:
        if runs and _end(runs[-1][-1]) == _begin(curve):
            runs[-1].append(curve)
        else:
            runs.append([curve])
    return [_joined(run) for run in runs]


def share_touching(curves: Sequence[Curve]) -> float:
    """Return the share of curves that begin where the one before them ends."""
    return _touching(curves, np.arange(len(curves)))


def any_touching(curves: Sequence[Curve]) -> bool:
    """Return whether any curve begins where another ends."""
    begins = {_begin(curve) for curve in curves}
    begins_of_lines = {_begin(curve) for curve in curves if not is_dot(curve)}
    # two dots in one place are two strokes
    return any(_end(curve) in (begins_of_lines if is_dot(curve) else begins) for curve in curves)


def _touching(curves: Sequence[Curve], order: Indices) -> float:
    pairs = zip(order[:-1].tolist(), order[1:].tolist(), strict=True)
    found = sum(_end(curves[a]) == _begin(curves[b]) for a, b in pairs)
    return found / max(len(curves) - 1, 1)


def _begin(curve: Curve) -> tuple[int, int]:
    return _grid(curve, 0)


def _end(curve: Curve) -> tuple[int, int]:
    return _grid(curve, 0 if is_dot(curve) else -1)


def _grid(curve: Curve, place: int) -> tuple[int, int]:
    x, y = (curve.points[place] * _HUNDREDTHS).tolist()
    return round(x), round(y)


def is_dot(curve: Curve) -> bool:
    """Return whether a curve is how hw draws a point: a line of a hundredth."""
    return len(curve.points) == 2 and curve.controls is None and bool(
        np.abs(curve.points[1] - curve.points[0] - [0.01, 0.0]).max() < 1e-6
    )  # fmt: skip


def _joined(run: Sequence[Curve]) -> Curve:
    """Return curves, each of which begins where the one before ends, as one; dots are points."""
    points = [run[0].points[:1]]
    controls = [np.full((1, 2, 2), np.nan)]
    for number, curve in enumerate(run):
        rest = curve.points[1:]
        if is_dot(curve):
            rest = curve.points[:1] if number else rest[:0]
        points.append(rest)
        controls.append(np.full((len(rest), 2, 2), np.nan) if curve.controls is None else curve.controls[1:])
    curved = any(curve.controls is not None for curve in run)
    return Curve(np.concatenate(points), np.concatenate(controls) if curved else None)


def _rejoined(curves: Sequence[Curve], colors: Sequence[int]) -> tuple[list[Curve], list[int]]:
    """Join what was split because it was long; return strokes and their colours."""
    runs: list[tuple[list[Curve], int]] = []
    for curve, color in zip(curves, colors, strict=True):
        last = runs[-1][0][-1] if runs else None
        split = last is not None and runs[-1][1] == color and len(last.points) == LONGEST
        if split and last is not None and _end(last) == _begin(curve):
            runs[-1][0].append(curve)
        else:
            runs.append(([curve], color))
    return [_joined(run) for run, _ in runs], [color for _, color in runs]


def _by_rotation(colors: Sequence[int]) -> list[int]:
    """Return the order of strokes whose colours rotate: the first of each, the second of each, and so on."""
    rank: defaultdict[int, int] = defaultdict(int)
    keys = []
    for color in colors:
        keys.append((rank[color], color))
        rank[color] += 1
    return sorted(range(len(keys)), key=keys.__getitem__)


def _multi_order(color: Indices) -> Indices | None:
    """Return the order of the segments of the style `multi`, None if their colours are not its."""
    count = len(color)
    pen = np.arange(count) * STEP % HUES
    order = np.argsort(pen, kind="stable")
    _, here = np.unique(color, return_counts=True)
    _, there = np.unique(pen, return_counts=True)
    if len(here) != len(there) or (here != there).any():
        return None
    return np.argsort(order)


def _by_ends(curves: Sequence[Curve], color: Indices) -> list[Curve]:
    """Chain pieces by where they begin and end, and order the chains by the order of each colour's pieces."""
    after = _successors(curves, color)
    first = np.ones(len(curves), bool)
    first[after[after >= 0]] = False
    chains: list[list[int]] = []
    chain_of = np.full(len(curves), -1)
    for start in [*np.flatnonzero(first).tolist(), *range(len(curves))]:
        if chain_of[start] >= 0:
            continue
        chain, here = [], start
        while here >= 0 and chain_of[here] < 0:
            chain.append(here)
            chain_of[here] = len(chains)
            here = int(after[here])
        chains.append(chain)
    return [_joined([curves[k] for k in chains[c]]) for c in _ordered(chains, chain_of, curves, color)]


def _successors(curves: Sequence[Curve], color: Indices) -> Indices:
    """Return the piece that continues each, -1 for none: it begins where that one ends, in another colour."""
    waiting: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    for k in range(len(curves) - 1, -1, -1):
        waiting[_begin(curves[k])].append(k)
    after = np.full(len(curves), -1)
    for k, curve in enumerate(curves):
        candidates = waiting[_end(curve)]
        if len(curve.points) == LONGEST and k + 1 in candidates and color[k + 1] == color[k]:
            after[k] = k + 1
        else:
            after[k] = next((c for c in reversed(candidates[-8:]) if color[c] != color[k]), -1)
        if after[k] >= 0:
            candidates.remove(after[k])
    return after


def _ordered(
    chains: Sequence[Sequence[int]], chain_of: Indices, curves: Sequence[Curve], color: Indices
) -> list[int]:
    """Sort chains so that the pieces of each colour are in their order; of several, the leftmost is first."""
    before: list[set[int]] = [set() for _ in chains]
    follow: list[set[int]] = [set() for _ in chains]
    for k in range(len(curves) - 1):
        a, b = int(chain_of[k]), int(chain_of[k + 1])
        if color[k] == color[k + 1] and a != b:
            before[b].add(a)
            follow[a].add(b)
    left = [float(curves[chain[0]].points[0, 0]) for chain in chains]
    ready = [(left[c], c) for c in range(len(chains)) if not before[c]]
    heapq.heapify(ready)
    found: list[int] = []
    while ready:
        _, c = heapq.heappop(ready)
        found.append(c)
        for other in sorted(follow[c]):
            before[other].discard(c)
            if not before[other]:
                heapq.heappush(ready, (left[other], other))
    missing = set(range(len(chains))) - set(found)  # of pieces that are in a circle
    return [*found, *sorted(missing)]
