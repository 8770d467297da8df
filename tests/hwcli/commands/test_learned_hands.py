"""hw hand learn, show and try, and hw sample in a learned hand, as a user types them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from handmade import files_in, hw_here, ink_line, inks_in, refused, tiny_model, wander
from hwcli.hands import learned, library
from hwcli.hands.learned import LearnedHand
from hwcli.model.file import read
from pdf_files import page_sizes, poppler
from renderers.ink import Ink

STROKES = wander(40, seed=3)
SAYS = "ab ca bc"
MODEL = ("--model", "m.safetensors", "--seed", "1")


@pytest.fixture
def folder(tmp_path) -> Path:
    """A folder with a synthesis model, and a hand in `own` that it has learned."""
    model = read(tiny_model(tmp_path / "m.safetensors", alphabet="abc "))
    tiny_model(tmp_path / "other.safetensors", alphabet="abc ", seed=5)
    (tmp_path / "line.ndjson").write_bytes(ink_line(wander(50, seed=8), text="cab cab"))
    (tmp_path / "own").mkdir()
    changes = {"output.bias": np.linspace(-0.5, 0.5, model.shape.outputs, dtype=np.float32)}
    line = Ink(strokes=tuple(np.array(s, float) for s in STROKES), text=SAYS)
    hand = LearnedHand("m.safetensors", model.digest, model.shape, changes, line)
    learned.write(tmp_path / "own" / "mine.hand", hand)
    return tmp_path


def here(folder: Path, *arguments: str, stdin: bytes = b""):
    return hw_here(*arguments, cwd=folder, stdin=stdin, HW_HANDS=str(folder / "own"))


def written(folder: Path, *arguments: str) -> Ink:
    (ink,) = inks_in(here(folder, "sample", "--text", "cab", *MODEL, *arguments))
    return ink


def test_a_learned_hand_is_the_changed_model_that_continues_its_line(folder):
    ink = written(folder, "--hand", "mine")
    hand = library.find(str(folder / "own" / "mine.hand")).learned
    changed = hand.applied_to(read(folder / "m.safetensors"), "m")
    from hwcli.model.file import write

    write(folder / "changed.safetensors", changed)
    line = folder / "its.ndjson"
    line.write_bytes(ink_line([s.tolist() for s in hand.line.strokes], text=SAYS))
    model = ("--model", "changed.safetensors", "--seed", "1")
    prime = ("--prime", "its.ndjson", "--drop-prime")
    (expected,) = inks_in(here(folder, "sample", "--text", "cab", *model, *prime))
    np.testing.assert_array_equal(ink.points, expected.points)


def test_a_learned_hand_takes_another_line_or_none(folder):
    own, other = (
        written(folder, "--hand", "mine"),
        written(folder, "--hand", "mine", "--prime", "line.ndjson"),
    )
    none = written(folder, "--hand", "mine", "--prime", "none")
    assert {own.text, other.text, none.text} == {"cab"}
    points = [ink.points.tolist() for ink in (own, other, none, written(folder))]
    assert all(a != b for k, a in enumerate(points) for b in points[:k])


def test_a_hand_that_another_model_learned_is_refused(folder):
    outcome = here(folder, "sample", "--text", "cab", "--model", "other.safetensors", "--hand", "mine")
    refused(outcome, "learned by m.safetensors", "hw hand learn")


def test_only_a_learned_hand_has_a_prime_beside_it(folder):
    (folder / "plain.ndjson").write_bytes(ink_line(STROKES, text=SAYS))
    outcome = here(
        folder, "sample", "--text", "cab", *MODEL, "--hand", "plain.ndjson", "--prime", "line.ndjson"
    )
    refused(outcome, "needs a learned hand", status=2)
    refused(
        here(folder, "sample", "--text", "cab", *MODEL, "--prime", "none"), "only applies to --hand", status=2
    )


@pytest.mark.cairo
def test_sheet_of_hands_is_one_page_of_a_pdf(folder):
    data = here(folder, "hand", "show", "mine", "clear", "-f", "pdf").out
    assert len(page_sizes(data)) == 1
    assert poppler("pdftotext", data).split() == [b"mine", b"clear"]


def test_learned_hands_are_listed_shown_and_removed(folder):
    listed = here(folder, "hand", "list").out.decode().splitlines()
    assert f"mine\t{SAYS}\t{folder / 'own' / 'mine.hand'}" in listed
    drawn = here(folder, "hand", "show", "mine", "clear", "-o", "-", "-f", "svg")
    assert drawn.status == 0, drawn
    assert b">mine<" in drawn.out
    assert b">clear<" in drawn.out
    assert b">wide<" not in drawn.out
    assert here(folder, "hand", "show").out.count(b">wide<") == 1
    assert here(folder, "hand", "remove", "mine").status == 0
    assert not (folder / "own" / "mine.hand").exists()


def test_a_damaged_hand_does_not_hide_the_others(folder):
    (folder / "own" / "mine.hand").write_bytes(b"\x08\0\0\0\0\0\0\0{}      ")
    outcome = here(folder, "hand", "show", "-f", "svg")
    assert outcome.status == 0
    assert b">clear<" in outcome.out
    assert "left out" in outcome.err
    assert "mine.hand" in outcome.err
    refused(here(folder, "hand", "show", "mine"), "mine.hand")


def test_try_writes_a_text_in_the_hands_that_are_named(folder):
    outcome = here(folder, "hand", "try", "a fox", "clear", "wide", "-o", "sheet.svg")
    assert outcome.status == 0, outcome
    drawn = (folder / "sheet.svg").read_bytes()
    assert b">clear<" in drawn
    assert b">wide<" in drawn
    assert drawn.count(b"<path") > 4


@pytest.mark.parametrize(
    ("arguments", "stdin", "says"),
    [
        (("line.ndjson", "--name", "mine"), b"", "hand 'mine' already exists"),
        (("line.ndjson", "--name", "../x"), b"", "cannot be named"),
        (("none.ndjson", "--name", "new"), b"", "none.ndjson"),
        (("line.ndjson", "--name", "new"), b"", "at least 3 lines"),
        (("-", "--name", "new"), b"", "contains no ink"),
        (("-", "--name", "new"), b'{"hw":1,"strokes":[[[1,', "line 1: not JSON"),
        (("line.ndjson", "--name", "new", "--model", "iam-prediction"), b"", "does not write given text"),
    ],
)
def test_what_cannot_be_learned_is_told_and_nothing_is_saved(folder, arguments, stdin, says):
    before = files_in(folder)
    refused(here(folder, "hand", "learn", *arguments, stdin=stdin), says)
    assert files_in(folder) == before
