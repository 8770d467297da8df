"""The frame of a chart: where its plot lies on a sheet, and paths and labels on their way to a layer."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from renderers.axes import Range, Ticks, ticks
from renderers.errors import RenderError
from renderers.scene.scene import Bounds, Label, Layer, Pen
from renderers.sheet import Sheet

# The least plot that shows anything, in letters, and lines of text from tick to tick.
LEAST_PLOT, TICKS_APART = (8.0, 4.0), 2.4
# From so many lines on, a terminal has an empty one to spare below the legend.
SPARE = 20


class Frame:
    """Where the plot lies on its sheet below a legend, its ticks, and where a value lies in it.

    RenderError where there is no room for it.
    """

    def __init__(self, sheet: Sheet, x: Range, y: Range, legend_rows: int) -> None:
        self.sheet, self._x, self._y = sheet, x, y
        self.top = (legend_rows + 1) * sheet.line
        self.bottom = sheet.height - 2 * sheet.line
        if sheet.characters:
            self.top += sheet.line if legend_rows and sheet.height > SPARE * sheet.line else 0
        else:
            self.top += 1.6 * sheet.pad + (0.5 * sheet.line if legend_rows else 0)
            self.bottom -= sheet.pad
        self._check(self.bottom - self.top, LEAST_PLOT[1])
        self.y_ticks = ticks(*self._y, int((self.bottom - self.top) / (TICKS_APART * sheet.line)) + 1)
        self.left = max(map(sheet.width_of, self.y_ticks.labels), default=0.0) + sheet.pad
        self.right = sheet.width - (0.0 if sheet.characters else 1.2 * sheet.letter)
        self._check(self.right - self.left, LEAST_PLOT[0])
        self.x_ticks = self._fitting_ticks()

    @property
    def bounds(self) -> Bounds:
        """The plot alone."""
        return Bounds(self.left, self.top, self.right, self.bottom)

    def x(self, value: NDArray[np.float64] | float) -> NDArray[np.float64]:
        """Where values of x lie across the sheet."""
        share = (np.asarray(value, dtype=np.float64) - self._x.low) / (self._x.high - self._x.low)
        return self.left + share * (self.right - self.left)

    def y(self, value: NDArray[np.float64] | float) -> NDArray[np.float64]:
        """Where values of y lie down the sheet."""
        share = (np.asarray(value, dtype=np.float64) - self._y.low) / (self._y.high - self._y.low)
        return self.bottom - share * (self.bottom - self.top)

    def _fitting_ticks(self) -> Ticks:
        """As many ticks along x as their labels leave room for."""
        most = max(int((self.right - self.left) / (3 * self.sheet.letter)), 2)
        while True:
            found = ticks(*self._x, most, whole=True)
            widths = [self.sheet.width_of(label) for label in found.labels]
            gaps = np.diff(self.x(np.array(found.values)))
            if most == 2 or all(
                gap >= (a + b) / 2 + self.sheet.letter
                for gap, (a, b) in zip(gaps, pairwise(widths), strict=True)
            ):
                return found
            most -= 1

    def _check(self, room: float, letters: float) -> None:
        if room < letters * self.sheet.letter:
            things = "more columns or rows" if self.sheet.characters else "more width or height"
            raise RenderError("there is no room for the chart", f"give it {things}, or draw fewer lines")


class Strokes:
    """Paths and labels on their way to a layer."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet
        self._paths: list[NDArray[np.float64]] = []
        self._x: list[NDArray[np.float64]] = []
        self._pens: dict[Pen, int] = {}
        self._pen: list[int] = []
        self.labels: list[Label] = []

    def draw(
        self,
        path: NDArray[np.float64] | list[tuple[float, float]],
        color: str,
        width: float,
        at: float | None = None,
    ) -> None:
        """Add a path; later pens are drawn over earlier ones. In a film it is all there `at` that x."""
        self._paths.append(np.asarray(path, dtype=np.float64).reshape(-1, 2))
        x = self._paths[-1][:, 0]
        self._x.append(x if at is None else np.full(len(x), at))
        self._pen.append(self._pens.setdefault(Pen(color, width), len(self._pens)))

    def write(self, text: str, x: float, y: float, anchor: str, color: str, room: float = np.inf) -> None:
        """Add a label."""
        self.labels.append(Label(text, float(x), float(y), self._sheet.letter, anchor, color, room))

    def layer(self, in_time: bool = False) -> Layer:
        """The layer; `in_time`, a film draws it from left to right."""
        vertices = np.concatenate([np.zeros((0, 2)), *self._paths])
        times, count = np.zeros(len(vertices), dtype=np.intp), 0
        if in_time and len(vertices):
            found, times = np.unique(np.concatenate(self._x), return_inverse=True)
            times, count = times.astype(np.intp).reshape(-1), len(found)
        return Layer(
            vertices=vertices,
            starts=np.concatenate([[0], np.cumsum([len(p) for p in self._paths])]).astype(np.intp),
            pen=np.array(self._pen, dtype=np.intp),
            pens=tuple(self._pens) or (Pen(self._sheet.muted, self._sheet.fine),),
            times=times,
            count=count,
            bounds=Bounds(0.0, 0.0, self._sheet.width, self._sheet.height),
            size=self._sheet.letter,
            labels=tuple(self.labels),
        )
