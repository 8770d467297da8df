"""One HTML file that holds everything: the prompts, the style and the script.

The script is written as modules, so that they can be tested one by one without a browser. They are joined
into one, because a page that is opened as a file cannot load others. The page's Content-Security-Policy
allows this style and this script by their hashes, and nothing else: no request leaves it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path

FOLDER = Path(__file__).parent
# each after those that it imports
MODULES = (
    "geometry", "line", "book", "rows", "palms", "pen", "paint", "sheet", "steps", "keeper", "hand_over",
    "recorder",
)  # fmt: skip
_IMPORT = re.compile(r'^import \{[^}]*\} from "\./\w+\.mjs";\n', re.M)
_EXPORT = re.compile(r"^export (?=(async )?function|class|const)", re.M)


def page(prompts: tuple[str, ...]) -> bytes:
    """Return the page that asks for these `prompts`, as UTF-8. Pages of the same prompts share their ink."""
    style, script = _source("style.css"), joined_script()
    parts = {
        "POLICY": f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; "
        "base-uri 'none'; form-action 'none'",
        "STYLE": style,
        "PROMPTS": _prompts_json(prompts),
        "SCRIPT": script,
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], _source("page.html")).encode()


def joined_script() -> str:
    """Return all modules as one, without their imports and exports of each other."""
    return "\n".join(_EXPORT.sub("", _IMPORT.sub("", _source(f"{name}.mjs"))) for name in MODULES)


def _prompts_json(prompts: tuple[str, ...]) -> str:
    """Return the prompts and their key in the browser's store, as JSON that no tag of HTML can be in."""
    key = hashlib.sha256("\n".join(prompts).encode()).hexdigest()[:16]
    return json.dumps({"key": key, "prompts": prompts}).replace("<", "\\u003c")


def _source(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """Return the source expression of CSP that allows an element with this text."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
