"""hw style and hw sample --style, as a user types them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from handmade import files_in, hw, hw_here, iam_xml, refused, tiny_model, wander
from hwcli.ink_io import ndjson
from renderers.ink import Ink

STROKES = wander(40, seed=3)
SAYS = "ab ca bc"


def line(strokes, **about) -> bytes:
    return json.dumps({"hw": 1, "strokes": strokes, **about}).encode() + b"\n"


@pytest.fixture
def folder(tmp_path) -> Path:
    """A model of text and ink; styles go into the folder `own` in it."""
    tiny_model(tmp_path / "m.safetensors", alphabet="abc ")
    for name, content in {
        "line.xml": iam_xml(STROKES), "said.ndjson": line(STROKES, text=SAYS), "empty.xml": b"",
        "dots.ndjson": line([[[3, 4]], [[9, 9]]], text=SAYS), "cut.ndjson": b'{"hw":1,"strokes":',
        "two.ndjson": line(STROKES, text=SAYS) + line([[[0, 0], [9, 9]]], text="other"),
    }.items():  # fmt: skip
        (tmp_path / name).write_bytes(content)
    (tmp_path / "file").write_text("no folder")
    return tmp_path


def style(folder: Path, *arguments: str, stdin: bytes = b"", own: str = "own"):
    return hw_here("style", *arguments, cwd=folder, stdin=stdin, HW_STYLES=str(folder / own))


def sample(folder: Path, *arguments: str):
    model = ["--model", "m.safetensors", "--seed", "1"]
    return hw_here("sample", *model, *arguments, cwd=folder, HW_STYLES=str(folder / "own"))


def inks(outcome) -> list[Ink]:
    assert outcome.status == 0, outcome
    assert not outcome.errors, outcome
    return ndjson.read(outcome.out, "stdout")


def listed(outcome) -> list[list[str]]:
    assert outcome.status == 0, outcome
    return [row.split("\t") for row in outcome.out.decode().splitlines()]


def test_a_style_is_kept_listed_written_in_and_removed(folder):
    """As four programs that share a folder and nothing else."""
    own = {"cwd": folder, "HW_STYLES": str(folder / "own")}
    kept = hw("style", "save", "anna", "line.xml", "--text", SAYS, **own)
    assert (kept.status, kept.out) == (0, b""), kept
    assert kept.err == f"kept {folder / 'own' / 'anna.ndjson'}; use it: hw sample --style anna --text TEXT\n"
    assert ["anna", SAYS, str(folder / "own" / "anna.ndjson")] in listed(hw("style", "list", **own))
    model = ["--model", "m.safetensors", "--seed", "1"]
    (ink,) = inks(hw("sample", *model, "--text", "cab", "--style", "anna", **own))
    assert ink.text == "cab"
    removed = hw("style", "remove", "anna", **own)
    assert (removed.status, removed.err) == (0, f"removed {folder / 'own' / 'anna.ndjson'}\n")
    assert "anna" not in [row[0] for row in listed(hw("style", "list", **own))]


def test_what_is_written_in_a_style_is_what_its_ink_primes_without_the_ink(folder):
    style(folder, "save", "anna", "said.ndjson")
    (ink,) = inks(sample(folder, "--text", "cab", "--style", "anna"))
    (primed,) = inks(sample(folder, "--text", "cab", "--prime", "said.ndjson", "--drop-prime"))
    np.testing.assert_array_equal(ink.points, primed.points)
    assert ink.extra == primed.extra
    (file,) = inks(sample(folder, "--text", "cab", "--style", "said.ndjson"))
    np.testing.assert_array_equal(file.points, ink.points)
    (plain,) = inks(sample(folder, "--text", "cab"))
    assert plain.points.shape != ink.points.shape or (plain.points != ink.points).any()


def test_sampled_ink_becomes_a_style_by_a_pipe(folder):
    drawn = sample(folder, "--text", "abc cab")
    kept = style(folder, "save", "mine", "-", stdin=drawn.out)
    assert kept.status == 0, kept
    (file,) = (folder / "own").iterdir()
    (ink,) = ndjson.read(file.read_bytes(), "file")
    assert (ink.text, ink.id, ink.prediction, ink.seed, ink.extra) == ("abc cab", "mine", None, None, {})
    assert inks(sample(folder, "--text", "bb", "--style", "mine"))[0].text == "bb"


def test_the_first_of_several_inks_is_kept(folder):
    assert style(folder, "save", "anna", "two.ndjson").status == 0
    assert ["anna", SAYS] in [row[:2] for row in listed(style(folder, "list"))]


def test_a_style_is_written_over_only_when_asked(folder):
    style(folder, "save", "anna", "said.ndjson")
    before = files_in(folder / "own")
    refused(
        style(folder, "save", "anna", "line.xml", "--text", "other"), "a style anna already", "--overwrite"
    )
    assert files_in(folder / "own") == before
    assert style(folder, "save", "anna", "line.xml", "--text", "other", "--overwrite").status == 0
    assert ["anna", "other"] in [row[:2] for row in listed(style(folder, "list"))]


def test_a_style_that_is_damaged_does_not_hide_the_others(folder):
    style(folder, "save", "anna", "said.ndjson")
    style(folder, "save", "zoe", "said.ndjson")
    (folder / "own" / "bad.ndjson").write_bytes(b'{"hw":1,"strokes":')
    done = style(folder, "list")
    assert [row[0] for row in listed(done) if "own" in row[2]] == ["anna", "zoe"]
    assert "warning: left out: " in done.err
    assert "bad.ndjson" in done.err
    assert style(folder, "remove", "bad").status == 0


def test_a_list_of_no_styles_of_one_s_own_is_no_error(folder):
    for own in ("nowhere", "own"):
        done = style(folder, "list", own=own)
        assert done.status == 0, done
        assert not [row for row in listed(done) if str(folder) in row[2]]


REFUSED = [
    ("save anna nowhere.xml", ["nowhere.xml", "no such file"]),
    ("save anna empty.xml --text abcd", ["empty.xml", "empty"]),
    ("save anna cut.ndjson", ["cut.ndjson, line 1"]),
    ("save anna . --text abcd", ["directory"]),
    ("save anna -", ["stdin", "no ink"]),
    ("save anna line.xml", ["a style needs the text of its ink", "--text"]),
    ("save anna line.xml --text abc", ["at least 4 characters"]),
    ("save anna dots.ndjson", ["no extent"]),
    ("remove anna", ["no style of yours is called 'anna'", "yours: none"]),
    *((f"{verb} {name}{ink}", [words]) for verb, ink, words in [
        ("save", " said.ndjson", "no name for a style"),
        ("save", " said.ndjson --overwrite", "no name for a style"),
        ("remove", "", "no style of yours"),
    ] for name in ("../said", "/tmp/x", "a/b", "..", ".said", "own/../../x", "caf\u00e9", "a\\b")),
]  # fmt: skip


@pytest.mark.parametrize(("typed", "words"), REFUSED, ids=[ascii(row[0]) for row in REFUSED])
def test_what_cannot_be_kept_or_removed_gets_one_clear_line_and_changes_nothing(folder, typed, words):
    before = files_in(folder.parent)
    refused(style(folder, *typed.split()), *words)
    assert files_in(folder.parent) == before


@pytest.mark.parametrize("arguments", [["save", "anna"], ["save"], ["remove"], ["klingon"]], ids=" ".join)
def test_a_command_line_that_is_no_command_is_status_2(folder, arguments):
    done = style(folder, *arguments)
    assert (done.status, done.out) == (2, b"")
    assert "Usage: hw style" in done.err


def test_style_alone_says_what_there_is_to_do(folder):
    done = style(folder)
    assert all(word in (done.out.decode() + done.err) for word in ("save", "list", "remove"))


def test_a_place_for_styles_that_is_no_folder_gets_one_clear_line(folder):
    for arguments in (["save", "anna", "said.ndjson"], ["remove", "anna"]):
        refused(style(folder, *arguments, own="file"))
    assert style(folder, "list", own="file").status == 0


def test_text_that_is_not_utf_8_is_no_reason_for_a_traceback(folder):
    text = os.fsdecode(b"caf\xe9 noir")
    done = hw("style", "save", "anna", "line.xml", "--text", text, cwd=folder, HW_STYLES=str(folder / "own"))
    refused(done, "UTF-8")


def test_an_unknown_style_is_refused_with_the_names_there_are(folder):
    style(folder, "save", "anna", "said.ndjson")
    refused(sample(folder, "--text", "a", "--style", "anne"), "no style 'anne'", "anna")
    for name in ("../own/anna", "own", "", "a" * 300):
        refused(sample(folder, "--text", "a", "--style", name))
    assert inks(sample(folder, "--text", "a", "--style", "own/anna.ndjson"))


def test_styles_are_the_user_s_and_not_the_place_s_where_a_command_runs(folder):
    """Without $HW_STYLES they lie below the home folder."""
    home = folder / "home"
    home.mkdir()
    env = {"HOME": str(home), "XDG_CONFIG_HOME": str(home / ".config"), "HW_STYLES": ""}
    done = hw("style", "save", "anna", "said.ndjson", cwd=folder, **env)
    assert done.status == 0, done
    (file,) = home.rglob("anna.ndjson")
    assert str(file) in done.err
