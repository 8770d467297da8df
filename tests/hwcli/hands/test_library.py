"""Saving, loading, listing and removing hands."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handmade import files_in, wander
from hwcli.errors import HwError
from hwcli.hands import library
from renderers.ink import Ink

INK = Ink(strokes=tuple(wander(30, seed=3)), text="a cab", id="x", seed=4, model="m", extra={"writer": "w"})
BAD_NAMES = [
    "", ".", "..", "../x", "a/b", "/etc/passwd", "a\\b", ".hidden", "-x", "_x", "a b", "a\n", "a\0b", "é",
    "*", "~", "a:b", "$HOME", "a" * 65,
]  # fmt: skip


@pytest.fixture(autouse=True)
def own(tmp_path, monkeypatch):
    monkeypatch.setenv("HW_HANDS", str(tmp_path / "own" / "hands"))
    return tmp_path / "own" / "hands"


def test_a_saved_hand_keeps_strokes_and_text_only(own):
    path = library.save("anna", INK)
    assert path == own / "anna.ndjson"
    back = library.load("anna")
    assert [stroke.tolist() for stroke in back.strokes] == [stroke.tolist() for stroke in INK.strokes]
    assert (back.text, back.id) == ("a cab", "anna")
    assert (back.seed, back.model, back.prediction, back.extra) == (None, None, None, {})
    assert library.names()["anna"] == path


def test_a_given_text_replaces_the_ink_s_own_and_blanks_become_single_spaces():
    assert library.load(library.save("a", INK, " the \n cab ").stem).text == "the cab"
    assert (
        library.load(library.save("b", Ink(strokes=INK.strokes), "what it says").stem).text == "what it says"
    )
    assert library.load(library.save("c", INK, "").stem).text == "a cab"


def test_a_hand_can_be_a_file_and_a_saved_hand_comes_first(own, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = library.save("anna", INK)
    os.replace(path, tmp_path / "anna")
    assert library.load("anna").text == "a cab"
    assert library.load(str(tmp_path / "anna")).text == "a cab"
    library.save("anna", INK, "saved")
    assert library.load("anna").text == "saved"


@pytest.mark.parametrize("name", ["a", "A-b_c.d", "0", "a" * 64, "a..b", "con"])
def test_names_are_letters_digits_dots_dashes_and_underscores(name):
    library.save(name, INK)
    assert library.load(name).text == "a cab"
    assert name in library.names()
    library.remove(name)
    assert name not in library.names()


@pytest.mark.parametrize("name", BAD_NAMES, ids=ascii)
def test_bad_names_are_refused_and_no_file_changes(own, tmp_path, name):
    own.mkdir(parents=True)
    for place in (own / "x.ndjson", own.parent / "x.ndjson", tmp_path / "b.ndjson"):
        place.write_text("mine")
    before = files_in(tmp_path)
    with pytest.raises(HwError, match="cannot be named"):
        library.save(name, INK, overwrite=True)
    with pytest.raises(HwError, match="none of your hands"):
        library.remove(name)
    assert files_in(tmp_path) == before


@given(name=st.text(max_size=8))
def test_no_name_leads_outside_the_folder(name):
    folder = library.folder()
    try:
        path = library.save(name, INK, overwrite=True)
    except HwError:
        return
    assert path.parent == folder
    assert library.remove(name) == path


def test_an_existing_hand_is_replaced_only_with_overwrite(own):
    library.save("anna", INK)
    before = files_in(own)
    with pytest.raises(HwError, match="hand 'anna' already exists") as caught:
        library.save("anna", INK, "something else")
    assert "--overwrite" in caught.value.hint
    assert files_in(own) == before
    library.save("anna", INK, "something else", overwrite=True)
    assert library.load("anna").text == "something else"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "no text"),
        ("", "no text"),
        ("   ", "no text"),
        ("abc", "at least 4"),
        (" a\n b ", "at least 4"),
    ],
)
def test_ink_without_text_or_with_too_little_is_refused(own, text, message):
    with pytest.raises(HwError, match=message):
        library.save("anna", Ink(strokes=INK.strokes, text=text))
    assert not own.exists()


@pytest.mark.parametrize(
    "strokes", [(), ([(3, 4)],), ([(3, 4)], [(9, 9)])], ids=["nothing", "a point", "dots"]
)
def test_ink_without_a_measurable_size_is_refused(own, strokes):
    with pytest.raises(HwError, match="size cannot be measured"):
        library.save("anna", Ink(strokes=strokes, text="some text"))
    assert not own.exists()


def test_text_that_is_not_utf_8_is_refused(own):
    with pytest.raises(HwError, match="UTF-8"):
        library.save("anna", INK, "caf\udce9 noir")
    assert not own.exists()


@pytest.mark.parametrize("name", ["nobody", "", ".", "..", "../anna", "nowhere/x.ndjson", "a" * 5000])
def test_a_missing_hand_is_an_error(name):
    with pytest.raises(HwError):
        library.load(name)


def test_the_error_for_an_unknown_hand_lists_the_known_ones():
    library.save("anna", INK)
    with pytest.raises(HwError, match="hand 'nobody' not found") as caught:
        library.load("nobody")
    assert "anna" in caught.value.hint


def test_a_file_without_text_or_without_ink_is_refused(own):
    own.mkdir(parents=True)
    (own / "bare.ndjson").write_text('{"hw":1,"strokes":[[[0,0],[1,1]]]}\n')
    (own / "cut.ndjson").write_text('{"hw":1,"strok')
    with pytest.raises(HwError, match=r"bare\.ndjson cannot be a hand: its ink has no text"):
        library.load("bare")
    with pytest.raises(HwError, match=r"cut\.ndjson"):
        library.load("cut")


def test_a_user_s_hand_hides_the_bundled_one_until_it_is_removed(own, tmp_path, monkeypatch):
    monkeypatch.setattr(library, "BUNDLED", tmp_path / "bundled")
    monkeypatch.setenv("HW_HANDS", str(tmp_path / "bundled"))
    library.save("anna", INK, "bundled")
    library.save("zoe", INK, "bundled")
    monkeypatch.setenv("HW_HANDS", str(own))
    library.save("anna", INK, "mine")
    assert list(library.names()) == ["anna", "zoe"]
    assert (library.load("anna").text, library.load("zoe").text) == ("mine", "bundled")
    with pytest.raises(HwError, match="none of your hands is called 'zoe'") as caught:
        library.remove("zoe")
    assert "your hands: anna" in caught.value.hint
    library.remove("anna")
    assert library.load("anna").text == "bundled"


def test_hands_are_saved_in_the_user_s_data_folder_by_default(monkeypatch, own):
    assert library.folder() == own
    for nothing in ("", None):
        monkeypatch.delenv("HW_HANDS") if nothing is None else monkeypatch.setenv("HW_HANDS", nothing)
        assert library.folder().is_absolute()
        assert library.folder().name == "hands"


def test_bundled_hands_are_whole_lines_with_text():
    bundled = sorted(library.BUNDLED.glob("*.ndjson"))
    assert len(bundled) >= 4
    for path in bundled:
        ink = library.load(path.stem)
        assert len(ink.text) >= 20
        assert len(ink) > 200


def test_the_nearest_hand_is_suggested():
    with pytest.raises(HwError) as raised:
        library.find("Brisk")
    assert "did you mean brisk?" in raised.value.hint
