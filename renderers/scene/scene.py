"""Scene: a picture before any format, made of layers with paths, an image under them, and labels.

All lengths are in the ink's units; y grows downwards. The vertices of all paths are concatenated in arrays,
so that ink with a hundred thousand points takes array operations instead of objects.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from renderers.errors import RenderError
from renderers.ink import Ink
from renderers.scene.colors import parse_color
from renderers.scene.text import clean, em, fitted

Points = NDArray[np.float64]
Indices = NDArray[np.intp]

SHARED = 64  # pieces of strokes with one colour that vector formats draw as one path


class Bounds(NamedTuple):
    """A rectangle in the ink's units; y grows downwards."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """Distance from left to right."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Distance from top to bottom."""
        return self.bottom - self.top

    def moved(self, dx: float, dy: float) -> Bounds:
        """Return the rectangle shifted by (dx, dy)."""
        return Bounds(self.left + dx, self.top + dy, self.right + dx, self.bottom + dy)

    def joined(self, other: Bounds) -> Bounds:
        """Return the smallest rectangle that contains both.

        >>> Bounds(0, 0, 2, 1).joined(Bounds(1, -1, 3, 0))
        Bounds(left=0, top=-1, right=3, bottom=1)
        """
        low = (min(self.left, other.left), min(self.top, other.top))
        return Bounds(*low, max(self.right, other.right), max(self.bottom, other.bottom))


@dataclass(frozen=True)
class Pen:
    """How a path is drawn: colour and line width in the ink's units.

    The colour is `#rrggbb`, `#rgb` or a name of CSS, and is kept as `#rrggbb`. Raises RenderError for others.
    """

    color: str
    width: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "color", parse_color(self.color, "a pen's colour"))


class Painting(Protocol):
    """An image that is painted point by point; no pixel is computed twice."""

    @property
    def pixels(self) -> NDArray[np.uint8]:
        """(rows, columns) as painted so far."""

    def advance(self, points: int) -> tuple[slice, slice] | None:
        """Paint up to the first `points` points; return the rows and columns that changed, if any."""


@dataclass(frozen=True, eq=False)
class Raster:
    """An image with 256 colours; `begin()` returns it empty, to be painted point by point."""

    pixels: NDArray[np.uint8]  # (rows, columns), indices into the table
    table: NDArray[np.uint8]  # (256, 4), RGBA
    bounds: Bounds
    begin: Callable[[], Painting]
    gamma: float | None = None  # of the ink's predicted density: the exponent from density to colour

    def png(self) -> bytes:
        """Encode the image as PNG."""
        from PIL import Image  # slow to import, and only images need it

        image = Image.fromarray(np.ascontiguousarray(self.pixels), "P")
        image.putpalette(self.table.tobytes(), "RGBA")
        file = io.BytesIO()
        # half the time of the default level 6, with a sixth more bytes
        image.save(file, "PNG", compress_level=3)
        return file.getvalue()

    def until(self, points: int) -> Raster:
        """Return the image with only the first `points` points painted."""
        painting = self.begin()
        painting.advance(points)
        return replace(self, pixels=painting.pixels)


@dataclass(frozen=True)
class Label:
    """A line of text whose baseline starts, is centred or ends at (x, y), truncated to `room`.

    Its colour is what a Pen's may be.
    """

    text: str
    x: float
    y: float
    size: float  # font size (1 em), in the ink's units
    anchor: str = "start"  # start, middle or end
    color: str = "#5b6275"
    room: float = np.inf

    def __post_init__(self) -> None:
        object.__setattr__(self, "color", parse_color(self.color, "a label's colour"))

    def fitted(self) -> str:
        """Return the text without unsafe characters, truncated to its room."""
        return fitted(clean(self.text), self.room / self.size, em)


