"""What is done with the ink of a character, by the kind of the step: marks, signs, other places and sizes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from hwcli.lettering.line_ink import Box, IntArray, LineInk, joined_strokes
from hwcli.lettering.pen_stroke import Pen
from hwcli.lettering.skeletons import ABOVE, BELOW, SIGNS, THROUGH, strokes_of

# All in x-heights, unless said otherwise
GAP = 0.2  # between a letter and a mark above it
CAPITAL_GAP = 0.14
SMALL = 0.62  # size of raised and lowered figures and of those of a fraction, over the usual size
LOWERED = 0.35  # how far down lowered figures hang, in their height
SLASH, SLASH_SHAPE = 0.3, "40,98 15,50 -10,-2"  # of a fraction: room and shape, in heights of a figure
OVERLAP = 0.1  # of joined letters
BESIDE = 0.12  # free space on either side of a sign, in heights of a figure
BESIDE_TALL = 0.22
COMMA = "8,34 9,20 -2,0"  # the caron of a tall letter, in x-heights


def above(line: LineInk, first: int, stop: int, name: str, pen: Pen) -> None:
    """Draw a mark above a letter and above marks that it already has."""
    points = line.letter(first)
    box = line.box(points)
    upper = line.points[points][line.points[points][:, 1] <= box.top + box.height / 2]
    middle, top = (upper[:, 0].min() + upper[:, 0].max()) / 2, box.top
    tall = box.height > 1.5 * line.x_height
    middle += line.slant * (GAP + (0.25 if tall else 0.45) * (box.height / line.x_height)) * line.x_height / 2
    for mark in line.added:
        if mark.place == first:
            top = min(top, float(joined_strokes(mark.strokes)[:, 1].min()))
    origin = np.array([middle, top - (CAPITAL_GAP if tall else GAP) * line.x_height])
    strokes = pen.strokes(strokes_of(ABOVE[name]), origin, line.x_height)
    line.add(line.end_of_word(first), first, strokes)


def below(line: LineInk, first: int, stop: int, name: str, pen: Pen) -> None:
    """Draw a mark at the lower end of a letter."""
    points = line.letter(first)
    box = line.box(points)
    lower = line.points[points][line.points[points][:, 1] >= box.bottom - box.height / 4]
    right = name == "\u0328"
    x = lower[:, 0].max() if right else (lower[:, 0].min() + lower[:, 0].max()) / 2
    origin = np.array([x, box.bottom])
    line.add(line.end_of_word(first), first, pen.strokes(strokes_of(BELOW[name]), origin, line.x_height))


def through(line: LineInk, first: int, stop: int, name: str, pen: Pen) -> None:
    """Draw strokes through or beside a letter."""
    box = line.box(line.letter(first))
    unit = np.maximum([box.width, box.height], [0.2 * line.x_height, 0.06 * line.x_height])
    origin = np.array([(box.left + box.right - unit[0]) / 2, (box.top + box.bottom + unit[1]) / 2])
    strokes = pen.strokes(strokes_of(THROUGH[name]), origin, unit, slanted=False)
    line.add(line.end_of_word(first), first, strokes)


def beside(line: LineInk, first: int, stop: int, name: str, pen: Pen) -> None:
    """Draw the caron of a tall letter: a comma at its right."""
    points = line.letter(first)
    box = line.box(points)
    upper = line.points[points][line.points[points][:, 1] <= box.top + box.height / 3]
    right = upper[:, 0].max()
    origin = np.array([right + BESIDE_TALL * line.x_height, box.top + 0.4 * line.x_height])
    line.push(stop, max(right + 2 * BESIDE_TALL * line.x_height - box.right, 0.0))
    line.add(line.end_of_word(first), first, pen.strokes(strokes_of(COMMA), origin, line.x_height))


def dotless(line: LineInk, first: int, stop: int, name: str, pen: Pen) -> None:
    """Remove the dot of an i or j."""
    near = line.of(first - 1, stop + 1)
    box = line.box(line.letter(first))
    for stroke in line.whole_strokes(near):
        dot = line.box(stroke)
        over = dot.bottom < box.top + 0.2 * line.x_height
        beside = abs(dot.left + dot.right - box.left - box.right) / 2 < 0.8 * line.x_height
        if line.is_small(stroke) and over and beside:
            line.remove(stroke)


def sign(line: LineInk, first: int, stop: int, name: str, pen: Pen) -> None:
    """Draw a sign in the place of a stand-in, and give it the room that it needs."""
    points = line.of(first, stop)
    box, shape = line.box(points), strokes_of(SIGNS[name])
    height = line.figure
    extent = Box.of(joined_strokes(shape))
    left = max(box.left, _right_of(line, first - 1) + BESIDE * height)
    origin = np.array([left - extent.left * height, line.baseline(first)])
    line.remove(points)
    line.add(int(points[0]) - 1, first, pen.strokes(shape, origin, height))
    line.push(stop, left + (extent.width + BESIDE) * height - box.right)


def _right_of(line: LineInk, place: int) -> float:
    """Return how far right the ink of the character at `place` reaches; -inf if there is none."""
    points = line.of(place, place + 1)
    drawn = [stroke[:, 0].max() for one in line.added if one.place == place for stroke in one.strokes]
    return float(max([*line.points[points, 0], *drawn], default=-np.inf))


def raised(line: LineInk, first: int, stop: int, name: str, pen: Pen) -> None:
    """Write a character small and high."""
    _shrink(line, first, stop, high=True)


def lowered(line: LineInk, first: int, stop: int, name: str, pen: Pen) -> None:
    """Write a character small and low."""
    box = line.box(points := line.of(first, stop))
    _shrink(line, first, stop, high=False)
    line.points[points] += (0, LOWERED * SMALL * box.height)


def _shrink(line: LineInk, first: int, stop: int, high: bool) -> None:
    points = line.of(first, stop)
    box = line.box(points)
    fixed = np.array([box.left, box.top if high else box.bottom])
    line.points[points] = fixed + SMALL * (line.points[points] - fixed)
    line.push(stop, (SMALL - 1) * box.width)


def fraction(line: LineInk, first: int, stop: int, name: str, pen: Pen) -> None:
    """Make a fraction of two figures: one small and high, a slash, one small and low."""
    upper, lower = line.of(first, first + 1), line.of(first + 1, stop)
    if not len(upper) or not len(lower):
        return
    room = SLASH * line.figure
    for points, high in ((upper, True), (lower, False)):
        box = line.box(points)
        fixed = np.array([box.left, box.top if high else box.bottom])
        line.points[points] = fixed + SMALL * (line.points[points] - fixed)
    left, right = line.box(upper), line.box(lower)
    line.push(first + 1, left.right + room - right.left)
    origin = np.array([left.right + room / 2 - SLASH * line.figure / 2, right.bottom])
    line.add(int(upper[-1]), first, pen.strokes(strokes_of(SLASH_SHAPE), origin, line.figure, slanted=False))


def stretched(line: LineInk, first: int, stop: int, name: str, pen: Pen) -> None:
    """Make a character `name` times as wide."""
    points, times = line.of(first, stop), float(name)
    box = line.box(points)
    line.points[points, 0] = box.left + times * (line.points[points, 0] - box.left)
    line.push(stop, (times - 1) * box.width)


def moved(line: LineInk, first: int, stop: int, name: str, pen: Pen) -> None:
    """Move a character up by `name` x-heights."""
    line.points[line.of(first, stop)] -= (0, float(name) * line.x_height)


def dropped(line: LineInk, first: int, stop: int, name: str, pen: Pen) -> None:
    """Move a character that is high down to the baseline, as low as a comma."""
    points = line.of(first, stop)
    down = line.baseline(first) - 0.15 * line.x_height - line.box(points).top
    line.points[points] += (0, down)


def joined(line: LineInk, first: int, stop: int, name: str, pen: Pen) -> None:
    """Move the second of two letters to the first."""
    left, right = line.of(first, first + 1), line.of(first + 1, stop)
    if len(left) and len(right):
        gap = line.box(right).left - _right_edge(line, left)
        line.push(first + 1, -gap - OVERLAP * line.x_height)


def _right_edge(line: LineInk, points: IntArray) -> float:
    """Return how far right a letter reaches above its exit stroke."""
    box = line.box(points)
    upper: Box = Box.of(line.points[points][line.points[points][:, 1] <= box.bottom - 0.2 * box.height])
    return upper.right


STEPS: Mapping[str, Callable[[LineInk, int, int, str, Pen], None]] = {
    step.__name__: step
    for step in (
        above, below, through, beside, dotless, sign, raised, lowered, fraction, stretched, moved, dropped,
        joined,
    )
}  # fmt: skip
