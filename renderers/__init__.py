"""Draw ink: styles turn Ink into a Scene, formats turn a Scene into bytes. Needs NumPy, never torch."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from renderers.drawing import Drawing, draw, save_pages
    from renderers.errors import RenderError
    from renderers.ink import Ink, Paper, Prediction
    from renderers.page.page import Page
    from renderers.scene.scene import Scene

__all__ = ["Drawing", "Ink", "Page", "Paper", "Prediction", "RenderError", "Scene", "draw", "save_pages"]

_HOMES = {
    "Drawing": "renderers.drawing",
    "Ink": "renderers.ink",
    "Page": "renderers.page.page",
    "Paper": "renderers.ink",
    "Prediction": "renderers.ink",
    "RenderError": "renderers.errors",
    "Scene": "renderers.scene.scene",
    "draw": "renderers.drawing",
    "save_pages": "renderers.drawing",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
