"""One HTML file that holds everything: its style, its script and its data.

Scripts are written as modules, so that they can be tested one by one without a browser. They are joined into
one, because a page that is opened as a file cannot load others. The page's Content-Security-Policy allows its
style and its script by their hashes, and nothing else: no request leaves it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
BASE_STYLE = FOLDER / "base.css"
HAND_OVER = FOLDER / "hand_over.mjs"
HEAD = FOLDER / "head.html"
_MARK = re.compile(r"\{\{(\w+)\}\}")
_IMPORT = re.compile(r'^import \{[^}]*\} from "(?:\.\.?/)+[\w/]+\.mjs";\n', re.M)
_EXPORT = re.compile(r"^export (?=(async )?function|class|const)", re.M)


def document(
    template: Path, style: str, script: str, data: Mapping[str, str], rules: Mapping[str, str] | None = None
) -> bytes:
    """Return the page that `template` describes, as UTF-8, with its `parts`."""
    return fill(source(template), parts(style, script, data, rules)).encode()


def parts(
    style: str, script: str, data: Mapping[str, str], rules: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return what replaces {{NAME}} in a template: `data`, STYLE, SCRIPT, and HEAD with the policy.

    The policy has further `rules`: sources by directive, added to the script's own hash for script-src.
    """
    more = dict(rules or {})
    scripts = f"{_hash(script)} {more.pop('script-src', '')}".strip()
    policy = {"default-src": "'none'", "style-src": _hash(style), "script-src": scripts, **more}
    policy |= {"base-uri": "'none'", "form-action": "'none'"}
    joined_rules = "; ".join(f"{directive} {sources}" for directive, sources in policy.items())
    head = fill(source(HEAD).rstrip(), {"POLICY": joined_rules})
    return {**data, "HEAD": head, "STYLE": style, "SCRIPT": script}


def fill(template: str, found: Mapping[str, str]) -> str:
    """Return `template` with each {{NAME}} replaced by that part, which may contain such marks itself."""
    return _MARK.sub(lambda mark: found[mark[1]], template)


def joined(modules: Sequence[Path]) -> str:
    """Return script modules as one, without their imports and exports; each after those that it imports."""
    return "\n".join(_EXPORT.sub("", _IMPORT.sub("", source(path))) for path in modules)


def data_json(value: Any) -> str:
    """Return `value` as JSON that no tag of HTML can be in."""
    return json.dumps(value, separators=(",", ":")).replace("<", "\\u003c")


def source(path: Path) -> str:
    """Return the text of a file of the page."""
    return path.read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """Return the source expression of CSP that allows an element with this text."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
