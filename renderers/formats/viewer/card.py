"""One picture for the page: its ink, point by point, and how each style draws it.

Lengths are in ink units, relative to the corner of each ink, and rounded to steps. A style's layers are paths
through points of the ink, each with a pen. Legends, and plug-ins that move points, have their own
vertices.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from renderers.formats.film.timing import pen_down
from renderers.formats.svg import page_marks
from renderers.formats.viewer import mixtures
from renderers.formats.viewer.arrays import Pack
from renderers.ink import Ink
from renderers.page.lengths import UNITS
from renderers.page.page import Page
from renderers.scene.scene import SHARED, Layer, Raster, Scene
from renderers.scene.text import clean

STEPS_PER_PX = 400  # steps of vertices in a pixel of the page
LARGEST = 2**31 - 1
FACTS = ("id", "seed", "model")  # of an ink that the page tells

Points = NDArray[np.float64]


def card(scene: Scene, page: Page) -> dict[str, Any]:
    """Return a picture as JSON: its `inks`, and the `views` of them in all styles, the chosen one first."""
    pack = Pack()
    written = [layer for layer in scene.layers if layer.count]
    sources = [Source.of(layer) for layer in written]
    place = page.place(scene.bounds, scene.size, scene.frame)
    step = UNITS["px"] / (place.scale * UNITS[place.unit]) / STEPS_PER_PX
    others = [] if scene.others is None else list(scene.others())
    views = [
        _view(name, one, page, sources, pack, step)
        for name, one in [(scene.style or "ink", scene), *others]
        if [layer.count for layer in one.layers if layer.count] == [len(one.points) for one in sources]
    ]
    inks = [_ink(source, layer, pack, step) for source, layer in zip(sources, written, strict=True)]
    title = next((clean(layer.title) for layer in written if layer.title), "")
    background = None if page.print_background is None else page.background
    return {
        "title": title,
        "facts": _facts([source.ink for source in sources if source.ink is not None]),
        "background": background,
        "step": step,
        "inks": inks,
        "views": views,
        "pack": pack.encoded(),
    }


@dataclass(frozen=True, eq=False)
class Source:
    """The points of one ink, whose order all styles follow, and the ink itself where it is known."""

    points: Points  # (n, 2)
    corner: Points  # (2,) their smallest coordinates
    ink: Ink | None

    @classmethod
    def of(cls, layer: Layer) -> Source:
        """Return the points that `layer` draws; those that it draws nothing at lie at the point before."""
        if layer.ink is not None and _shift(layer, layer.ink.points) is not None:
            points = layer.ink.points
            return cls(points, points.min(axis=0), layer.ink)
        vertex = np.full(layer.count, -1)
        vertex[layer.times] = np.arange(len(layer.times))
        vertex = np.maximum.accumulate(vertex)
        points = layer.vertices[np.maximum(vertex, 0)]
        return cls(points, points.min(axis=0), None)


def _shift(layer: Layer, points: Points) -> Points | None:
    """Return how far from `points` the vertices of `layer` lie, (2,); None if it is not the same for all."""
    if not len(layer.vertices):
        return None
    apart = layer.vertices - points[layer.times]
    near = np.abs(apart - apart[0]) <= 1e-6 * layer.size
    return apart[0] if near.all() else None


def _ink(source: Source, layer: Layer, pack: Pack, step: float) -> dict[str, Any]:
    about: dict[str, Any] = {
        "points": pack.add(_steps((source.points - source.corner).T, step), "i4", deltas=True),
        "down": pack.add(pen_down(layer), "u1"),  # whether the pen was down on its way to each point
        "size": layer.size,
    }
    ink = source.ink
    if ink is not None and ink.text:
        about["text"] = ink.text
        if ink.trace is not None:
            about["characters"] = pack.add(ink.trace.characters, "i4", deltas=True)
    if ink is not None and ink.prediction is not None:
        about["prediction"] = mixtures.packed(ink.prediction)
    return about


def _facts(inks: list[Ink]) -> list[list[str]]:
    """Return the names and the values of what is known of the ink, if it is only one."""
    if len(inks) != 1:
        return []
    values = [(name, getattr(inks[0], name)) for name in FACTS]
    return [[name, clean(str(value))] for name, value in values if value is not None]


def _view(
    name: str, scene: Scene, page: Page, sources: list[Source], pack: Pack, step: float
) -> dict[str, Any]:
    place = page.place(scene.bounds, scene.size, scene.frame)
    corner = [place.origin[k] - place.corner[k] / place.scale for k in (0, 1)]  # of the page, in ink units
    number = iter(range(len(sources)))
    layers = []
    for layer in scene.layers:
        if page.plotter and not layer.count:
            continue  # legends are not plotted
        k = next(number) if layer.count else None
        about = _paths(layer, None if k is None else sources[k], pack, step, page.plotter)
        widths = (place.line_width(pen.width) / place.scale for pen in layer.pens)
        about["pens"] = [
            [pen.color, round(width / step, 2)] for pen, width in zip(layer.pens, widths, strict=True)
        ]
        if k is not None:
            about["ink"] = k
        if not page.plotter:
            about["labels"] = list(_labels(layer))
            if layer.raster is not None:
                source = None if k is None else sources[k]
                about["raster"] = _raster(layer.raster, source, pack)
        layers.append(about)
    sides = [place.width, place.height]
    marks = [] if scene.frame is None else list(page_marks(scene.frame, page, place))
    return {
        "name": name, "corner": corner, "sides": sides, "unit": place.unit, "scale": place.scale,
        "marks": marks, "layers": layers,
    }  # fmt: skip


def _paths(layer: Layer, source: Source | None, pack: Pack, step: float, plotter: bool) -> dict[str, Any]:
    about: dict[str, Any] = {
        "times": pack.add(layer.times, "i4", deltas=True),
        "lengths": pack.add(np.diff(layer.starts), "i4"),
        "pen": pack.add(layer.pen, "i4", deltas=True),
        "shared": SHARED if layer.pieces and not plotter else 1,  # paths in an element of SVG
    }
    shift = None if source is None else _shift(layer, source.points)
    if source is not None and shift is not None:
        origin = source.corner + shift
    else:
        origin = layer.vertices.min(axis=0) if len(layer.vertices) else np.zeros(2)
        about["vertices"] = pack.add(_steps((layer.vertices - origin).T, step), "i4", deltas=True)
    about["origin"] = origin.tolist()  # of the vertices, and of the ink in this picture
    if layer.controls is not None:
        relative = layer.controls - layer.vertices[:, None]
        about["controls"] = pack.add(_steps(relative.reshape(-1, 4).T, step), "i4")
    return about


def _labels(layer: Layer) -> Iterator[dict[str, Any]]:
    for one in layer.labels:
        where = {"x": one.x, "y": one.y, "size": one.size, "anchor": one.anchor, "color": one.color}
        yield {"text": one.fitted(), **where}


def _raster(raster: Raster, source: Source | None, pack: Pack) -> dict[str, Any]:
    """Return an image: a density that the page computes from its predictions, or else its pixels."""
    about: dict[str, Any] = {"table": pack.add(raster.table, "u1")}
    if raster.gamma is not None and source is not None and source.ink is not None and source.ink.prediction:
        return {**about, "gamma": raster.gamma}
    rows, columns = raster.pixels.shape
    pixels = pack.add(raster.pixels, "u1")
    return {**about, "pixels": pixels, "rows": rows, "columns": columns, "bounds": list(raster.bounds)}


def _steps(lengths: Points, step: float) -> NDArray[np.float64]:
    """Round to whole steps, (…), as large as 32 bits hold."""
    rounded: NDArray[np.float64] = np.clip(np.rint(lengths / step), -LARGEST, LARGEST)
    return rounded
