"""One HTML file that holds everything: the prompts, the style and the script."""

from __future__ import annotations

import hashlib
from pathlib import Path

from renderers.single_page import fill, join_modules, json_text, policy, source

FOLDER = Path(__file__).parent
# each after those that it imports
MODULES = (
    "geometry", "line", "book", "rows", "palms", "pen", "paint", "sheet", "steps", "keeper", "hand_over",
    "recorder",
)  # fmt: skip


def page(prompts: tuple[str, ...]) -> bytes:
    """Return the page that asks for these `prompts`, as UTF-8. Pages of the same prompts share their ink."""
    style, script = source(FOLDER / "style.css"), joined_script()
    parts = {
        "POLICY": policy(style, script),
        "STYLE": style,
        "PROMPTS": _prompts_json(prompts),
        "SCRIPT": script,
    }
    return fill(source(FOLDER / "page.html"), parts).encode()


def joined_script() -> str:
    """Return all modules as one, without their imports and exports of each other."""
    return join_modules(FOLDER, MODULES)


def _prompts_json(prompts: tuple[str, ...]) -> str:
    """Return the prompts and their key in the browser's store, as JSON."""
    key = hashlib.sha256("\n".join(prompts).encode()).hexdigest()[:16]
    return json_text({"key": key, "prompts": prompts})
