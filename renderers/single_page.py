"""HTML pages as one file that holds everything: template, style sheet and script.

A script is written as modules, so that they can be tested one by one without a browser. They are joined into
one, because a page that is opened as a file cannot load others. The Content-Security-Policy of a page allows
its style sheet and its script by their hashes, and nothing else: no request leaves it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

_IMPORT = re.compile(r'^import \{[^}]*\} from "\./\w+\.mjs";\n', re.M)
_EXPORT = re.compile(r"^export (?=(async )?function|class|const)", re.M)
_MARK = re.compile(r"\{\{(\w+)\}\}")


def join_modules(folder: Path, names: Iterable[str]) -> str:
    """Return the modules NAME.mjs of `folder` as one, without their imports and exports of each other.

    Each is named after those that it imports.
    """
    return "\n".join(_EXPORT.sub("", _IMPORT.sub("", source(folder / f"{name}.mjs"))) for name in names)


def policy(style: str, script: str) -> str:
    """Return the Content-Security-Policy of a page with only this style sheet and this script."""
    rules = f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}"
    return f"{rules}; base-uri 'none'; form-action 'none'"


def fill(template: str, parts: Mapping[str, str]) -> str:
    """Return `template` with each {{NAME}} replaced by that part, which may contain such marks itself."""
    return _MARK.sub(lambda found: parts[found[1]], template)


def json_text(value: Any) -> str:
    """Return `value` as JSON that can be the text of a script element: no tag of HTML can be in it."""
    return json.dumps(value, separators=(",", ":")).replace("<", "\\u003c")


def source(path: Path) -> str:
    """Return the text of a file of the page."""
    return path.read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """Return the source expression of CSP that allows an element with this text."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
