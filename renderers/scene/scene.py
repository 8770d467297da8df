"""Scene: what a style has drawn, before any format: paths of coloured pens, and what lies under them.

Everything is in the ink's own units, y down. Vertices are kept end to end in arrays, so that ink of a hundred
thousand points costs array operations rather than objects.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from renderers.errors import RenderError
from renderers.scene.text import clean, em, fitted

Points = NDArray[np.float64]
Indices = NDArray[np.intp]


class Bounds(NamedTuple):
    """A rectangle in the ink's units; y grows downwards."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """From left to right."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """From top to bottom."""
        return self.bottom - self.top

    def moved(self, dx: float, dy: float) -> Bounds:
        """The same rectangle elsewhere."""
        return Bounds(self.left + dx, self.top + dy, self.right + dx, self.bottom + dy)

    def joined(self, other: Bounds) -> Bounds:
        """The smallest rectangle around both."""
        low = (min(self.left, other.left), min(self.top, other.top))
        return Bounds(*low, max(self.right, other.right), max(self.bottom, other.bottom))


@dataclass(frozen=True)
class Pen:
    """How a path is drawn: `#rrggbb`, and the line's width in the ink's units."""

    color: str
    width: float


class Painting(Protocol):
    """An image on its way: what is painted is never painted again."""

    @property
    def pixels(self) -> NDArray[np.uint8]:
        """(rows, columns), as they are now."""

    def advance(self, points: int) -> tuple[slice, slice] | None:
        """Paint what belongs to the first `points` points; the rows and columns that changed, if any did."""


@dataclass(frozen=True, eq=False)
class Raster:
    """An image of 256 colours. `begin()` gives it empty, to be painted point by point."""

    pixels: NDArray[np.uint8]  # (rows, columns), indices into the table
    table: NDArray[np.uint8]  # (256, 4), RGBA
    bounds: Bounds
    begin: Callable[[], Painting]

    def png(self) -> bytes:
        """The image as PNG."""
        from PIL import Image  # a third of the package's users never draw an image

        image = Image.fromarray(np.ascontiguousarray(self.pixels), "P")
        image.putpalette(self.table.tobytes(), "RGBA")
        file = io.BytesIO()
        # half the time of the usual 6, and a sixth more bytes
        image.save(file, "PNG", compress_level=3)
        return file.getvalue()

    def until(self, points: int) -> Raster:
        """The image as it is when the first `points` points are painted."""
        painting = self.begin()
        painting.advance(points)
        return replace(self, pixels=painting.pixels)


@dataclass(frozen=True, eq=False)
class Ellipses:
    """Filled ellipses under the ink, in the order in which they are drawn.

    Ellipse i is what `axes[i]`, applied to the unit circle, makes of it, around `centers[i]`.
    """

    centers: Points  # (k, 2)
    axes: NDArray[np.float64]  # (k, 2, 2): the columns are the half axes
    fill: Indices  # (k,) which of the fills
    fills: tuple[tuple[str, float], ...]  # `#rrggbb` and an opacity
    times: Indices  # (k,) the point of the ink that each is about

    def moved(self, dx: float, dy: float) -> Ellipses:
        """The same ellipses elsewhere."""
        return replace(self, centers=self.centers + np.array([dx, dy]))

    def until(self, points: int) -> Ellipses:
        """Those about the first `points` points."""
        which = self.times < points
        return replace(
            self,
            centers=self.centers[which],
            axes=self.axes[which],
            fill=self.fill[which],
            times=self.times[which],
        )


@dataclass(frozen=True)
class Label:
    """A line of text, its baseline beginning, centred or ending at (x, y), no wider than `room`."""

    text: str
    x: float
    y: float
    size: float  # of the letters (an em), in the ink's units
    anchor: str = "start"  # start, middle or end
    color: str = "#5b6275"
    room: float = np.inf

    def fitted(self) -> str:
        """The text without what must not be drawn, cut where it would be wider than its room."""
        return fitted(clean(self.text), self.room / self.size, em)


