"""The page as one file, without a browser."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest

from hwcli.recorder import page as page_module
from hwcli.recorder.page import FOLDER, MODULES, joined_script, page
from hwcli.recorder.prompts import PROMPTS


class Elements(HTMLParser):
    """The start tags of a page, and the text of its styles and scripts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.raw: dict[str, str] = {}
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data):
        tag, attributes = self.tags[-1] if self.tags else ("", {})
        if tag in ("style", "script") and data.strip():
            self.raw.setdefault(attributes.get("type", tag), data)

    def attributes(self, name: str) -> list[str]:
        return [attributes[name] for _, attributes in self.tags if name in attributes]


@pytest.fixture(scope="module")
def html() -> str:
    return page(PROMPTS).decode()


def sha256(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def test_the_policy_allows_this_style_and_script_and_nothing_else(html):
    elements = Elements(html)
    (policy,) = [a["content"] for _, a in elements.tags if a.get("http-equiv") == "Content-Security-Policy"]
    assert dict(rule.split(" ", 1) for rule in policy.split("; ")) == {
        "default-src": "'none'",
        "style-src": sha256(elements.raw["style"]),
        "script-src": sha256(elements.raw["module"]),
        "base-uri": "'none'",
        "form-action": "'none'",
    }


def test_nothing_is_loaded(html):
    elements = Elements(html)
    assert elements.attributes("src") == elements.attributes("href") == elements.attributes("style") == []
    assert not re.search(r"https?:|@import|url\(|\bfetch\(|XMLHttpRequest|WebSocket|sendBeacon", html)


def test_names_in_labels_belong_to_elements(html):
    elements = Elements(html)
    ids = elements.attributes("id")
    assert len(ids) == len(set(ids))
    for name in ("for", "aria-labelledby", "aria-describedby"):
        assert {one for value in elements.attributes(name) for one in value.split()} <= set(ids)
    used = set(re.findall(r'\bat\("([\w-]+)"\)', elements.raw["module"]))
    assert used <= set(ids)


def test_prompts_cannot_end_their_element():
    prompts = ("</script><script>alert(1)</script>", "<!-- & {{SCRIPT}} \\u003c")
    stored = json.loads(Elements(page(prompts).decode()).raw["application/json"])
    assert tuple(stored["prompts"]) == prompts


def test_pages_share_ink_only_if_their_prompts_are_the_same():
    def key(prompts):
        return json.loads(page_module._prompts_json(prompts))["key"]

    assert key(("a", "b")) == key(("a", "b"))
    assert len({key(("a", "b")), key(("b", "a")), key(("ab",)), key(("a",))}) == 4


def test_every_module_is_joined_after_those_that_it_imports():
    assert set(MODULES) == {path.stem for path in FOLDER.glob("*.mjs")}
    for k, name in enumerate(MODULES):
        source = (FOLDER / f"{name}.mjs").read_text("utf-8")
        assert set(re.findall(r'from "\./(\w+)\.mjs"', source)) <= set(MODULES[:k])


def test_the_joined_script_neither_imports_nor_exports():
    assert not re.search(r"^\s*(import|export)\b", joined_script(), re.M)
    assert "</script" not in joined_script()
    assert "<!--" not in joined_script()
