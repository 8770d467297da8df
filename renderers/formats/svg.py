"""Scene → SVG, with svgwrite.

Vertices are rounded to hundredths of a page unit before differences are taken, so that relative coordinates
are short and rounding errors do not accumulate. The picture of a written page says where its frame is and
which sides and margin were given (`data-hw-frame`, `data-hw-paper`), where its lines are and what is printed
on its paper (`data-hw-lines`, `data-hw-ruling`), so that it can be read back as a page.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import svgwrite
from numpy.typing import NDArray

from renderers.errors import RenderError
from renderers.formats.plotter_layers import KINDS, split
from renderers.options import Options as BaseOptions
from renderers.options import option
from renderers.page.lengths import UNITS
from renderers.page.page import Page, Placement
from renderers.page.ruling import COLOR, Rules
from renderers.scene.scene import SHARED, Baselines, Bounds, Label, Layer, Pen, Raster, Scene
from renderers.scene.text import FONT, clean

SUMMARY = "vector graphics"

# Points per path: the time that CairoSVG takes grows with the square of their number. Paths for a plotter are
# not split, because it would lift its pen there.
LONGEST = 1000
INKSCAPE = "http://www.inkscape.org/namespaces/inkscape"

_DECIMALS = [""] + [f".{rest:02d}".rstrip("0") for rest in range(1, 100)]


@dataclass(frozen=True)
class Options(BaseOptions):
    """Options of the format svg."""

    join: float = option(
        0.0,
        "join consecutive strokes of one pen that are at most this far apart, to save pen lifts",
        length=True,
    )
    layers: str = option(
        "ink", "layers of a plotter page: one per ink, line of text, color or stroke", choices=KINDS
    )


def encode(scene: Scene, page: Page, options: Options) -> bytes:
    """Encode `scene` on `page` as SVG."""
    return to_svg(scene, page, options).encode()


def to_svg(scene: Scene, page: Page, options: Options | None = None) -> str:
    """Return `scene` on `page` as SVG text; equal arguments give equal text."""
    place = page.place(scene.bounds, scene.size, scene.frame)
    join = options.join / UNITS[place.unit] / place.scale if options else 0.0
    size = f"{_plain(place.width)}{place.unit}", f"{_plain(place.height)}{place.unit}"
    box = f"0 0 {_plain(place.width)} {_plain(place.height)}"
    drawing = svgwrite.Drawing(size=size, viewBox=box, debug=False)
    drawing.elements.remove(drawing.defs)
    if scene.frame is not None:
        drawing["data-hw-frame"], drawing["data-hw-paper"] = page_marks(scene.frame, page, place)
    if scene.baselines is not None:
        drawing["data-hw-lines"] = _line_marks(scene.baselines, place)
    if page.plotter:
        drawing["xmlns:inkscape"] = INKSCAPE
    elif page.background is not None:
        drawing.add(drawing.rect(size=("100%", "100%"), fill=page.background))
    if scene.ruling is not None:
        drawing["data-hw-ruling"] = scene.ruling
    if not page.plotter and (rules := Rules.of(scene, place)) is not None:
        _add_rules(drawing, rules)
    kind = options.layers if options else "ink"
    if kind != "ink" and not page.plotter:
        raise RenderError(f"layers={kind} only applies to plotter pages", "add --plotter")
    named = split(scene.layers, kind) if page.plotter else [(None, layer) for layer in scene.layers]
    for number, (name, layer) in enumerate(named, 1):
        drawing.add(_layer(drawing, join_paths(layer, join), place, page, number, name))
    return str(drawing.tostring())


def page_marks(frame: Bounds, page: Page, place: Placement) -> tuple[str, str]:
    """Return left, top, width and height of a frame on the page, and the given sides and margin in mm."""
    corners = place.apply(np.array(frame).reshape(2, 2))
    box = [*corners[0].tolist(), *(corners[1] - corners[0]).tolist()]
    sheet = page.sheet
    sides = ("auto" if mm is None else f"{mm:.9g}" for mm in (sheet.width, sheet.height, sheet.margin))
    return " ".join(map(_exact, box)), " ".join(sides)


def _line_marks(baselines: Baselines, place: Placement) -> str:
    """Return the y of a line on the page, and the distance of two."""
    y = place.apply(np.array([[0.0, baselines.y]]))[0, 1]
    return f"{_exact(y)} {_exact(baselines.distance * place.scale)}"


def _add_rules(drawing: Any, rules: Rules) -> None:
    """Add a ruling as a pattern that fills the page: programs for plotters find no strokes in it."""
    pitch, half, thick = (_exact(number) for number in (rules.pitch, rules.pitch / 2, rules.thickness))
    corner = rules.left - rules.pitch / 2, rules.top - rules.pitch / 2
    pattern = drawing.pattern(
        insert=tuple(map(_exact, corner)), size=(pitch, pitch), id="ruling", patternUnits="userSpaceOnUse"
    )
    if rules.kind == "dots":
        pattern.add(drawing.circle((half, half), _exact(rules.thickness / 2), fill=COLOR))
    else:
        across, down = f"M0 {half}h{pitch}", f"M{half} 0v{pitch}" if rules.columns else ""
        pattern.add(drawing.path(d=across + down, fill="none", stroke=COLOR, stroke_width=thick))
    drawing.defs.add(pattern)
    drawing.elements.append(drawing.defs)
    top, height = _exact(corner[1]), _exact(rules.rows * rules.pitch)
    drawing.add(drawing.rect((0, top), ("100%", height), fill="url(#ruling)"))


def join_paths(layer: Layer, gap: float) -> Layer:
    """Join consecutive paths of one pen that are at most `gap` (in ink units) apart."""
    ends, begins = layer.starts[1:-1] - 1, layer.starts[1:-1]
    if gap <= 0 or not len(begins):
        return layer
    between = np.hypot(*(layer.vertices[begins] - layer.vertices[ends]).T)
    touch = (between <= gap) & (layer.pen[1:] == layer.pen[:-1])
    controls = layer.controls
    if controls is not None:
        here, there = layer.vertices[ends[touch]], layer.vertices[begins[touch]]
        controls = controls.copy()
        controls[begins[touch]] = np.stack([(2 * here + there) / 3, (here + 2 * there) / 3], axis=1)
    kept = np.concatenate([[True], ~touch])
    starts = layer.starts[np.append(kept, True)]
    return replace(layer, starts=starts, pen=layer.pen[kept], controls=controls)


def _layer(drawing: Any, layer: Layer, place: Placement, page: Page, number: int, name: str | None) -> Any:
    plotter, digits = page.plotter, 3 if page.pen is None else 5  # a pen that was chosen is exact
    group = drawing.g(fill="none", stroke_linecap="round", stroke_linejoin="round")
    if plotter:
        group["inkscape:groupmode"] = "layer"
        group["inkscape:label"] = f"{number} {name}"
        group["id"] = f"layer{number}"  # by which saxi tells layers apart
    if layer.title and (title := clean(layer.title)):
        group.set_desc(title=title)
    if layer.raster is not None and not plotter:
        group.add(_image(drawing, layer.raster, place))
    data = _PathData(layer, place)
    runs = list(layer.runs(in_time=plotter))
    for pen, paths in runs:
        # with one pen, its attributes are set on the layer, where plotter software looks for them
        inner = group if len(runs) == 1 else group.add(drawing.g())
        _set_pen(inner, layer.pens[pen], place, digits)
        longest = None if plotter else LONGEST
        subpaths = [d for path in paths for d in data.subpaths(path, longest)]
        share = SHARED if layer.pieces and not plotter else 1
        for i in range(0, len(subpaths), share):
            inner.add(drawing.path(d="".join(subpaths[i : i + share])))
    if not plotter:
        for label in layer.labels:
            group.add(_text(drawing, label, place))
    return group


def _text(drawing: Any, label: Label, place: Placement) -> Any:
    x, y = place.apply(np.array([[label.x, label.y]]))[0].tolist()
    return drawing.text(
        label.fitted(),
        insert=(_plain(x), _plain(y)),
        fill=label.color,
        stroke="none",
        font_family=FONT,
        font_size=_plain(label.size * place.scale),
        text_anchor=label.anchor,
    )


def _set_pen(element: Any, pen: Pen, place: Placement, digits: int) -> None:
    element["stroke"] = pen.color
    element["stroke-width"] = f"{place.line_width(pen.width):.{digits}g}"


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
    """SVG path data for the paths of a layer, rounded to hundredths of a page unit."""

    def __init__(self, layer: Layer, place: Placement) -> None:
        grid = _hundredths(place.apply(layer.vertices))
        first = layer.starts[:-1]
        before = np.roll(grid, 1, axis=0)
        steps = grid - before
        steps[first] = 0
        moved = np.abs(steps).max(axis=1, initial=0)
        if layer.controls is None:
            self._command, numbers = "l", steps
        else:
            controls = _hundredths(place.apply(layer.controls.reshape(-1, 2))).reshape(-1, 4)
            controls -= np.tile(before, 2)
            controls[first] = 0
            moved = np.maximum(moved, np.abs(controls).max(axis=1, initial=0))
            self._command, numbers = "c", np.concatenate([controls, steps], axis=1)
        self._is_dot = (np.maximum.reduceat(moved, first) == 0).tolist() if len(first) else []
        self._numbers = list(map(_number, numbers.ravel().tolist()))
        self._per_vertex = numbers.shape[1]
        self._grid = grid.tolist()
        self._starts = layer.starts.tolist()

    def subpaths(self, path: int, longest: int | None) -> list[str]:
        """Return the path's data, split into parts with at most `longest` vertices."""
        first, end = self._starts[path], self._starts[path + 1]
        if self._is_dot[path]:
            # a line of length zero is a round cap by the standard, but some viewers (Qt) draw nothing
            return [self._move_to(first) + "h.01"]
        if longest is None or end - first <= longest:
            return [self._move_to(first) + self._lines(first, end)]
        cuts = range(first, end - 1, longest - 1)
        return [self._move_to(start) + self._lines(start, min(start + longest, end)) for start in cuts]

    def _move_to(self, vertex: int) -> str:
        x, y = self._grid[vertex]
        return f"M{_number(x).lstrip()}{_number(y)}"

    def _lines(self, start: int, end: int) -> str:
        numbers = self._numbers[self._per_vertex * (start + 1) : self._per_vertex * end]
        return self._command + "".join(numbers).lstrip()


def _hundredths(points: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.rint(points * 100).astype(np.int64)


@lru_cache(maxsize=1 << 16)
def _number(hundredths: int) -> str:
    """Format as short as SVG allows, with a separator in front: ` 1.2`, `-.05`."""
    sign = "-" if hundredths < 0 else " "
    whole, rest = divmod(abs(hundredths), 100)
    return f"{sign}{whole}{_DECIMALS[rest]}" if whole or not rest else sign + _DECIMALS[rest]


def _exact(number: float) -> str:
    """Format with at most four decimals and without trailing zeros."""
    return f"{number:.4f}".rstrip("0").rstrip(".")


def _plain(number: float) -> str:
    """Format with at most two decimals and without trailing zeros."""
    return f"{number:.2f}".rstrip("0").rstrip(".")
