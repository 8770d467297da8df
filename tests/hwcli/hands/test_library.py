"""Hands kept by name."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handmade import files_in, wander
from hwcli.errors import HwError
from hwcli.hands import library as styles
from renderers.ink import Ink

INK = Ink(strokes=tuple(wander(30, seed=3)), text="a cab", id="x", seed=4, model="m", extra={"writer": "w"})
BAD_NAMES = [
    "", ".", "..", "../x", "a/b", "/etc/passwd", "a\\b", ".hidden", "-x", "_x", "a b", "a\n", "a\0b", "é",
    "*", "~", "a:b", "$HOME", "a" * 65,
]  # fmt: skip


@pytest.fixture(autouse=True)
def own(tmp_path, monkeypatch):
    monkeypatch.setenv("HW_STYLES", str(tmp_path / "own" / "styles"))
    return tmp_path / "own" / "styles"


def test_a_style_that_is_kept_comes_back_as_ink_with_its_text_and_no_more(own):
    path = styles.save("anna", INK)
    assert path == own / "anna.ndjson"
    back = styles.load("anna")
    assert [stroke.tolist() for stroke in back.strokes] == [stroke.tolist() for stroke in INK.strokes]
    assert (back.text, back.id) == ("a cab", "anna")
    assert (back.seed, back.model, back.prediction, back.extra) == (None, None, None, {})
    assert styles.names()["anna"] == path


def test_what_is_said_goes_before_the_ink_s_own_text_and_its_blanks_are_single_spaces():
    assert styles.load(styles.save("a", INK, " the \n cab ").stem).text == "the cab"
    assert styles.load(styles.save("b", Ink(strokes=INK.strokes), "what it says").stem).text == "what it says"
    assert styles.load(styles.save("c", INK, "").stem).text == "a cab"


def test_a_style_can_be_a_file_and_a_name_that_is_kept_goes_before_one(own, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = styles.save("anna", INK)
    os.replace(path, tmp_path / "anna")
    assert styles.load("anna").text == "a cab"
    assert styles.load(str(tmp_path / "anna")).text == "a cab"
    styles.save("anna", INK, "kept")
    assert styles.load("anna").text == "kept"


@pytest.mark.parametrize("name", ["a", "A-b_c.d", "0", "a" * 64, "a..b", "con"])
def test_names_are_letters_digits_dots_dashes_and_underscores(name):
    styles.save(name, INK)
    assert styles.load(name).text == "a cab"
    assert name in styles.names()
    styles.remove(name)
    assert name not in styles.names()


@pytest.mark.parametrize("name", BAD_NAMES, ids=ascii)
def test_names_that_lead_elsewhere_are_refused_and_nothing_is_written_or_removed(own, tmp_path, name):
    own.mkdir(parents=True)
    for place in (own / "x.ndjson", own.parent / "x.ndjson", tmp_path / "b.ndjson"):
        place.write_text("mine")
    before = files_in(tmp_path)
    with pytest.raises(HwError, match="no name for a style"):
        styles.save(name, INK, overwrite=True)
    with pytest.raises(HwError, match="no style of yours"):
        styles.remove(name)
    assert files_in(tmp_path) == before


@given(name=st.text(max_size=8))
def test_no_name_leads_out_of_the_folder(name):
    folder = styles.folder()
    try:
        path = styles.save(name, INK, overwrite=True)
    except HwError:
        return
    assert path.parent == folder
    assert styles.remove(name) == path


def test_a_name_that_is_taken_is_not_written_over_unless_asked(own):
    styles.save("anna", INK)
    before = files_in(own)
    with pytest.raises(HwError, match="there is a style anna already") as caught:
        styles.save("anna", INK, "something else")
    assert "--overwrite" in caught.value.hint
    assert files_in(own) == before
    styles.save("anna", INK, "something else", overwrite=True)
    assert styles.load("anna").text == "something else"


@pytest.mark.parametrize("text", [None, "", "   ", "abc", " a\n b "])
def test_ink_whose_text_is_not_known_or_too_short_is_refused(own, text):
    with pytest.raises(HwError, match="needs the text of its ink"):
        styles.save("anna", Ink(strokes=INK.strokes, text=text))
    assert not own.exists()


@pytest.mark.parametrize(
    "strokes", [(), ([(3, 4)],), ([(3, 4)], [(9, 9)])], ids=["nothing", "a point", "dots"]
)
def test_ink_that_no_hand_can_be_told_from_is_refused(own, strokes):
    with pytest.raises(HwError, match="no extent"):
        styles.save("anna", Ink(strokes=strokes, text="some text"))
    assert not own.exists()


def test_text_that_is_no_text_is_refused(own):
    with pytest.raises(HwError, match="UTF-8"):
        styles.save("anna", INK, "caf\udce9 noir")
    assert not own.exists()


@pytest.mark.parametrize("name", ["nobody", "", ".", "..", "../anna", "nowhere/x.ndjson", "a" * 5000])
def test_a_style_that_is_not_there_is_an_error(name):
    with pytest.raises(HwError):
        styles.load(name)


def test_the_error_for_an_unknown_style_names_those_there_are():
    styles.save("anna", INK)
    with pytest.raises(HwError, match="no style 'nobody'") as caught:
        styles.load("nobody")
    assert "anna" in caught.value.hint


def test_a_file_without_text_or_without_ink_is_refused_by_name(own):
    own.mkdir(parents=True)
    (own / "bare.ndjson").write_text('{"hw":1,"strokes":[[[0,0],[1,1]]]}\n')
    (own / "cut.ndjson").write_text('{"hw":1,"strok')
    with pytest.raises(HwError, match=r"bare\.ndjson does not say"):
        styles.load("bare")
    with pytest.raises(HwError, match=r"cut\.ndjson"):
        styles.load("cut")


def test_one_s_own_style_goes_before_a_bundled_one_of_its_name_and_uncovers_it_when_removed(
    own, tmp_path, monkeypatch
):
    monkeypatch.setattr(styles, "BUNDLED", tmp_path / "bundled")
    monkeypatch.setenv("HW_STYLES", str(tmp_path / "bundled"))
    styles.save("anna", INK, "bundled")
    styles.save("zoe", INK, "bundled")
    monkeypatch.setenv("HW_STYLES", str(own))
    styles.save("anna", INK, "mine")
    assert list(styles.names()) == ["anna", "zoe"]
    assert (styles.load("anna").text, styles.load("zoe").text) == ("mine", "bundled")
    with pytest.raises(HwError, match="no style of yours is called 'zoe'") as caught:
        styles.remove("zoe")
    assert "yours: anna" in caught.value.hint
    styles.remove("anna")
    assert styles.load("anna").text == "bundled"


def test_styles_are_kept_where_the_system_keeps_what_belongs_to_a_user_unless_told(monkeypatch, own):
    assert styles.folder() == own
    for nothing in ("", None):
        monkeypatch.delenv("HW_STYLES") if nothing is None else monkeypatch.setenv("HW_STYLES", nothing)
        assert styles.folder().is_absolute()
        assert styles.folder().name == "styles"


def test_the_bundled_styles_are_sampled_lines_with_their_text():
    bundled = sorted(styles.BUNDLED.glob("*.ndjson"))
    assert len(bundled) >= 4
    for path in bundled:
        ink = styles.load(path.stem)
        assert len(ink.text) >= 20
        assert len(ink) > 200
