"""Pages for browsers without a browser: their elements, their scripts, node."""

from __future__ import annotations

import base64
import hashlib
import re
import subprocess
import zlib
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path

REQUESTS = r"https?:|@import|url\(|\bfetch\(|XMLHttpRequest|WebSocket|sendBeacon"


class Elements(HTMLParser):
    """The start tags of a page, and its texts, each with the tag before it."""

    def __init__(self, page: str | bytes) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, dict[str, str | None], str]] = []
        self.feed(page if isinstance(page, str) else page.decode())

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data: str) -> None:
        if self.tags and data.strip():
            self.texts.append((*self.tags[-1], data))

    def text(self, name: str, **attributes: str) -> str:
        """Return the text in the first element with this name and these attributes."""
        return next(
            text for tag, its, text in self.texts if tag == name and attributes.items() <= its.items()
        )

    def values(self, name: str) -> list[str | None]:
        """Return the values of an attribute."""
        return [attributes[name] for _, attributes in self.tags if name in attributes]

    @property
    def policy(self) -> dict[str, str]:
        """The sources that the page's policy allows, by directive."""
        (policy,) = [a["content"] for _, a in self.tags if a.get("http-equiv") == "Content-Security-Policy"]
        return dict(rule.split(" ", 1) for rule in policy.split("; "))


def sha256(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def bytes_in(text: str) -> bytes:
    """Return the bytes that a page of hw export holds as `text`."""
    return zlib.decompress(base64.b85decode(text.replace(".", "<")))


def check_policy(page: str | bytes, script_too: str = "", **more: str) -> None:
    """Check that a page allows its style, its script and, by `script_too` and `more` rules, nothing else."""
    elements = Elements(page)
    script = sha256(elements.text("script", type="module"))
    rules = {"default-src": "'none'", "style-src": sha256(elements.text("style"))}
    rules |= {"script-src": f"{script} {script_too}".strip(), "base-uri": "'none'", "form-action": "'none'"}
    assert elements.policy == rules | {name.replace("_", "-"): sources for name, sources in more.items()}


def check_nothing_is_loaded(html: str) -> None:
    elements = Elements(html)
    assert elements.values("src") == elements.values("href") == elements.values("style") == []
    assert not re.search(REQUESTS, html.replace("http://www.w3.org/2000/svg", ""))


def check_names_in_labels(html: str) -> None:
    """Check that labels, and the script, name elements of the page."""
    elements = Elements(html)
    ids = elements.values("id")
    assert len(ids) == len(set(ids))
    for name in ("for", "aria-labelledby", "aria-describedby"):
        assert {one for value in elements.values(name) for one in value.split()} <= set(ids)
    used = set(re.findall(r'\bat\("([\w-]+)"\)', elements.text("script", type="module")))
    assert used
    assert used <= set(ids)


def check_joined(modules: Sequence[Path], folder: Path, script: str) -> None:
    """Check that all modules of a folder are joined, each after those that it imports, into one script."""
    assert set(folder.rglob("*.mjs")) <= set(modules)
    for k, path in enumerate(modules):
        imported = re.findall(r'from "((?:\.\.?/)+[\w/]+\.mjs)"', path.read_text("utf-8"))
        assert {(path.parent / name).resolve() for name in imported} <= set(modules[:k])
    assert not re.search(r"^\s*(import|export)\b", script, re.M)
    assert "</script" not in script
    assert "<!--" not in script


def node(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = ["node", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=cwd)


def check_module_tests(path: Path) -> None:
    """Run the tests of a module by node's own test runner."""
    done = node("--test", "--test-timeout=60000", path)
    assert done.returncode == 0, done.stdout
    assert "# fail 0" in done.stdout or "ℹ fail 0" in done.stdout


def check_is_one_module(script: str, folder: Path) -> None:
    """Let node find a name that two modules give to different things."""
    path = folder / "joined.mjs"
    path.write_text(script, "utf-8")
    done = node("--check", path)
    assert done.returncode == 0, done.stderr
