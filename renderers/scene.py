"""Scene: what a style has drawn, before any format: paths of coloured pens, and an image under them.

Everything is in the ink's own units, y down. Vertices are kept end to end in arrays, so that ink of a hundred
thousand points costs array operations rather than objects.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from renderers.errors import RenderError

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


@dataclass(frozen=True, eq=False)
class Raster:
    """An image of 256 colours. `paint(k)` gives its pixels as they are when k points of the ink are drawn."""

    pixels: NDArray[np.uint8]  # (rows, columns), indices into the table
    table: NDArray[np.uint8]  # (256, 4), RGBA
    bounds: Bounds
    paint: Callable[[int], NDArray[np.uint8]]

    def png(self) -> bytes:
        """The image as PNG."""
        from PIL import Image  # a third of the package's users never draw an image

        image = Image.fromarray(np.ascontiguousarray(self.pixels), "P")
        image.putpalette(self.table.tobytes(), "RGBA")
        file = io.BytesIO()
        image.save(file, "PNG")
        return file.getvalue()


@dataclass(frozen=True, eq=False)
class Layer:
    """One ink as drawn: path p runs through vertices[starts[p]:starts[p + 1]] with pens[pen[p]]."""

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
        raster = self.raster and replace(self.raster, bounds=self.raster.bounds.moved(dx, dy))
        moved = self.bounds.moved(dx, dy)
        return replace(self, vertices=self.vertices + np.array([dx, dy]), bounds=moved, raster=raster)

    def on(self, raster: Raster) -> Layer:
        """The same layer over an image; the bounds grow to hold both."""
        return replace(self, raster=raster, bounds=self.bounds.joined(raster.bounds))

    def until(self, points: int) -> Layer:
        """What is drawn when `points` points of the ink are; the bounds stay those of the whole."""
        if points >= self.count:
            return self
        lengths = np.diff(self.starts)
        sums = np.concatenate([[0], np.cumsum(self.times < points)])
        drawn = sums[self.starts[1:]] - sums[self.starts[:-1]]
        # a pen that has only touched down draws nothing yet, unless a dot is all that it ever draws
        kept = (drawn > 1) | ((drawn == 1) & (lengths == 1))
        vertex = (self.times < points) & np.repeat(kept, lengths)
        raster = self.raster and replace(self.raster, pixels=self.raster.paint(points))
        return replace(
            self,
            vertices=self.vertices[vertex],
            times=self.times[vertex],
            starts=np.concatenate([[0], np.cumsum(drawn[kept])]).astype(np.intp),
            pen=self.pen[kept],
            raster=raster,
        )


@dataclass(frozen=True, eq=False)
class Scene:
    """Layers, one an ink, in the order in which they are written."""

    layers: tuple[Layer, ...]

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
        return Scene(tuple(layers))


def stack(scenes: Iterable[Scene], gap: float) -> Scene:
    """Scenes below each other, `gap` (in the ink's units) apart, each with its left edge at 0.

    One page is written with one pen: where the scenes' pens differ in width, all take the median of them.
    """
    layers: list[Layer] = []
    top = 0.0
    several = list(scenes)
    nib = float(np.median([scene.nib for scene in several])) if several else 0.0
    for one in several:
        scene = Scene(tuple(layer.with_nib(nib) for layer in one.layers))
        bounds = scene.bounds
        layers += [layer.moved(-bounds.left, top - bounds.top) for layer in scene.layers]
        top += bounds.height + gap
    if not layers:
        raise RenderError("there is no ink to draw", "give at least one line of ink")
    return Scene(tuple(layers))