@dataclass(frozen=True, eq=False)
class Layer:
    """One ink as drawn: path p runs through vertices[starts[p]:starts[p + 1]] with pens[pen[p]].

    A layer of no points of ink (`count` 0) is a legend: it is there from the beginning, and not for plotters.
    """

    vertices: Points  # (n, 2)
    starts: Indices  # (paths + 1,), from 0 to n
    pen: Indices  # (paths,)
    pens: tuple[Pen, ...]  # later ones are drawn over earlier ones
    times: Indices  # (n,) which point of the ink each vertex is; never falls along a path
    count: int  # points of the ink
    bounds: Bounds
    size: float  # height of the writing's typical strokes
    pieces: bool = False  # paths are pieces of strokes, so a format may put several into one element
    title: str | None = None
    raster: Raster | None = None
    # (n, 2, 2): the two control points of the Bézier curve that arrives at each vertex (nothing at a path's
    # first vertex); None where the paths are straight from vertex to vertex
    controls: NDArray[np.float64] | None = None
    ellipses: Ellipses | None = None
    labels: tuple[Label, ...] = ()

    @property
    def nib(self) -> float:
        """The width of the thinnest pen."""
        return min(pen.width for pen in self.pens)

    def with_nib(self, width: float) -> Layer:
        """The same layer drawn with a thinnest pen of `width`, the others in proportion."""
        pens = tuple(Pen(pen.color, width * (pen.width / self.nib)) for pen in self.pens)
        more = (max(p.width for p in pens) - max(p.width for p in self.pens)) / 2
        left, top, right, bottom = self.bounds
        bounds = Bounds(left - more, top - more, right + more, bottom + more)
        return replace(self, pens=pens, bounds=self.raster.bounds.joined(bounds) if self.raster else bounds)

    def moved(self, dx: float, dy: float) -> Layer:
        """The same layer elsewhere."""
        step = np.array([dx, dy])
        return replace(
            self,
            vertices=self.vertices + step,
            bounds=self.bounds.moved(dx, dy),
            raster=self.raster and replace(self.raster, bounds=self.raster.bounds.moved(dx, dy)),
            controls=None if self.controls is None else self.controls + step,
            ellipses=self.ellipses and self.ellipses.moved(dx, dy),
            labels=tuple(replace(one, x=one.x + dx, y=one.y + dy) for one in self.labels),
        )

    def on(self, raster: Raster) -> Layer:
        """The same layer over an image; the bounds grow to hold both."""
        return replace(self, raster=raster, bounds=self.bounds.joined(raster.bounds))

    def until(self, points: int) -> Layer:
        """What is drawn when `points` points of the ink are; the bounds stay those of the whole.

        What is expected of the next point is there already: a density comes before the pen that follows it.
        """
        if points >= self.count:
            return self
        lengths = np.diff(self.starts)
        sums = np.concatenate([[0], np.cumsum(self.times < points)])
        drawn = sums[self.starts[1:]] - sums[self.starts[:-1]]
        # a pen that has only touched down draws nothing yet, unless a dot is all that it ever draws
        kept = (drawn > 1) | ((drawn == 1) & (lengths == 1))
        vertex = (self.times < points) & np.repeat(kept, lengths)
        return replace(
            self,
            vertices=self.vertices[vertex],
            times=self.times[vertex],
            starts=np.concatenate([[0], np.cumsum(drawn[kept])]).astype(np.intp),
            pen=self.pen[kept],
            raster=self.raster and self.raster.until(points + 1),
            controls=None if self.controls is None else self.controls[vertex],
            ellipses=self.ellipses and self.ellipses.until(points + 1),
        )


@dataclass(frozen=True, eq=False)
class Scene:
    """Layers, one an ink, in the order in which they are written.

    A `frame` is what a page is to show instead of the bounds: that of a page of text.
    """

    layers: tuple[Layer, ...]
    frame: Bounds | None = None

    @cached_property
    def bounds(self) -> Bounds:
        """Around everything, pens' widths included: finite, and never of size zero."""
        bounds = self.layers[0].bounds
        for layer in self.layers[1:]:
            bounds = bounds.joined(layer.bounds)
        return bounds

    @property
    def count(self) -> int:
        """How many points of ink were drawn."""
        return sum(layer.count for layer in self.layers)

    @property
    def nib(self) -> float:
        """The width of the thinnest pen."""
        return min(layer.nib for layer in self.layers)

    @property
    def size(self) -> float:
        """The height of typical strokes, in the line in the middle."""
        return float(np.median([layer.size for layer in self.layers]))

    def until(self, t: float) -> Scene:
        """The scene when the fraction `t`, from 0 to 1, of its points is drawn, within the same bounds."""
        if not 0 <= t <= 1:
            raise RenderError(f"time is {t!r}", "time is a fraction of the ink: a number from 0 to 1")
        left, layers = round(t * self.count), []
        for layer in self.layers:
            layers.append(layer.until(min(left, layer.count)))
            left -= min(left, layer.count)
        return replace(self, layers=tuple(layers))