@dataclass(frozen=True, eq=False)
class Layer:
    """One drawn ink: path p connects vertices[starts[p]:starts[p + 1]] with pens[pen[p]].

    With `count` 0, a layer is a legend: films show it from the start, plotters leave it out.
    """

    vertices: Points  # (n, 2)
    starts: Indices  # (paths + 1,), from 0 to n
    pen: Indices  # (paths,)
    pens: tuple[Pen, ...]  # later ones are drawn over earlier ones
    times: Indices  # (n,) index of the point of ink that each vertex belongs to; non-decreasing along a path
    count: int  # number of points of the ink
    bounds: Bounds  # of everything drawn, including line widths
    size: float  # height of a typical stroke
    pieces: bool = False  # paths are parts of strokes, so a format may combine several in one element
    title: str | None = None
    raster: Raster | None = None  # under the paths
    mark: Raster | None = None  # under the paths, of what is being written: only films show it
    # (n, 2, 2) the control points of the cubic Bézier curve that arrives at each vertex (unused at the first
    # vertex of a path); None if vertices are connected by straight lines
    controls: NDArray[np.float64] | None = None
    labels: tuple[Label, ...] = ()
    lines: Indices | None = None  # (count,) the line of the text of each point, from 0, where it is known
    ink: Ink | None = (
        None  # of `count` points, in its own coordinates: for formats that show more than strokes
    )

    @property
    def nib(self) -> float:
        """Width of the thinnest pen."""
        return min(pen.width for pen in self.pens)

    def runs(self, in_time: bool) -> Iterator[tuple[int, list[int]]]:
        """Yield (pen, its paths) for every pen, or `in_time` for every change of pen."""
        if in_time:
            cuts = np.flatnonzero(np.diff(self.pen)) + 1
            runs = np.split(np.arange(len(self.pen)), cuts)
        else:
            order = np.argsort(self.pen, kind="stable")
            runs = np.split(order, np.flatnonzero(np.diff(self.pen[order])) + 1)
        for run in runs:
            if len(run):
                yield int(self.pen[run[0]]), run.tolist()

    def with_nib(self, width: float) -> Layer:
        """Return the layer with all pens scaled so that the thinnest has `width`."""
        pens = tuple(Pen(pen.color, width * (pen.width / self.nib)) for pen in self.pens)
        more = (max(p.width for p in pens) - max(p.width for p in self.pens)) / 2
        left, top, right, bottom = self.bounds
        bounds = Bounds(left - more, top - more, right + more, bottom + more)
        return replace(self, pens=pens, bounds=self.raster.bounds.joined(bounds) if self.raster else bounds)

    def moved(self, dx: float, dy: float) -> Layer:
        """Return the layer shifted by (dx, dy)."""
        step = np.array([dx, dy])
        return replace(
            self,
            vertices=self.vertices + step,
            bounds=self.bounds.moved(dx, dy),
            raster=self.raster and replace(self.raster, bounds=self.raster.bounds.moved(dx, dy)),
            mark=self.mark and replace(self.mark, bounds=self.mark.bounds.moved(dx, dy)),
            controls=None if self.controls is None else self.controls + step,
            labels=tuple(replace(one, x=one.x + dx, y=one.y + dy) for one in self.labels),
        )

    def on(self, raster: Raster) -> Layer:
        """Return the layer with an image under it and bounds that contain both."""
        return replace(self, raster=raster, bounds=self.bounds.joined(raster.bounds))

    def until(self, points: int) -> Layer:
        """Return the layer with only the first `points` points drawn, within the same bounds.

        The image includes the prediction of the next point: a density is visible before the pen gets there.
        """
        if points >= self.count:
            return self
        lengths = np.diff(self.starts)
        sums = np.concatenate([[0], np.cumsum(self.times < points)])
        drawn = sums[self.starts[1:]] - sums[self.starts[:-1]]
        # a path with one point so far is not visible yet, unless it is a dot
        kept = (drawn > 1) | ((drawn == 1) & (lengths == 1))
        part = self.only(kept, self.times < points)
        return replace(part, raster=self.raster and self.raster.until(points + 1))

    def only(self, paths: NDArray[np.bool_], vertices: NDArray[np.bool_] | None = None) -> Layer:
        """Return the layer with only the chosen `paths`, and of these only the chosen `vertices` (all)."""
        lengths = np.diff(self.starts)
        kept = np.repeat(paths, lengths)
        if vertices is not None:
            kept &= vertices
            sums = np.concatenate([[0], np.cumsum(kept)])
            lengths = sums[self.starts[1:]] - sums[self.starts[:-1]]
        return replace(
            self,
            vertices=self.vertices[kept],
            times=self.times[kept],
            starts=np.concatenate([[0], np.cumsum(lengths[paths])]).astype(np.intp),
            pen=self.pen[paths],
            controls=None if self.controls is None else self.controls[kept],
        )


class Baselines(NamedTuple):
    """Where the lines of a page of text stand: at `y`, and at multiples of `distance` from it."""

    y: float
    distance: float


@dataclass(frozen=True, eq=False)
class Scene:
    """The layers of a picture in writing order: one per ink, plus legends."""

    layers: tuple[Layer, ...]
    frame: Bounds | None = None  # of a page of text: shown within the margins instead of the bounds
    baselines: Baselines | None = None  # of a page of text, where they are known
    ruling: str | None = None  # of renderers.ink.RULINGS, below all layers, on the baselines in the frame
    style: str | None = None  # the name of the style that it is drawn in
    # the same ink in the other built-in styles, by their names: drawn for formats that let a reader choose
    others: Callable[[], Iterator[tuple[str, Scene]]] | None = None

    @cached_property
    def bounds(self) -> Bounds:
        """Bounds of everything drawn, including line widths."""
        bounds = self.layers[0].bounds
        for layer in self.layers[1:]:
            bounds = bounds.joined(layer.bounds)
        return bounds

    @property
    def count(self) -> int:
        """Number of points of ink."""
        return sum(layer.count for layer in self.layers)

    @property
    def nib(self) -> float:
        """Width of the thinnest pen."""
        return min(layer.nib for layer in self.layers)

    @property
    def size(self) -> float:
        """Height of a typical stroke: the median of the layers' sizes."""
        return float(np.median([layer.size for layer in self.layers]))

    def until(self, t: float) -> Scene:
        """Return the scene with a fraction `t` of its points drawn; RenderError unless 0 ≤ t ≤ 1."""
        if not 0 <= t <= 1:
            raise RenderError(
                f"time cannot be {t!r}", "time is the fraction of points drawn: a number from 0 to 1"
            )
        left, layers = round(t * self.count), []
        for layer in self.layers:
            layers.append(layer.until(min(left, layer.count)))
            left -= min(left, layer.count)
        return replace(self, layers=tuple(layers))
