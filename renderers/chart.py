"""Charts: lines over an axis of x and one of y, laid out on a sheet as a Scene, which any format draws."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from renderers.axes import Range
from renderers.frame import Frame, Strokes
from renderers.placing import Words, along, around
from renderers.polyline import clipped, dashes, pieces, ring, sampled, thinned
from renderers.scene.scene import Layer, Scene
from renderers.sheet import Sheet

# A path of more vertices than this shows no more on a page, and takes long to draw.
MOST_VERTICES = 3000


@dataclass(frozen=True, eq=False)
class Curve:
    """A line through (x, y), x growing, with a gap where y is not finite. `color` is one of Sheet's."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    color: int
    bold: bool = False
    faded: bool = False
    dots: bool = False  # every point is marked, where there is room


@dataclass(frozen=True)
class Mark:
    """A point that is ringed, and what is written beside it."""

    x: float
    y: float
    text: str
    color: int


@dataclass(frozen=True)
class Level:
    """A dashed line at one y, and what is written on it."""

    y: float
    text: str


@dataclass(frozen=True)
class Key:
    """A line of the legend: a text, behind a piece of the line that it explains."""

    text: str
    color: int | None  # None: of the axes' colour, for what holds of all lines
    bold: bool = False
    faded: bool = False
    dots: bool = False


@dataclass(frozen=True, eq=False)
class Chart:
    """What is shown, and the ranges of x and y that are."""

    x_label: str
    y_label: str
    x_range: Range
    y_range: Range
    curves: tuple[Curve, ...]
    marks: tuple[Mark, ...] = ()
    levels: tuple[Level, ...] = ()
    keys: tuple[Key, ...] = ()  # a line of the legend begins with the first of `keys`, and of `notes`
    notes: tuple[Key, ...] = ()


def chart_scene(chart: Chart, sheet: Sheet) -> Scene:
    """`chart` laid out on `sheet`. RenderError where that is too small."""
    rows = [*_legend_rows(chart.keys, sheet), *_legend_rows(chart.notes, sheet)]
    frame = Frame(sheet, chart.x_range, chart.y_range, len(rows))
    layers = [_axes(chart, frame), _curves(chart, frame)]
    if rows:
        layers.append(_legend(rows, sheet))
    return Scene(tuple(layers))


def _axes(chart: Chart, frame: Frame) -> Layer:
    """Grid, ticks, and what they say."""
    sheet, strokes = frame.sheet, Strokes(frame.sheet)
    left, right, bottom = frame.left, frame.right, frame.bottom
    for y, text in zip(frame.y(np.array(frame.y_ticks.values)), frame.y_ticks.labels, strict=True):
        if sheet.characters:
            for x in np.arange(left, right, 8):
                strokes.draw([(x, y)], sheet.grid, sheet.fine)
        else:
            strokes.draw([(left, y), (right, y)], sheet.grid, sheet.fine)
        strokes.write(text, left - sheet.pad, y + sheet.middle, "end", sheet.muted)
    below = bottom + sheet.pad + sheet.baseline
    for x, text in zip(frame.x(np.array(frame.x_ticks.values)), frame.x_ticks.labels, strict=True):
        tick = -1.0 if sheet.characters else 0.6 * sheet.pad
        strokes.draw([(x, bottom), (x, bottom + tick)], sheet.muted, sheet.fine)
        strokes.write(text, x, below, "middle", sheet.muted)
    strokes.draw([(left, bottom), (right, bottom)], sheet.muted, sheet.fine)
    if sheet.characters:  # its sparse grid alone would not show where the plot begins
        strokes.draw([(left, frame.top), (left, bottom)], sheet.muted, sheet.fine)
    over = frame.top - sheet.line + sheet.baseline - (0 if sheet.characters else 1.6 * sheet.pad)
    strokes.write(chart.y_label, 0, over, "start", sheet.muted)
    strokes.write(chart.x_label, (left + right) / 2, below + sheet.line, "middle", sheet.muted)
    return strokes.layer()


