"""The page as one file, without a browser."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import pytest

from html_pages import cards
from inks import make_ink, make_inks, make_prediction
from renderers import RenderError, save_pages
from renderers.options import make_options
from renderers.registry import format_for
from web_pages import Elements, check_names_in_labels, check_policy

EVIL = "</script><script>alert(1)</script><!-- {{SCRIPT}} & \"'\\u003c"


@pytest.fixture(scope="module")
def page() -> bytes:
    return make_ink().draw().html()


def test_the_policy_allows_this_style_and_script_and_nothing_else(page):
    check_policy(page)


def test_nothing_is_loaded(page):
    elements = Elements(page)
    assert elements.values("src") == elements.values("href") == elements.values("style") == []
    script = re.sub(r"/\*.*?\*/", "", elements.text("script", type="module"), flags=re.S)
    script = re.sub(r'xmlns(:xlink)?="http://www.w3.org/[\w/]+"', "", script)
    assert not re.search(r"https?:|\bfetch\(|XMLHttpRequest|WebSocket|sendBeacon|\bimport\(", script)
    assert not re.search(r"@import|url\(", elements.text("style"))


def test_names_in_labels_belong_to_elements(page):
    check_names_in_labels(page.decode())


def test_markup_in_ink_stays_text():
    ink = replace(make_ink(4, text=EVIL), id=EVIL, model=EVIL)
    clean = make_ink(4, text="plain")
    pages = [one.draw("window").html(title=title) for one, title in ((ink, EVIL), (clean, "t"))]
    tags = [[tag for tag, _ in Elements(one).tags] for one in pages]
    assert tags[0] == tags[1]
    assert Elements(pages[0]).text("title") == EVIL
    (card,) = cards(pages[0])
    assert card["inks"][0]["text"] == EVIL
    assert Elements(pages[0]).values("data-title") == [EVIL]


def test_several_drawings_are_pictures_of_one_page(tmp_path):
    inks = make_inks(5)
    path = save_pages((ink.draw("color") for ink in inks), tmp_path / "gallery.html", title="Five")
    page = path.read_bytes()
    assert [len(one["views"]) for one in cards(page)] == 5 * [7]
    assert Elements(page).text("title") == "Five"


def test_pictures_are_taken_one_by_one():
    taken = []

    def pages():
        for ink in make_inks(3):
            taken.append(ink)
            yield ink.draw().scene, ink.draw().page

    chosen = format_for("html")
    pieces = chosen.encode_pages(pages(), make_options(chosen.options, {}))
    next(pieces)
    next(pieces)
    assert len(taken) == 1


def test_no_ink_is_an_error(tmp_path):
    with pytest.raises(RenderError, match="no ink to draw"):
        save_pages([], tmp_path / "none.html")
    assert list(tmp_path.iterdir()) == []


def test_equal_ink_gives_equal_pages(page):
    assert make_ink().draw().html() == page


def test_title_is_the_text_of_the_first_ink(page):
    assert Elements(page).text("title") == "by hand"
    assert Elements(make_ink(text=None).draw().html()).text("title") == "Handwriting"


def test_speed_is_that_at_first():
    pace = json.loads(Elements(make_ink().draw().html(speed=3)).text("script", id="pace"))
    assert pace["speed"] == 3
    with pytest.raises(RenderError, match="speed"):
        make_ink().draw().html(speed=0)


def test_a_hundred_inks_of_700_points_take_less_than_8_mb():
    ink = make_ink(700)
    random = make_prediction(ink, components=20)
    pi = np.random.default_rng(0).dirichlet(np.full(20, 0.15), len(ink))  # a few count, as in a network's
    page = replace(ink, prediction=replace(random, pi=pi)).draw().html()
    (card,) = cards(page)
    assert 5 < (pi > 0.01).sum(axis=1).mean() < 9
    assert len(page) + 99 * len(json.dumps(card)) < 8e6
