"""Drawing ink: `draw(ink)` returns a Drawing, which can be saved, encoded and shown in a notebook."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from renderers import registry
from renderers.atomic import write_whole
from renderers.errors import RenderError
from renderers.ink import Ink
from renderers.options import Options, make_options
from renderers.page.frame import common_paper, frame_bounds
from renderers.page.lengths import UNITS
from renderers.page.nib import PAGE_PEN, fitted, page_nib, with_nib
from renderers.page.page import NO_RULING, Page
from renderers.page.ruling import baselines_of, can_rule, with_ruling
from renderers.page.text_lines import text_lines
from renderers.registry import format_for
from renderers.scene.arrange import arrange, check_parts
from renderers.scene.arrange import caption as say
from renderers.scene.scene import Scene
from renderers.scene.text import clean

COARSE = 16  # pixels of the images of other styles: formats that show these paint densities themselves


@dataclass(frozen=True, eq=False)
class Drawing:
    """Drawn ink: a scene and its page. A notebook shows it.

    >>> Ink(strokes=([[0, 0], [3, 4]],)).draw("plain").svg()[:4]
    '<svg'
    """

    scene: Scene
    page: Page

    def svg(self, **options: Any) -> str:
        """Return SVG text; `options` are those of the format svg."""
        return self.encode("svg", **options).decode()

    def png(self, width: int | None = None, **options: Any) -> bytes:
        """Return a PNG, `width` pixels wide; `options` are those of the format png (`scale`, `dpi`)."""
        if width is not None:
            if isinstance(width, bool) or not isinstance(width, int | float) or not 0 < width < math.inf:
                raise RenderError(f"width must be a number above 0, not {width!r}")
            place = self.page.place(self.scene.bounds, self.scene.size, self.scene.frame)
            options["scale"] = width / (place.width * UNITS[place.unit])
        return self.encode("png", **options)

    def gif(self, **options: Any) -> bytes:
        """Return a film as a GIF; `options` are those of the format gif (`fps`, `duration`, `hold`, …)."""
        return self.encode("gif", **options)

    def pdf(self, **options: Any) -> bytes:
        """Return a PDF of one page; `options` are those of the format pdf. See `save_pages` for several."""
        return self.encode("pdf", **options)

    def html(self, **options: Any) -> bytes:
        """Return a page for a browser; `options` are those of the format html (`speed`, `title`)."""
        return self.encode("html", **options)

    def terminal(self, columns: int | None = None, rows: int | None = None, color: bool = False) -> str:
        """Return braille characters, by default as wide as the terminal."""
        return self.encode("term", columns=columns, rows=rows, ansi=color).decode().rstrip("\n")

    def encode(self, format: str, /, **options: Any) -> bytes:
        """Return the bytes of any format; `hw render --list` names its `options`."""
        chosen = format_for(format)
        return chosen.encode(self.scene, self.page, make_options(chosen.options, options))

    def save(self, path: str | os.PathLike[str], **options: Any) -> Path:
        """Write a file in the format of its suffix (.svg, .png, .gif, .pdf, .html, .gcode); return its path.

        `options` are those of the format. The file is never incomplete. Raises RenderError for an unknown
        suffix, or if it cannot be written.
        """
        chosen = format_for(Path(path))
        return _write(Path(path), chosen.encode(self.scene, self.page, make_options(chosen.options, options)))

    def __repr__(self) -> str:
        layers = len(self.scene.layers)
        return f"<Drawing of {layers} line{'s' * (layers > 1)}, {self.scene.count} points>"

    def _repr_svg_(self) -> str:
        return self.svg()

    def _repr_mimebundle_(
        self, include: Iterable[str] | None = None, exclude: Iterable[str] | None = None
    ) -> dict[str, str]:
        make = {"image/svg+xml": self.svg, "text/plain": self.__repr__}
        wanted = set(make if include is None else include) - set(exclude or ())
        return {mime: text() for mime, text in make.items() if mime in wanted}


def draw(
    inks: Ink | Iterable[Ink],
    style: str = "plain",
    page: Page | None = None,
    *,
    columns: int = 1,
    caption: Iterable[str] = (),
    **options: Any,
) -> Drawing:
    """Draw one ink, or several below each other or in a grid of `columns`, in `style` on `page`.

    `caption` names what is printed below each ink: any of id, text and seed. `options` are the style's own,
    as Python values or text; `hw render --list` names them. A single ink with a `frame` (a written page) is
    drawn with that frame between the margins, so that its lines keep their distance. Without `page`, ink is
    drawn on the paper that it was written for, if that is the same for all. A ruling is only drawn below a
    single page without a caption.

    >>> draw(Ink(strokes=([[0, 0], [3, 4]],)), "color", columns=1)
    <Drawing of 1 line, 2 points>

    Raises RenderError for an unknown style or option, a value out of its range, empty ink, ink without the
    predictions or the trace that the style draws, and a `page` with a ruling that cannot be drawn.
    """
    chosen = registry.style(style)
    # not isinstance(inks, Iterable): ink that one day iterates over its strokes is still one ink
    several = [inks] if isinstance(inks, Ink) else list(inks)
    parts = check_parts([caption] if isinstance(caption, str) else caption)
    if page is None:
        paper = common_paper(several)
        page = Page() if paper is None else Page().on(paper)
        if page.printed_ruling is not None and not can_rule(several, bool(parts)):
            page = replace(page, ruling=NO_RULING)
    return compose(several, chosen, make_options(chosen.options, options), page, columns, parts)


def save_pages(drawings: Iterable[Drawing], path: str | os.PathLike[str], **options: Any) -> Path:
    """Write `drawings` as the pages of one PDF, or the pictures of one HTML page; return its path.

    `options` are those of the format. Each page has the size of its drawing. Drawings are taken one by one,
    so that a generator of thousands needs the memory of one. The file is never incomplete.

    >>> from tempfile import TemporaryDirectory
    >>> inks = [Ink(strokes=([[0, 0], [3, height]],)) for height in (4, 5)]
    >>> with TemporaryDirectory() as folder:
    ...     save_pages((ink.draw() for ink in inks), f"{folder}/two.html").name
    'two.html'

    Raises RenderError without drawings, for another suffix, or if the file cannot be written.
    """
    chosen = format_for(Path(path))
    pages = ((one.scene, one.page) for one in drawings)
    return _write(Path(path), chosen.encode_pages(pages, make_options(chosen.options, options)))


def compose(
    inks: Sequence[Ink],
    style: registry.Style,
    options: Options,
    page: Page,
    columns: int = 1,
    caption: Sequence[str] = (),
) -> Drawing:
    """Draw `inks` with a style and options that have been looked up and checked; see `draw`."""
    drawing = _composed(inks, style, options, page, columns, caption)
    others = partial(_in_other_styles, inks, style.name, page, columns, caption)
    return replace(drawing, scene=replace(drawing.scene, style=style.name, others=others))


def _in_other_styles(
    inks: Sequence[Ink], style: str, page: Page, columns: int, caption: Sequence[str]
) -> Iterator[tuple[str, Scene]]:
    """Yield the name and the scene of each built-in style but `style` that can draw all `inks`."""
    for name in registry.STYLES:
        other = registry.style(name)
        if name == style or any(other.lacks(ink) for ink in inks):
            continue
        coarse = {"resolution": COARSE} if "resolution" in registry.option_names(other) else {}
        with suppress(RenderError):  # such as a pen that is too wide for it on this page
            made = _composed(inks, other, make_options(other.options, coarse), page, columns, caption)
            yield name, made.scene


def _composed(
    inks: Sequence[Ink],
    style: registry.Style,
    options: Options,
    page: Page,
    columns: int,
    caption: Sequence[str],
) -> Drawing:
    scenes = [_scene(style, options, ink, number, len(inks)) for number, ink in enumerate(inks, start=1)]
    captions = [say(ink, caption) for ink in inks] if caption else []
    if len(scenes) == 1 and not any(captions):
        frame = frame_bounds(inks[0])
        scene = replace(scenes[0], frame=frame, baselines=baselines_of(inks[0])) if frame else scenes[0]
        if page.pen is None and frame and _page_nib(options, inks[0], scene) is not None:
            page = replace(page, pen=f"{PAGE_PEN}mm")
        if page.printed_ruling is not None:
            scene = with_ruling(scene, page.printed_ruling)
        return Drawing(fitted(scene, page), page)
    if page.printed_ruling is not None:
        raise RenderError("a ruling cannot be drawn below several inks or captions", "draw one page of text")
    # in a grid, pages are smaller than they are, and so are their pens
    nibs = [_page_nib(options, ink, scene) for ink, scene in zip(inks, scenes, strict=True)]
    scenes = [scene if nib is None else with_nib(scene, nib) for scene, nib in zip(scenes, nibs, strict=True)]
    return Drawing(fitted(arrange(scenes, columns, captions), page), page)


def _page_nib(options: Options, ink: Ink, scene: Scene) -> float | None:
    """Return the width of a page's own pen in ink units; None if the style does not leave the width open."""
    return page_nib(ink, scene) if getattr(options, "width", 0) is None else None


def _scene(chosen: registry.Style, options: Any, ink: Ink, number: int, count: int) -> Scene:
    try:
        made = chosen.scene(ink, options)
    except RenderError as error:
        about = f" ({clean(ink.id)})" if ink.id else ""
        where = f"line {number}{about}: " if count > 1 else ""
        raise RenderError(where + error.message, error.hint) from error
    lines = text_lines(ink)
    # a plug-in may draw other points than those of the ink
    layers = (replace(one, lines=lines, ink=ink) if one.count == len(ink) else one for one in made.layers)
    return replace(made, layers=tuple(layers))


def _write(path: Path, data: bytes | Iterable[bytes]) -> Path:
    try:
        write_whole(path, data)
    except OSError as error:
        no_folder = not path.parent.is_dir()
        hint = "create the folder first" if no_folder else "choose another place, or free some space"
        raise RenderError(f"cannot write {path}: {error.strerror or error}", hint) from error
    return path
