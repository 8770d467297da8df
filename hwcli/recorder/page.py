"""The page that asks for prompts, as one HTML file."""

from __future__ import annotations

import hashlib
from pathlib import Path

from renderers.web.single_page import BASE_STYLE, HAND_OVER, data_json, document, joined, source

FOLDER = Path(__file__).parent
# each after those that it imports
MODULES = (
    *(FOLDER / f"{name}.mjs" for name in (
        "geometry", "line", "book", "rows", "palms", "pen", "paint", "sheet", "steps", "keeper",
    )),
    HAND_OVER,
    FOLDER / "recorder.mjs",
)  # fmt: skip


def page(prompts: tuple[str, ...]) -> bytes:
    """Return the page that asks for these `prompts`, as UTF-8. Pages of the same prompts share their ink."""
    style = source(BASE_STYLE) + source(FOLDER / "style.css")
    return document(FOLDER / "page.html", style, joined_script(), {"PROMPTS": _prompts_json(prompts)})


def joined_script() -> str:
    """Return all modules as one, without their imports and exports of each other."""
    return joined(MODULES)


def _prompts_json(prompts: tuple[str, ...]) -> str:
    """Return the prompts and their key in the browser's store, as JSON."""
    key = hashlib.sha256("\n".join(prompts).encode()).hexdigest()[:16]
    return data_json({"key": key, "prompts": prompts})
