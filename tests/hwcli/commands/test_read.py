"""hw read, and hw sample --reader, as a user meets them."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest

from handmade import environment, hw, hw_here, ink_line, inks_in, random_model, refused
from hwcli.model import file as model_file
from hwcli.reader.error_rate import Errors
from readable import CAT, ROOM, SHIP, line, page


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with lines that are easily read, a page, ink that is no line, and a model that writes."""
    root = tmp_path_factory.mktemp("read")
    for name, text in (("cat", CAT), ("room", ROOM), ("ship", SHIP)):
        strokes = [stroke.tolist() for stroke in line(text).strokes]
        (root / f"{name}.ndjson").write_bytes(ink_line(strokes, text=text, id=name))
        (root / f"bare-{name}.ndjson").write_bytes(ink_line(strokes))
    whole = [stroke.tolist() for stroke in page(line(CAT), line(ROOM)).strokes]
    (root / "page.ndjson").write_bytes(ink_line(whole, text=f"{CAT}\n\n{ROOM}"))
    (root / "empty.ndjson").write_bytes(ink_line([], id="nothing"))
    (root / "broken.ndjson").write_bytes(b'{"hw": 1, "strokes": [[[1, ')
    model_file.write(root / "m.safetensors", random_model(alphabet="abc "))
    return root


def rows(done) -> list[dict]:
    assert "Traceback" not in done.err, done
    return [json.loads(row) for row in done.out.splitlines()]


def test_ink_is_read_from_files_and_stdin_in_order(folder):
    stdin = (folder / "ship.ndjson").read_bytes()
    done = hw("read", "cat.ndjson", "-", "bare-room.ndjson", cwd=folder, stdin=stdin)
    assert (done.status, done.err) == (0, "")
    cat, ship, room = rows(done)
    assert [row["text"] for row in (cat, ship, room)] == [CAT, SHIP, ROOM]
    assert list(cat) == ["id", "text", "confidence", "characters", "expected", "matches", "faults"]
    assert list(room) == ["text", "confidence", "characters"]  # its text is not known
    assert (cat["id"], cat["expected"], cat["matches"], cat["faults"]) == ("cat", CAT, True, [])
    assert len(cat["characters"]) == len(line(CAT))
    assert 0.9 < cat["confidence"] <= 1
    assert rows(hw_here("read", cwd=folder, stdin=stdin)) == [ship]


def test_faults_of_a_given_text_have_place_and_reading(folder):
    done = hw_here("read", "cat.ndjson", "--text", "the cat set on", cwd=folder)
    (row,) = rows(done)
    assert (done.status, row["text"], row["expected"], row["matches"]) == (0, CAT, "the cat set on", False)
    assert row["faults"] == [
        {"kind": "misread", "place": 9, "character": "e", "reads_as": "a"},
        {"kind": "misread", "place": 13, "character": "n", "reads_as": row["faults"][1]["reads_as"]},
    ]
    assert row["faults"][1]["reads_as"].startswith("n")


def test_a_sign_that_readers_have_not_learned_is_passed_over(folder):
    done = hw_here("read", "bare-room.ndjson", "--text", ROOM.replace("2", "£"), "--strict", cwd=folder)
    assert done.status == 0
    (row,) = rows(done)
    assert (row["matches"], row["faults"]) == (True, [])


def test_strict_fails_for_each_ink_that_does_not_say_its_text(folder):
    right = hw_here("read", "cat.ndjson", "page.ndjson", "--strict", cwd=folder)
    assert (right.status, right.err) == (0, "")
    wrong = hw_here("read", "cat.ndjson", "room.ndjson", "--text", CAT, "--strict", cwd=folder)
    refused(wrong, "1 of 2 inks do not say their text")
    assert [row["matches"] for row in rows(wrong)] == [True, False]
    refused(hw_here("read", "bare-cat.ndjson", "--strict", cwd=folder), "1 of 1 inks do not say their text")


def test_text_format_is_for_people(folder):
    done = hw_here("read", "cat.ndjson", "-f", "text", cwd=folder)
    assert (done.out.decode(), done.err) == (f"{CAT}  (100 %)\n", "")
    other = hw_here("read", "cat.ndjson", "-f", "text", "--text", "the cat set on it", cwd=folder)
    assert other.out.decode() == f"{CAT}  (100 %)\n  expected: the cat set on it\n"
    assert other.err.splitlines() == ["warning: cat does not say its text: 'e' at position 10 reads as 'a'"]
    assert other.status == 0


def test_text_format_names_lines_of_a_page_and_not_more_faults_than_one_can_read(folder):
    asked = "read", "page.ndjson", "-f", "text", "--text"
    done = hw_here(*asked, "the cat set on it\n\nRoom 12, May 9", cwd=folder)
    assert done.err.splitlines() == [
        "warning: ink does not say its text: line 1: 'e' at position 10 reads as 'a'; "
        "line 2: '9' at position 14 reads as '4'"
    ]
    (quite_other,) = hw_here(*asked, f"{SHIP}\n{SHIP}", cwd=folder).err.splitlines()
    assert quite_other.count(" at position ") == 8
    assert re.search(r", and \d+ more$", quite_other)


