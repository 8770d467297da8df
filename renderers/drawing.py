"""draw(ink) → Drawing: the package's front door."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from renderers import registry
from renderers.atomic import write_whole
from renderers.errors import RenderError
from renderers.ink import Ink
from renderers.options import make_options
from renderers.page.frame import frame_of
from renderers.page.lengths import UNITS
from renderers.page.page import Page
from renderers.registry import format_for
from renderers.scene.arrange import arrange, check_parts
from renderers.scene.arrange import caption as say
from renderers.scene.scene import Scene
from renderers.scene.text import clean


@dataclass(frozen=True, eq=False)
class Drawing:
    """Drawn ink: a scene and the page that it goes on. A notebook shows it."""

    scene: Scene
    page: Page

    def svg(self, **options: Any) -> str:
        """As SVG text, with the options of the format svg."""
        return self.encode("svg", **options).decode()

    def png(self, width: int | None = None, **options: Any) -> bytes:
        """As PNG, `width` pixels wide, or with the options of the format png (`scale`, `dpi`)."""
        if width is not None:
            if isinstance(width, bool) or not isinstance(width, int | float) or not 0 < width < math.inf:
                raise RenderError(f"width is {width!r}", "width has to be a number above 0")
            place = self.page.place(self.scene.bounds, self.scene.size, self.scene.frame)
            options["scale"] = width / (place.width * UNITS[place.unit])
        return self.encode("png", **options)

    def gif(self, **options: Any) -> bytes:
        """As a GIF that writes, with the options of the format gif (`fps`, `duration`, `hold`, …)."""
        return self.encode("gif", **options)

    def terminal(self, columns: int | None = None, rows: int | None = None, color: bool = False) -> str:
        """As braille characters, by default as wide as the terminal."""
        return self.encode("term", columns=columns, rows=rows, ansi=color).decode().rstrip("\n")

    def encode(self, format: str, /, **options: Any) -> bytes:
        """As the bytes of any format, with that format's options (`hw render --list` names them)."""
        return format_for(format).encode(self.scene, self.page, options)

    def save(self, path: str | os.PathLike[str], **options: Any) -> Path:
        """Write a file in the format of its suffix (.svg, .png, .gif), with that format's options; its path.

        The file is written beside its place and moved in, so it is never half there. RenderError for a suffix
        that no format has, and for a place that cannot be written.
        """
        data = format_for(Path(path)).encode(self.scene, self.page, options)
        return _write(Path(path), data)

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

    `caption` names what stands below each: any of id, text and seed. `options` are the style's own
    (`hw render --list` names them), as Python values or as text. RenderError for an unknown style or option,
    a value out of its range, empty ink, and ink without the predictions that the style draws.

    One ink that is a page of text, and says what frame it shows (`extra["page"]`; see framing.py), is drawn
    with this frame within the margins, so that its lines lie as far apart as they are to.
    """
    # not isinstance(inks, Iterable): ink that learns to iterate over its strokes is still one ink
    several = [inks] if isinstance(inks, Ink) else list(inks)
    chosen = registry.style(style)
    checked = make_options(chosen.options, options)
    scenes = [
        _scene(chosen, checked, ink, number, len(several)) for number, ink in enumerate(several, start=1)
    ]
    parts = check_parts([caption] if isinstance(caption, str) else caption)
    captions = [say(ink, parts) for ink in several] if parts else []
    if len(scenes) == 1 and not any(captions):
        frame = frame_of(several[0])
        return Drawing(replace(scenes[0], frame=frame) if frame else scenes[0], page or Page())
    return Drawing(arrange(scenes, columns, captions), page or Page())


def _scene(chosen: registry.Style, options: Any, ink: Ink, number: int, count: int) -> Scene:
    try:
        return chosen.scene(ink, options)
    except RenderError as error:
        about = f" ({clean(ink.id)})" if ink.id else ""
        where = f"line {number}{about}: " if count > 1 else ""
        raise RenderError(where + error.message, error.hint) from error


def _write(path: Path, data: bytes) -> Path:
    try:
        write_whole(path, data)
    except OSError as error:
        no_folder = not path.parent.is_dir()
        hint = "make the folder first" if no_folder else "choose another place, or make room"
        raise RenderError(f"{path}: cannot write: {error.strerror or error}", hint) from error
    return path
