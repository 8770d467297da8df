"""hw hand and hw sample --hand, as a user types them."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from handmade import files_in, hw, hw_here, iam_xml, ink_line, inks_in, refused, tiny_model, wander
from hwcli.hands import library
from hwcli.ink_io.formats import parse
from inks import traced

STROKES = wander(40, seed=3)
SAYS = "ab ca bc"


@pytest.fixture
def folder(tmp_path) -> Path:
    """A folder with a synthesis model and ink; hands are saved in its folder `own`."""
    tiny_model(tmp_path / "m.safetensors", alphabet="abc ")
    for name, content in {
        "line.xml": iam_xml(STROKES), "said.ndjson": ink_line(STROKES, text=SAYS), "empty.xml": b"",
        "dots.ndjson": ink_line([[[3, 4]], [[9, 9]]], text=SAYS), "cut.ndjson": b'{"hw":1,"strokes":',
        "two.ndjson": ink_line(STROKES, text=SAYS) + ink_line([[[0, 0], [9, 9]]], text="other"),
    }.items():  # fmt: skip
        (tmp_path / name).write_bytes(content)
    (tmp_path / "file").write_text("not a folder")
    return tmp_path


def hand(folder: Path, *arguments: str, stdin: bytes = b"", own: str = "own"):
    return hw_here("hand", *arguments, cwd=folder, stdin=stdin, HW_HANDS=str(folder / own))


def sample(folder: Path, *arguments: str):
    model = ["--model", "m.safetensors", "--seed", "1"]
    return hw_here("sample", *model, *arguments, cwd=folder, HW_HANDS=str(folder / "own"))


def listed(outcome) -> list[list[str]]:
    assert outcome.status == 0, outcome
    return [row.split("\t") for row in outcome.out.decode().splitlines()]


def test_a_hand_is_saved_listed_written_in_and_removed(folder):
    """Each command is a process of its own."""
    own = {"cwd": folder, "HW_HANDS": str(folder / "own")}
    saved = hw("hand", "save", "anna", "line.xml", "--text", SAYS, **own)
    assert (saved.status, saved.out) == (0, b""), saved
    said = f"saved {folder / 'own' / 'anna.ndjson'}; use it: hw sample --hand anna --text TEXT\n"
    assert saved.err.endswith(said)
    assert ["anna", SAYS, str(folder / "own" / "anna.ndjson")] in listed(hw("hand", "list", **own))
    model = ["--model", "m.safetensors", "--seed", "1"]
    (ink,) = inks_in(hw("sample", *model, "--text", "cab", "--hand", "anna", **own))
    assert ink.text == "cab"
    removed = hw("hand", "remove", "anna", **own)
    assert (removed.status, removed.err) == (0, f"removed {folder / 'own' / 'anna.ndjson'}\n")
    assert "anna" not in [row[0] for row in listed(hw("hand", "list", **own))]


def test_a_hand_is_a_prime_that_is_dropped(folder):
    hand(folder, "save", "anna", "said.ndjson")
    (ink,) = inks_in(sample(folder, "--text", "cab", "--hand", "anna"))
    (primed,) = inks_in(sample(folder, "--text", "cab", "--prime", "said.ndjson", "--drop-prime"))
    np.testing.assert_array_equal(ink.points, primed.points)
    assert traced(ink) == traced(primed)
    (file,) = inks_in(sample(folder, "--text", "cab", "--hand", "said.ndjson"))
    np.testing.assert_array_equal(file.points, ink.points)
    (plain,) = inks_in(sample(folder, "--text", "cab"))
    assert plain.points.shape != ink.points.shape or (plain.points != ink.points).any()


def test_sampled_ink_becomes_a_hand_by_a_pipe(folder):
    drawn = sample(folder, "--text", "abc cab")
    saved = hand(folder, "save", "mine", "-", stdin=drawn.out)
    assert saved.status == 0, saved
    (file,) = (folder / "own").iterdir()
    (ink,) = parse(file.read_bytes(), "file", "ndjson")
    assert (ink.text, ink.id, ink.prediction, ink.seed, ink.extra) == ("abc cab", "mine", None, None, {})
    assert inks_in(sample(folder, "--text", "bb", "--hand", "mine"))[0].text == "bb"


CLEAR = library.load(str(library.BUNDLED / "clear.ndjson"))
FLIPPED = [(stroke * (1, -1)).tolist() for stroke in CLEAR.strokes]
MISTAKEN = {
    "upside down": (FLIPPED, CLEAR.text, "seems to be upside down: its y may grow upwards"),
    "right to left": (CLEAR.strokes[::-1], CLEAR.text, "seems to have its strokes in the wrong order"),
    "a word too few": (CLEAR.strokes, "My hand, page 36 of 72", "(' own' at position 3 is not in"),
}


@pytest.mark.parametrize("name", MISTAKEN)
def test_ink_that_is_broken_or_does_not_say_its_text_is_warned_of(folder, name):
    strokes, text, warning = MISTAKEN[name]
    row = ink_line([np.asarray(stroke).tolist() for stroke in strokes], text=text)
    (folder / "wrong.ndjson").write_bytes(row)
    saved = hand(folder, "save", "anna", "wrong.ndjson")
    assert saved.status == 0
    assert saved.err.startswith("warning: wrong.ndjson ")
    assert warning in saved.err
    piped = hand(folder, "save", "zoe", "-", "--strict", stdin=row)
    refused(piped, "the ink on stdin ", warning, "--strict")
    assert [path.name for path in (folder / "own").iterdir()] == ["anna.ndjson"]


def test_nothing_is_said_of_a_hand_that_says_its_text(folder):
    done = hand(folder, "save", "anna", str(library.BUNDLED / "clear.ndjson"), "--strict")
    assert (done.status, done.err.count("\n")) == (0, 1), done


def test_a_broken_hand_and_a_broken_prime_are_warned_of_once(folder):
    (folder / "up.ndjson").write_bytes(ink_line(FLIPPED, text=CLEAR.text))
    tiny_model(folder / "wide.safetensors", alphabet="".join(sorted({*CLEAR.text})))
    for given in (["--hand", "up.ndjson"], ["--prime", "up.ndjson"]):
        write = ["--model", "wide.safetensors", "--seed", "1", "--tries", "1", "--text", "a", "-n", "2"]
        done = hw_here("sample", *write, *given, cwd=folder)
        assert len(inks_in(done)) == 2
        assert done.err.count("warning: ") == 1 + done.err.count(" has faults: ")
        assert done.err.count("up.ndjson seems to be upside down") == 1


def test_the_first_of_several_inks_is_saved(folder):
    assert hand(folder, "save", "anna", "two.ndjson").status == 0
    assert ["anna", SAYS] in [row[:2] for row in listed(hand(folder, "list"))]


def test_a_hand_is_replaced_only_with_overwrite(folder):
    hand(folder, "save", "anna", "said.ndjson")
    before = files_in(folder / "own")
    refused(
        hand(folder, "save", "anna", "line.xml", "--text", "other"),
        "hand 'anna' already exists",
        "--overwrite",
    )
    assert files_in(folder / "own") == before
    assert hand(folder, "save", "anna", "line.xml", "--text", "other", "--overwrite").status == 0
    assert ["anna", "other"] in [row[:2] for row in listed(hand(folder, "list"))]


def test_a_damaged_hand_does_not_hide_the_others(folder):
    hand(folder, "save", "anna", "said.ndjson")
    hand(folder, "save", "zoe", "said.ndjson")
    (folder / "own" / "bad.ndjson").write_bytes(b'{"hw":1,"strokes":')
    done = hand(folder, "list")
    assert [row[0] for row in listed(done) if "own" in row[2]] == ["anna", "zoe"]
    assert "warning: left out: " in done.err
    assert "bad.ndjson" in done.err
    assert hand(folder, "remove", "bad").status == 0


def test_a_missing_or_empty_folder_of_hands_is_not_an_error(folder):
    for own in ("nowhere", "own"):
        done = hand(folder, "list", own=own)
        assert done.status == 0, done
        assert not [row for row in listed(done) if str(folder) in row[2]]


REFUSED = [
    ("save anna nowhere.xml", ["nowhere.xml", "no such file"]),
    ("save anna empty.xml --text abcd", ["empty.xml", "empty"]),
    ("save anna cut.ndjson", ["cut.ndjson, line 1"]),
    ("save anna . --text abcd", ["directory"]),
    ("save anna -", ["stdin", "no ink"]),
    ("save anna line.xml", ["this ink cannot be a hand: it has no text", "--text"]),
    ("save anna line.xml --text abc", ["at least 4 characters"]),
    ("save anna dots.ndjson", ["size cannot be measured"]),
    ("remove anna", ["none of your hands is called 'anna'", "your hands: none"]),
    *((f"{verb} {name}{ink}", [words]) for verb, ink, words in [
        ("save", " said.ndjson", "cannot be named"),
        ("save", " said.ndjson --overwrite", "cannot be named"),
        ("remove", "", "none of your hands"),
    ] for name in ("../said", "/tmp/x", "a/b", "..", ".said", "own/../../x", "caf\u00e9", "a\\b")),
]  # fmt: skip


@pytest.mark.parametrize(("typed", "words"), REFUSED, ids=[ascii(row[0]) for row in REFUSED])
def test_bad_requests_get_one_error_line_and_change_nothing(folder, typed, words):
    before = files_in(folder.parent)
    refused(hand(folder, *typed.split()), *words)
    assert files_in(folder.parent) == before


@pytest.mark.parametrize("arguments", [["save", "anna"], ["save"], ["remove"], ["klingon"]], ids=" ".join)
def test_a_wrong_command_line_is_status_2(folder, arguments):
    done = hand(folder, *arguments)
    assert (done.status, done.out) == (2, b"")
    assert done.err.startswith("error: hw hand ")


def test_hw_hand_without_a_command_lists_the_commands(folder):
    done = hand(folder)
    assert all(word in (done.out.decode() + done.err) for word in ("save", "list", "remove"))


def test_a_list_in_a_terminal_names_the_commands_that_draw_hands(folder, monkeypatch):
    """All bundled hands have the same text, so their list does not tell them apart."""
    piped = hand(folder, "list")
    assert piped.err == ""
    monkeypatch.setattr("hwcli.cli.streams.stdout_is_terminal", lambda: True)
    shown = hand(folder, "list")
    assert (shown.out, shown.err.count("\n")) == (piped.out, 1)
    for command in ("hw hand show", 'hw hand try "Dear Anna"'):
        assert command in shown.err
    assert hand(folder, "list", "-q").err == ""


def test_a_file_in_place_of_the_folder_gets_one_error_line(folder):
    for arguments in (["save", "anna", "said.ndjson"], ["remove", "anna"]):
        refused(hand(folder, *arguments, own="file"))
    assert hand(folder, "list", own="file").status == 0


def test_text_that_is_not_utf_8_gets_one_error_line(folder):
    text = os.fsdecode(b"caf\xe9 noir")
    done = hw("hand", "save", "anna", "line.xml", "--text", text, cwd=folder, HW_HANDS=str(folder / "own"))
    refused(done, "--text is not valid UTF-8", status=2)


def test_an_unknown_hand_is_refused_with_the_known_names(folder):
    hand(folder, "save", "anna", "said.ndjson")
    refused(sample(folder, "--text", "a", "--hand", "anne"), "hand 'anne' not found", "anna")
    for name in ("../own/anna", "own", "", "a" * 300):
        refused(sample(folder, "--text", "a", "--hand", name))
    assert inks_in(sample(folder, "--text", "a", "--hand", "own/anna.ndjson"))


def test_hands_are_saved_below_the_home_folder_by_default(folder):
    home = folder / "home"
    home.mkdir()
    env = {"HOME": str(home), "XDG_DATA_HOME": "", "HW_HANDS": ""}
    done = hw("hand", "save", "anna", "said.ndjson", cwd=folder, **env)
    assert done.status == 0, done
    (file,) = home.rglob("anna.ndjson")
    assert str(file) in done.err
