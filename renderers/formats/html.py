"""Scene → HTML: one file in which ink writes itself, and shows at every point what the model expected next.

Several scenes are pictures of one file. It loads nothing: see renderers/web/single_page.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from renderers.errors import RenderError
from renderers.formats.film.timing import LIFT, NEW_LINE, POINTS_PER_SECOND
from renderers.formats.viewer.card import card
from renderers.options import Options as BaseOptions
from renderers.options import option
from renderers.page.page import Page
from renderers.scene.scene import Scene
from renderers.scene.text import clean
from renderers.web.single_page import BASE_STYLE, HAND_OVER, data_json, fill, joined, parts, source

SUMMARY = "page for a browser: ink that writes itself, and what the model expected at each point"

FOLDER = Path(__file__).parent / "viewer"
# each after those that it imports
MODULES = (HAND_OVER, *(FOLDER / f"{name}.mjs" for name in (
    "unpack", "mixture", "picture", "colours", "pace", "heat", "strokes", "svg", "sheet", "close_up",
    "marks", "details", "gallery", "viewer",
)))  # fmt: skip


@dataclass(frozen=True)
class Options(BaseOptions):
    """Options of the format html."""

    speed: float = option(1.0, "speed at first, relative to a real pen", least=0.01, most=100)
    title: str | None = option(
        None, "title of the page; auto: the text of the first ink", kind="text", unset="auto"
    )


def encode(scene: Scene, page: Page, options: Options) -> bytes:
    """Encode `scene` on `page` as a page with one picture; see `encode_pages`."""
    return b"".join(encode_pages([(scene, page)], options))


def encode_pages(pages: Iterable[tuple[Scene, Page]], options: Options) -> Iterator[bytes]:
    """Yield the bytes of a page with a picture for each of `pages`, each before the next one is taken.

    Equal arguments give equal bytes. Raises RenderError without pages.
    """
    before, after = source(FOLDER / "page.html").split("{{CARDS}}")
    pace = {"points": POINTS_PER_SECOND, "lift": LIFT, "line": NEW_LINE, "speed": options.speed}
    found = parts(
        source(BASE_STYLE) + source(FOLDER / "style.css"), joined(MODULES), {"PACE": data_json(pace)}
    )
    begun = False
    for scene, one in pages:
        data = card(scene, one)
        if not begun:
            title = clean(data["title"] or "Handwriting" if options.title is None else options.title)
            yield fill(before, {**found, "TITLE": escape(title)}).encode()
            begun = True
        yield _card(data)
    if not begun:
        raise RenderError("there is no ink to draw", "give at least one line of ink")
    yield fill(after, found).encode()


def _card(data: dict[str, Any]) -> bytes:
    """Return a picture as an element of the page; its title can be read without decoding the rest."""
    title = escape(data["title"] or ", ".join(f"{name} {value}" for name, value in data["facts"][:1]))
    element = (
        f'<script type="application/json" class="card" data-title="{title}">{data_json(data)}</script>\n'
    )
    return element.encode()
