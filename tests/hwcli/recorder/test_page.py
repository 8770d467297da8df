"""The page as one file, without a browser."""

from __future__ import annotations

import json

import pytest

from hwcli.recorder import page as page_module
from hwcli.recorder.page import FOLDER, MODULES, joined_script, page
from hwcli.recorder.prompts import PROMPTS
from web_pages import (
    Elements,
    check_joined,
    check_names_in_labels,
    check_nothing_is_loaded,
    check_policy,
)


@pytest.fixture(scope="module")
def html() -> str:
    return page(PROMPTS).decode()


def test_the_policy_allows_this_style_and_script_and_nothing_else(html):
    check_policy(html)


def test_nothing_is_loaded(html):
    check_nothing_is_loaded(html)


def test_names_in_labels_belong_to_elements(html):
    check_names_in_labels(html)


def test_prompts_cannot_end_their_element():
    prompts = ("</script><script>alert(1)</script>", "<!-- & {{SCRIPT}} \\u003c")
    stored = json.loads(Elements(page(prompts).decode()).text("script", type="application/json"))
    assert tuple(stored["prompts"]) == prompts


def test_pages_share_ink_only_if_their_prompts_are_the_same():
    def key(prompts):
        return json.loads(page_module._prompts_json(prompts))["key"]

    assert key(("a", "b")) == key(("a", "b"))
    assert len({key(("a", "b")), key(("b", "a")), key(("ab",)), key(("a",))}) == 4


def test_every_module_is_joined_after_those_that_it_imports():
    check_joined(MODULES, FOLDER, joined_script())