def _curves(chart: Chart, frame: Frame) -> Layer:
    """The lines, their points' dots and marks, and the words about them."""
    sheet, strokes = frame.sheet, Strokes(frame.sheet)
    low, high = chart.y_range
    drawn = [np.zeros((0, 2))]
    levels = [level for level in chart.levels if low <= level.y <= high]
    for level in levels:
        y = float(frame.y(level.y))
        dash = (4.0, 4.0) if sheet.characters else (0.55 * sheet.letter, 0.4 * sheet.letter)
        for path in dashes(frame.left, frame.right, y, *dash):
            strokes.draw(path, sheet.ink, sheet.thin)
        drawn.append(sampled(np.array([[frame.left, y], [frame.right, y]]), sheet.letter / 3))
    # thin lines first: a bold one is to be seen over another's thin one
    for curve in sorted(chart.curves, key=lambda one: one.bold):
        for piece in pieces(np.column_stack([curve.x, curve.y])):
            for part in clipped(piece, low, high):
                path = thinned(np.column_stack([frame.x(part[:, 0]), frame.y(part[:, 1])]), MOST_VERTICES)
                width = sheet.bold if curve.bold else sheet.thin
                strokes.draw(path, sheet.color(curve.color, curve.faded), width)
                drawn.append(sampled(path, sheet.letter / 3))
        if curve.dots:
            drawn.append(_dots(curve, chart, frame, strokes))
    # a terminal writes no word over the characters that its points are
    taken = [sheet.box(dot.text, dot.x, dot.y, dot.anchor) for dot in strokes.labels]
    area = frame.bounds._replace(right=sheet.width)
    words = Words(sheet, area, np.concatenate(drawn), taken)
    for mark in chart.marks:
        _mark(mark, chart, frame, strokes, words)
    for level in levels:
        places = along(frame.left, frame.right, float(frame.y(level.y)), sheet.pad, sheet)
        if (label := words.put(level.text, places, sheet.ink, anyway=True)) is not None:
            strokes.labels.append(label)
    return strokes.layer(in_time=True)


def _dots(curve: Curve, chart: Chart, frame: Frame, strokes: Strokes) -> NDArray[np.float64]:
    """Mark a curve's points, unless they are so close that they would hide its line; where they are."""
    sheet, (low, high) = frame.sheet, chart.y_range
    shown = np.isfinite(curve.y) & (curve.y >= low) & (curve.y <= high)
    points = np.column_stack([frame.x(curve.x[shown]), frame.y(curve.y[shown])])
    apart = 4.0 if sheet.characters else 1.5 * sheet.dot
    if len(points) > 1 and np.median(np.diff(points[:, 0])) < apart:
        return points[:0]
    for x, y in points.tolist():
        color = sheet.color(curve.color, curve.faded)
        if sheet.characters:
            strokes.write(sheet.shape(curve.color), x, y, "start", color)
        else:
            strokes.draw([(x, y)], color, sheet.dot)
    return points


def _mark(mark: Mark, chart: Chart, frame: Frame, strokes: Strokes, words: Words) -> None:
    """Ring a point, and write beside it."""
    sheet = frame.sheet
    if not chart.y_range.low <= mark.y <= chart.y_range.high:
        return
    x, y, color = float(frame.x(mark.x)), float(frame.y(mark.y)), sheet.color(mark.color)
    if not sheet.characters:
        strokes.draw(ring(x, y, 0.95 * sheet.dot), color, sheet.thin, at=x)
    away = 2.0 if sheet.characters else sheet.dot + sheet.pad
    if (label := words.put(mark.text, around(x, y, away, sheet), color)) is not None:
        strokes.labels.append(label)


def _legend_rows(keys: Iterable[Key], sheet: Sheet) -> list[list[tuple[Key, float]]]:
    """The keys with where they begin, as many in a row as there is room for."""
    rows: list[list[tuple[Key, float]]] = []
    x = np.inf
    for key in keys:
        width = _key_width(sheet) + sheet.width_of(key.text)
        if x + width > sheet.width + 1:
            rows.append([])
            x = 0.0
        rows[-1].append((key, x))
        x += width + (6.0 if sheet.characters else 1.4 * sheet.letter)
    return rows


def _legend(rows: list[list[tuple[Key, float]]], sheet: Sheet) -> Layer:
    """What the lines are, above the plot."""
    strokes = Strokes(sheet)
    for number, row in enumerate(rows):
        base = number * sheet.line + sheet.baseline
        level = base - sheet.middle
        for key, x in row:
            color = sheet.muted if key.color is None else sheet.color(key.color, key.faded)
            end = x + _key_width(sheet) - (3.0 if sheet.characters else 0.5 * sheet.letter)
            strokes.draw([(x, level), (end, level)], color, sheet.bold if key.bold else sheet.thin)
            if key.dots and sheet.characters:
                strokes.write(sheet.shape(key.color or 0), (x + end - 1) / 2, base, "start", color)
            elif key.dots:
                strokes.draw([((x + end) / 2, level)], color, sheet.dot)
            begin = x + _key_width(sheet)
            room = sheet.width - begin + (3 if sheet.characters else 0)  # a terminal keeps a cell free
            strokes.write(key.text, begin, base, "start", sheet.ink, room)
    return strokes.layer()


def _key_width(sheet: Sheet) -> float:
    """How wide a piece of line is in the legend, with the space behind it."""
    return 8.0 if sheet.characters else 2.7 * sheet.letter
