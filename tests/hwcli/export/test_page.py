"""The page as one file, without a browser."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace

import pytest

import hwcli as hw
from handmade import random_model
from hwcli.alphabet import Alphabet
from hwcli.errors import HwError
from hwcli.export.characters import recipes, substitutes
from hwcli.export.page import FOLDER, MODULES, joined_script, page
from hwcli.hands import library
from hwcli.sampling.drafting import draft, read_back
from hwcli.sampling.model import Model
from renderers.ink import Ink
from web_pages import (
    Elements,
    bytes_in,
    check_is_one_module,
    check_joined,
    check_module_tests,
    check_names_in_labels,
    check_nothing_is_loaded,
    check_policy,
)

TESTS = sorted(FOLDER.parents[1].glob("tests/hwcli/export/*.test.mjs"))
needs_node = pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")


@pytest.fixture(scope="module")
def html() -> str:
    return page(hw.load_model(kind="synthesis"), 16, {"clear": library.load("clear")}).decode()


def tiny(**about: object) -> Model:
    file = random_model(alphabet=" ab'")
    hand = {"height": 80.0, "spacing": 20.0}
    return Model(replace(file, about={"hand": hand, **about}), "tiny")


def test_the_policy_allows_this_style_this_script_and_its_worker(html):
    check_policy(html, "'wasm-unsafe-eval'", worker_src="blob:")


def test_nothing_is_loaded(html):
    elements = Elements(html)
    for block in ("weights", "reader"):
        html = html.replace(elements.text("script", id=block), "")
    check_nothing_is_loaded(html)


def test_names_in_labels_belong_to_elements(html):
    check_names_in_labels(html)


def test_every_module_is_joined_after_those_that_it_imports():
    check_joined(MODULES, FOLDER, joined_script())


@needs_node
def test_the_joined_script_is_one_module(tmp_path):
    check_is_one_module(joined_script(), tmp_path)


@needs_node
@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.name)
def test_modules_do_as_they_say(path):
    check_module_tests(path)


def test_sizes_are_within_what_a_mail_can_carry(html):
    assert len(html) < 12e6
    small = page(hw.load_model(kind="synthesis"), 8, {name: library.load(name) for name in library.names()})
    assert len(small) < 6e6


def test_the_model_is_credited(html):
    text = html[html.index("<footer>") :][:2000]
    assert "unipen-synthesis, 3,846,951 weights. It has learned from UNIPEN train_r01_v07 (I. Guyon" in text
    assert "Licence of the weights: CC BY 4.0." in text
    assert "MIT licence" in text


def test_names_in_a_model_file_stay_text():
    evil = "</script><script>alert(1)</script>"
    model = tiny(licence=evil, data={"title": evil, "citation": "<b>"})
    model.name = evil
    html = page(model, 16, {evil: Ink(strokes=([[0, 0], [9, 99], [20, 0]],), text="ab")}).decode()
    assert html.count("<script>") == 0
    assert html.count("</script>") == 4
    assert json.loads(Elements(html).text("script", type="application/json"))["name"] == evil


def test_hands_and_numbers_are_there(html):
    elements = Elements(html)
    about = json.loads(elements.text("script", type="application/json"))
    assert [hand["name"] for hand in about["hands"]] == ["clear"]
    assert about["alphabet"] == hw.load_model(kind="synthesis").file.alphabet.characters
    numbers = bytes_in(elements.text("script", id="weights"))
    assert len(numbers) == 4 * 3 * about["hands"][0]["points"] + sum(
        2 * rows * columns + 4 * rows for rows, columns in about["sizes"]
    )
    assert '<option value="">as it comes</option><option value="clear">clear</option>' in html


def test_models_that_cannot_write_or_are_not_open_are_refused():
    with pytest.raises(HwError, match="cannot write text"):
        page(hw.load_model(), 16, {})
    with pytest.raises(HwError, match="non-commercial"):
        page(hw.load_model("iam-synthesis"), 16, {})
    assert page(tiny(licence="CC BY 4.0"), 16, {})


def test_a_hand_without_size_is_refused():
    with pytest.raises(HwError, match="cannot measure the size of the hand 'dot'"):
        page(tiny(), 16, {"dot": Ink(strokes=([[0, 0]],), text="ab")})


def test_substitutes_are_written_with_the_alphabet():
    alphabet = Alphabet(" 'aeozh-.\"")
    found = substitutes(alphabet)
    assert (found["’"], found["ж"], found["…"], found["“"]) == ("'", "zh", "...", '"')
    assert recipes(alphabet)["é"] == ["e", "above \u0301"]
    assert "é" not in found
    assert all(set(text) <= set(alphabet.characters) for text in found.values())
    assert not set(found) & set(alphabet.characters)


def test_the_page_judges_by_the_same_limits():
    """They stand in both languages; a limit that is measured anew has to change in both."""
    script = (FOLDER / "reading" / "read_back.mjs").read_text(encoding="utf-8")
    limits = re.search(r"_LIMIT\] = (\[.*?\]);", script)[1]
    assert json.loads(limits) == [read_back.DIGIT, read_back.CAPITAL, read_back.SMALL, read_back.SIGN]
    rows = re.search(r"const ALIKE = (\[.*?),\n\]", script, re.S)[1]
    assert tuple(json.loads(rows + "]")) == read_back.ALIKE
    numbers = {name: float(value) for name, value in re.findall(r"const (\w+) = (-?[\d.]+);", script)}
    clarity = read_back.VERY_CLEAR
    assert numbers == {
        "UNCLEAR": clarity.pen,
        "UNCLEAR_PICTURE": clarity.pictures,
        "WRONG_PICTURE": read_back.WRONG_PICTURE,
        "ALIKE_GAIN": read_back.ALIKE_GAIN,
    }
    tries = (FOLDER / "reading" / "word_by_word.mjs").read_text(encoding="utf-8")
    assert f"const FOR_CLARITY = {draft.FOR_CLARITY};" in tries
