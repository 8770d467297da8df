"""Pages that are put together of their parts."""

from __future__ import annotations

import json

import pytest

from renderers.web.single_page import data_json, document, joined
from web_pages import Elements, sha256

TEMPLATE = """<!doctype html>{{HEAD}}
<style>{{STYLE}}</style><p>{{TEXT}}</p><script type="module">{{SCRIPT}}</script>"""


@pytest.fixture
def template(tmp_path):
    path = tmp_path / "page.html"
    path.write_text(TEMPLATE)
    return path


def test_the_policy_allows_only_these_parts_and_what_is_asked_for(template):
    plain = Elements(document(template, "p {}", "let a;", {"TEXT": ""}).decode()).policy
    assert plain == {
        "default-src": "'none'", "style-src": sha256("p {}"), "script-src": sha256("let a;"),
        "base-uri": "'none'", "form-action": "'none'",
    }  # fmt: skip
    more = {"script-src": "'wasm-unsafe-eval'", "worker-src": "blob:"}
    found = Elements(document(template, "p {}", "let a;", {"TEXT": ""}, more).decode()).policy
    assert found == {**plain, "script-src": f"{sha256('let a;')} 'wasm-unsafe-eval'", "worker-src": "blob:"}


def test_parts_are_put_in_once(template):
    html = document(template, "p {}", "let a;", {"TEXT": "{{SCRIPT}} \\1"}).decode()
    assert "<p>{{SCRIPT}} \\1</p>" in html


def test_modules_are_joined_without_imports_and_exports(tmp_path):
    (tmp_path / "one.mjs").write_text(
        "export const A = 1;\nexport async function b() {}\nexport class C {}\n"
    )
    (tmp_path / "two.mjs").write_text(
        'import { A, b } from "./one.mjs";\nimport { C } from "../web/one.mjs";\nexport function d() {}\n'
    )
    script = joined([tmp_path / "one.mjs", tmp_path / "two.mjs"])
    assert script == "const A = 1;\nasync function b() {}\nclass C {}\n\nfunction d() {}\n"


def test_data_cannot_end_its_element():
    value = {"a": "</script><!--", "b": ["é", 1.5]}
    text = data_json(value)
    assert "<" not in text
    assert json.loads(text) == value