def test_ndjson_has_the_faults_and_no_warning(folder):
    assert hw_here("read", "cat.ndjson", "--text", "the dog", cwd=folder).err == ""


def test_lines_of_a_page_are_read_each(folder):
    (row,) = rows(hw_here("read", "page.ndjson", cwd=folder))
    assert row["text"] == f"{CAT}\n{ROOM}"
    assert row["expected"] == f"{CAT}\n\n{ROOM}"
    assert row["matches"]
    (row,) = rows(hw_here("read", "page.ndjson", "--text", f"{CAT}\nRoom 12, May 9", cwd=folder))
    assert [fault["place"] for fault in row["faults"]] == [len(CAT) + 14]


def test_a_sampled_page_is_read(folder):
    text = "Dear Anna,\nthe cat sat on it\nand then it went away"
    sampled = hw_here(
        "sample", "--text", text, "--seed", "3", "--bias", "1", "--no-prediction", "--tries", "1", cwd=folder,
    )  # fmt: skip
    (ink,) = inks_in(sampled)
    (row,) = rows(hw_here("read", cwd=folder, stdin=sampled.out))
    assert row["expected"] == ink.text
    assert row["text"].count("\n") == ink.text.count("\n") == 2
    assert Errors.of(ink.text, row["text"]).rate < 0.3


def test_ink_that_cannot_be_read_is_named_and_others_are_read(folder):
    done = hw_here("read", "empty.ndjson", "cat.ndjson", cwd=folder)
    assert [row["text"] for row in rows(done)] == [CAT]
    assert done.errors == [
        "error: nothing: this ink has no point to read",
        "error: 1 of 2 inks cannot be read",
    ]
    assert done.status == 1


@pytest.mark.parametrize(
    ("typed", "status", "words"),
    [
        (["broken.ndjson"], 1, ["broken.ndjson"]),
        (["missing.ndjson"], 1, ["missing.ndjson"]),
        (["cat.ndjson", "--model", "m.safetensors"], 1, ["is a synthesis model: it cannot read"]),
        (["cat.ndjson", "--model", "nobody"], 1, ["nobody"]),
        (["cat.ndjson", "-f", "svg"], 2, ["unknown output format 'svg'", "ndjson or --format text"]),
        (["-", "-"], 2, ["- can only be given once"]),
        ([], 1, ["no ink"]),
    ],
    ids=["broken", "missing", "writes", "unknown", "format", "stdin twice", "empty stdin"],
)
def test_mistakes_are_one_error_line(folder, typed, status, words):
    done = hw_here("read", *typed, cwd=folder)
    refused(done, *words, status=status)
    assert done.out == b""


def test_a_closed_pipe_is_no_failure(folder):
    many = (folder / "cat.ndjson").read_bytes() * 40
    (folder / "many.ndjson").write_bytes(many)
    command = f"{sys.executable} -m hwcli read many.ndjson | head -n 1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, capture_output=True, env=environment(), timeout=120
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["text"] == CAT


# hw sample --reader

SCRIBBLE = ["sample", "--model", "m.safetensors", "--text", "abc cab", "--seed", "1", "--no-prediction"]


def test_what_a_reader_cannot_read_is_drawn_again_and_reported(folder):
    done = hw_here(*SCRIBBLE, "--tries", "3", cwd=folder)
    (ink,) = inks_in(done)
    assert ink.trace.tries >= 3
    misread = [fault for fault in ink.trace.faults if fault.kind == "misread"]
    assert misread
    assert str(misread[0]) in done.err
    assert json.loads(done.out)["faults"][-1]["reads_as"] == ink.trace.faults[-1].reads_as
    refused(hw_here(*SCRIBBLE, "--tries", "2", "--strict", cwd=folder), str(misread[0].character))


@pytest.mark.parametrize("typed", [["--reader", "none"], ["--tries", "1"]])
def test_without_a_reader_only_the_window_counts(folder, typed):
    (ink,) = inks_in(hw_here(*SCRIBBLE, *typed, cwd=folder))
    assert (ink.trace.tries, ink.trace.faults) == (1, ())


def test_a_reader_is_named_or_given_as_a_file(folder):
    usual = hw_here(*SCRIBBLE, "--tries", "2", cwd=folder)
    named = hw_here(*SCRIBBLE, "--tries", "2", "--reader", "unipen-reader", cwd=folder)
    assert named.out == usual.out
    unset = hw_here(*SCRIBBLE, "--tries", "2", cwd=folder, HW_SAMPLE_READER="none")
    assert unset.out != usual.out
    refused(hw_here(*SCRIBBLE, "--reader", "m.safetensors", cwd=folder), "it cannot read")
    refused(hw_here(*SCRIBBLE, "--reader", "nobody", cwd=folder), "nobody")
