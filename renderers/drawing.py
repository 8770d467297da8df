"""draw(ink) → Drawing: the package's front door."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from renderers.errors import RenderError
from renderers.files import write_whole
from renderers.ink import Ink
from renderers.options import make_options
from renderers.page import Page
from renderers.registry import format_for, style
from renderers.scene import Scene, stack

# Between lines of ink, of the height of the line in the middle.
GAP = 0.3


@dataclass(frozen=True, eq=False)
class Drawing:
    """Drawn ink: a scene and the page that it goes on. A notebook shows it."""

    scene: Scene
    page: Page

    def svg(self) -> str:
        """As SVG text."""
        from renderers.svg import to_svg

        return to_svg(self.scene, self.page)

    def png(self, width: int | None = None, scale: float = 1.0) -> bytes:
        """As PNG: `width` pixels wide, or `scale` pixels to a px of the page (see renderers.png.encode)."""
        from renderers.png import encode

        return encode(self.scene, self.page, width, scale)

    def terminal(self, columns: int | None = None, rows: int | None = None, color: bool = False) -> str:
        """As braille characters, by default as wide as the terminal (see renderers.terminal.to_text)."""
        from renderers.terminal import to_text

        return to_text(self.scene, columns, rows, color)

    def save(self, path: str | os.PathLike[str], **options: Any) -> Path:
        """Write a file in the format of its suffix (.svg, .png), with that format's options; its path.

        The file is written beside its place and moved in, so it is never half there. RenderError for a suffix
        that no format has, and for a place that cannot be written.
        """
        data = format_for(Path(path)).encode(self.scene, self.page, **options)
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
    inks: Ink | Iterable[Ink], style: str = "plain", page: Page | None = None, **options: Any
) -> Drawing:
    """Draw one ink, or several below each other, in `style` on `page`.

    `options` are the style's own (`hw render --list` names them), as Python values or as text. RenderError
    for an unknown style or option, a value out of its range, empty ink, and ink without the predictions that
    the style draws.
    """
    # not isinstance(inks, Iterable): ink that learns to iterate over its strokes is still one ink
    several = [inks] if isinstance(inks, Ink) else list(inks)
    return Drawing(draw_scene(several, style, options), page or Page())


def draw_scene(inks: list[Ink], name: str, options: dict[str, Any]) -> Scene:
    """The scene of `inks` below each other, each drawn in the style called `name`."""
    chosen = style(name)
    checked = make_options(chosen.options, options)
    scenes = []
    for number, ink in enumerate(inks, start=1):
        try:
            scenes.append(chosen.scene(ink, checked))
        except RenderError as error:
            where = f"line {number}{f' ({ink.id})' if ink.id else ''}: " if len(inks) > 1 else ""
            raise RenderError(where + error.message, error.hint) from None
    if len(scenes) == 1:
        return scenes[0]
    gap = GAP * float(np.median([scene.bounds.height for scene in scenes])) if scenes else 0.0
    return stack(scenes, gap)


def _write(path: Path, data: bytes) -> Path:
    try:
        write_whole(path, data)
    except OSError as error:
        no_folder = not path.parent.is_dir()
        hint = "make the folder first" if no_folder else "choose another place, or make room"
        raise RenderError(f"{path}: cannot write: {error.strerror or error}", hint) from error
    return path
