"""Scene → SVG. The one module that knows svgwrite.

Vertices are put on a grid of hundredths of the page's unit first and differences are taken after, so that
relative coordinates are short and their rounding never adds up.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import svgwrite
from numpy.typing import NDArray

from renderers.page import UNITS, Page, Placement
from renderers.scene import Layer, Pen, Raster, Scene

# CairoSVG's time grows with the square of one path's points: longer strokes are cut, except for a plotter,
# which would lift its pen there.
LONGEST = 1000
# Pieces of strokes of one colour share an element up to so many.
SHARED = 64
# A line thinner than this many px is drawn so wide, or it would not be seen.
HAIRLINE = 0.3
INKSCAPE = "http://www.inkscape.org/namespaces/inkscape"

_TAILS = [""] + [f".{rest:02d}".rstrip("0") for rest in range(1, 100)]

# What XML 1.0 cannot hold, escaped or not.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def to_svg(scene: Scene, page: Page) -> str:
    """`scene` on `page` as SVG text; the same scene and page give the same text."""
    place = page.place(scene.bounds, scene.size)
    size = f"{_plain(place.width)}{place.unit}", f"{_plain(place.height)}{place.unit}"
    box = f"0 0 {_plain(place.width)} {_plain(place.height)}"
    drawing = svgwrite.Drawing(size=size, viewBox=box, debug=False)
    drawing.elements.remove(drawing.defs)
    if page.plotter:
        drawing["xmlns:inkscape"] = INKSCAPE
    elif page.background is not None:
        drawing.add(drawing.rect(size=("100%", "100%"), fill=page.background))
    for number, layer in enumerate(scene.layers, start=1):
        drawing.add(_layer(drawing, layer, place, page.plotter, number))
    return str(drawing.tostring())


def encode(scene: Scene, page: Page) -> bytes:
    """`to_svg` as a file's bytes."""
    return to_svg(scene, page).encode()


def _layer(drawing: Any, layer: Layer, place: Placement, plotter: bool, number: int) -> Any:
    group = drawing.g(fill="none", stroke_linecap="round", stroke_linejoin="round")
    if plotter:
        group["inkscape:groupmode"] = "layer"
        group["inkscape:label"] = f"{number} line {number}"
    if layer.title and (title := clean(layer.title)):
        group.set_desc(title=title)
    if layer.raster is not None and not plotter:
        group.add(_image(drawing, layer.raster, place))
    grid = np.rint(place.apply(layer.vertices) * 100).astype(np.int64)
    data = _PathData(grid, layer.starts)
    runs = list(_runs(layer, in_time=plotter))
    for pen, paths in runs:
        # one pen: its attributes stand on the layer itself, where a plotter's software looks for them
        inner = group if len(runs) == 1 else group.add(drawing.g())
        _set_pen(inner, layer.pens[pen], place)
        longest = None if plotter else LONGEST
        subpaths = [d for path in paths for d in data.subpaths(path, longest)]
        share = SHARED if layer.pieces and not plotter else 1
        for i in range(0, len(subpaths), share):
            inner.add(drawing.path(d="".join(subpaths[i : i + share])))
    return group


def _set_pen(element: Any, pen: Pen, place: Placement) -> None:
    width = max(pen.width * place.scale, HAIRLINE / UNITS[place.unit])
    element["stroke"] = pen.color
    element["stroke-width"] = f"{width:.3g}"


def _runs(layer: Layer, in_time: bool) -> Iterator[tuple[int, list[int]]]:
    """(pen, its paths): a run for every pen, or in time order a run for every change of pen."""
    if in_time:
        cuts = np.flatnonzero(np.diff(layer.pen)) + 1
        runs = np.split(np.arange(len(layer.pen)), cuts)
    else:
        order = np.argsort(layer.pen, kind="stable")
        runs = np.split(order, np.flatnonzero(np.diff(layer.pen[order])) + 1)
    for run in runs:
        if len(run):
            yield int(layer.pen[run[0]]), run.tolist()


def _image(drawing: Any, raster: Raster, place: Placement) -> Any:
    corners = place.apply(np.array(raster.bounds).reshape(2, 2))
    (left, top), (right, bottom) = np.round(corners, 2).tolist()
    data = base64.b64encode(raster.png()).decode()
    size = (_plain(right - left), _plain(bottom - top))
    return drawing.image(
        f"data:image/png;base64,{data}",
        insert=(_plain(left), _plain(top)),
        size=size,
        preserveAspectRatio="none",
    )


class _PathData:
    """Path data for the vertices of a layer, (n, 2) in hundredths of a unit."""

    def __init__(self, grid: NDArray[np.int64], starts: NDArray[np.intp]) -> None:
        first = starts[:-1]
        steps = np.diff(grid, axis=0, prepend=0)
        steps[first] = 0
        moved = np.abs(steps).max(axis=1, initial=0)
        self._still = (np.maximum.reduceat(moved, first) == 0).tolist() if len(first) else []
        steps[first] = grid[first]  # a path begins at a place, and goes on by steps
        numbers = _Numbers()
        self._words = [numbers[k] for k in steps.ravel().tolist()]
        self._grid = grid
        self._starts = starts.tolist()

    def subpaths(self, path: int, longest: int | None) -> list[str]:
        """The path's `d`, cut where it has more than `longest` vertices."""
        words, first, end = self._words, self._starts[path], self._starts[path + 1]
        begin = f"M{words[2 * first].lstrip()}{words[2 * first + 1]}"
        if self._still[path]:
            # SVG draws a line of length zero as its round cap, but some viewers (Qt's) draw nothing
            return [begin + "h.01"]
        if longest is None or end - first <= longest:
            return [f"{begin}l{''.join(words[2 * first + 2 : 2 * end]).lstrip()}"]
        parts = []
        for start in range(first, end - 1, longest - 1):
            stop = min(start + longest, end)
            x, y = self._grid[start].tolist()
            steps = "".join(words[2 * start + 2 : 2 * stop])
            parts.append(f"M{_number(x).lstrip()}{_number(y)}l{steps.lstrip()}")
        return parts


class _Numbers(dict[int, str]):
    """Numbers as text; a page has few different steps, so each is written once."""

    def __missing__(self, hundredths: int) -> str:
        text = self[hundredths] = _number(hundredths)
        return text


def _number(hundredths: int) -> str:
    """As short as SVG allows, with its own separator in front: ` 1.2`, `-.05`."""
    sign = "-" if hundredths < 0 else " "
    whole, rest = divmod(abs(hundredths), 100)
    return f"{sign}{whole}{_TAILS[rest]}" if whole or not rest else sign + _TAILS[rest]


def _plain(number: float) -> str:
    """At most two decimals, none where they are zero."""
    return f"{number:.2f}".rstrip("0").rstrip(".")


def clean(text: str) -> str:
    """`text` on one line, without what XML cannot hold. (svgwrite escapes the markup in it.)"""
    return " ".join(_NOT_XML.sub(" ", text).split())
