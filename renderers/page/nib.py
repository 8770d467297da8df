"""Pens of a width that is given on the page, rather than relative to the writing."""

from __future__ import annotations

from dataclasses import replace

from renderers.errors import RenderError
from renderers.ink import Ink
from renderers.page.page import Page
from renderers.scene.scene import Scene

PAGE_PEN = 0.4  # mm, of a page of text: as a gel pen or a fineliner writes
WIDEST = 0.25  # of the room for ink: with it, and anything thinner, fitted() converges
ROUNDS, CLOSE = 100, 1e-9


def page_nib(ink: Ink, scene: Scene) -> float | None:
    """Return the width of PAGE_PEN in the units of `ink`, which `scene` shows.

    It is None unless the ink is a page of known size whose writing is larger than the pen.
    """
    if ink.frame is None or not ink.frame.mm_per_unit:
        return None
    nib = PAGE_PEN / ink.frame.mm_per_unit
    return nib if nib <= scene.size else None


def with_nib(scene: Scene, width: float) -> Scene:
    """Return the scene with the pens of each layer scaled so that its thinnest has `width` ink units."""
    return replace(scene, layers=tuple(layer.with_nib(width) for layer in scene.layers))


def fitted(scene: Scene, page: Page) -> Scene:
    """Return the scene with pens so wide that the thinnest is page.pen on the page.

    Line widths count as parts of the picture that is fitted into the page, so the scale depends on the pen:
    both are found by iteration. Raises RenderError for a pen too wide for the page, or for ink of a single
    dot, which would be scaled until its pen fills the page.
    """
    width = page.pen_width
    if width is None:
        return scene
    for _ in range(ROUNDS):
        place = page.place(scene.bounds, scene.size, scene.frame)
        nib = width / place.scale
        if abs(nib - scene.nib) <= CLOSE * nib:
            return scene
        if width > WIDEST * min(place.width, place.height):
            break
        scene = with_nib(scene, nib)
    raise RenderError(f"a pen of {page.pen} is too wide for this ink on the page", "use a thinner pen")
