"""hw sample --redo, and messages about lines of a page, as a user meets them."""

from __future__ import annotations

from dataclasses import asdict, replace

import numpy as np
import pytest

from handmade import hw, hw_here, ink_line, inks_in, random_model, refused, wander
from hwcli.ink_size import Size
from hwcli.model import file as model_file
from renderers.ink import Ink
from stub_model import lines_in

ABC = "abcdeghilrstwo, ."
STROKES = wander(40, seed=3)
TEXT = "a cat,\n\nher red hat\n\nis so wet.\n\nthe sea"  # of single lines, which pages may end after
PAGES = ["--width", "60mm", "--height", "30mm", "--line-height", "9mm", "--margin", "1mm"]  # of three rows
WRITE = ["sample", "--model", "m.safetensors", "--text", TEXT, "--tries", "1"]
SEED = ["--seed", "1"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a model, one that skips characters, and a hand."""
    root = tmp_path_factory.mktemp("redo")
    # handmade models scribble: only the window can say whether they wrote their text
    (root / "hw.toml").write_text("[sample]\nreader = 'none'\n")
    hand = asdict(Size.of(Ink(strokes=tuple(STROKES))))
    model_file.write(root / "m.safetensors", replace(random_model(alphabet=ABC), about={"hand": hand}))
    jumps = random_model(alphabet=ABC, window=(-1.0, -0.5, 1.1), wobble=0)  # skips two of three characters
    model_file.write(root / "jumps.safetensors", replace(jumps, about={"hand": hand}))
    (root / "hand.ndjson").write_bytes(ink_line(STROKES, text="ab ca bc"))
    (root / "letter.txt").write_text(TEXT)
    return root


def differing(one, other) -> list[int]:
    """The numbers of the lines that differ between the pages in two outputs."""
    before, after = ([line for page in inks_in(done) for line in lines_in(page)] for done in (one, other))
    pairs = zip(before, after, strict=True)
    return [number for number, pair in enumerate(pairs, 1) if not np.array_equal(*pair)]


@pytest.mark.parametrize("more", [
    [], PAGES, ["--hand", "hand.ndjson"], ["--prime", "hand.ndjson"], ["--align", "right"],
], ids=["page", "pages", "hand", "prime", "align"])  # fmt: skip
def test_only_the_given_lines_change(folder, more):
    before = hw_here("-q", *WRITE, *SEED, *more, cwd=folder)
    after = hw_here("-q", *WRITE, *SEED, *more, "--redo", "1, 4", cwd=folder)
    assert [ink.text for ink in inks_in(after)] == [ink.text for ink in inks_in(before)]
    assert differing(before, after) == [1, 4]


def test_rewritten_lines_are_quoted_by_their_number_and_alternative(folder):
    given = [*SEED, *PAGES, "--redo", "2", "--redo", "4,2"]
    done = hw(*WRITE, *given, cwd=folder)
    notes = [line for line in done.err.splitlines() if line.startswith("rewrote")]
    assert notes == [
        "rewrote line 2 of sample 1-0-p1 (alternative 2): 'her red hat'",
        "rewrote line 4 of sample 1-0-p2 (alternative 1): 'the sea'",
    ]
    assert [(ink.extra["first_line"], ink.extra["redo"]) for ink in inks_in(done)] == [(1, [2, 2]), (3, [4])]
    quiet = hw_here("-q", *WRITE, *given, cwd=folder)
    assert (quiet.out, quiet.err) == (done.out, "")


def test_every_sample_of_count_has_its_line_redone(folder):
    before = hw_here("-q", *WRITE, *SEED, "--count", "2", cwd=folder)
    after = hw_here("-q", *WRITE, *SEED, "--count", "2", "--redo", "3", cwd=folder)
    assert differing(before, after) == [3, 7]


def test_pictures_show_the_redone_line(folder, tmp_path):
    files = [tmp_path / f"{name}.{kind}" for name in ("before", "after") for kind in ("svg", "gif")]
    for file in files:
        redo = ["--redo", "1"] if file.stem == "after" else []
        done = hw_here("-q", *WRITE, *SEED, *redo, "-o", file, cwd=folder)
        assert (done.status, done.out) == (0, b""), done
    assert len({file.read_bytes() for file in files}) == 4


def test_text_and_seed_may_come_from_stdin_and_settings(folder):
    before = hw_here("-q", *WRITE, *SEED, "--redo", "2", cwd=folder)
    file = [*WRITE[:4], "@letter.txt", *WRITE[5:]]
    assert hw_here("-q", *file, "--redo", "2", cwd=folder, HW_SAMPLE_SEED="1").out == before.out
    flat, stdin = " ".join(TEXT.split()), [*WRITE[:4], "-", *WRITE[5:], *SEED, "--line-height", "9mm"]
    (page,) = inks_in(hw_here("-q", *stdin, "--redo", "1", cwd=folder, stdin=flat.encode()))
    assert page.extra["redo"] == [1]


WRONG = [
    # not a line of the text
    (["--redo", "5"], ["--redo 5: the text has 4 lines", "without empty ones"]),
    (["--redo", "5", *PAGES], ["--redo 5: the text has 4 lines"]),
    (["--redo", "1,99999"], ["--redo 99999: the text has 4 lines"]),
    # not a line number
    *(
        (["--redo", value], ["--redo takes line numbers from 1", "--redo 4,9"])
        for value in ("0", "-1", "", "x", "1,,2", "1;2", "1.5", "٣", "²", "0,1", "9" * 5000, "1\x1b[31m")
    ),
    # not a page
    (["--redo", "1", "--text", "her"], ["--redo only applies to a single text"]),
]  # fmt: skip


@pytest.mark.parametrize(("typed", "words"), WRONG, ids=[ascii(" ".join(row[0]))[:30] for row in WRONG])
def test_wrong_lines_are_one_error_line(folder, tmp_path, typed, words):
    done = hw_here("-q", *WRITE, *SEED, *typed, "-o", tmp_path / "x.ndjson", cwd=folder)
    refused(done, *words, status=2)
    assert list(tmp_path.iterdir()) == []
    assert "\x1b" not in done.err


OUT_OF_PLACE = [
    (["--text", "a cat", *SEED], ["--redo only applies to text that fills a page", "another --seed"]),
    (["--text", TEXT], ["--redo needs the seed of the page", "--seed"]),
    (SEED, ["--redo only applies to --text"]),
    (["--score", "hand.ndjson"], ["--redo only applies to --text"]),
]


@pytest.mark.parametrize(("typed", "words"), OUT_OF_PLACE, ids=["line", "no seed", "no text", "score"])
def test_redo_needs_a_page_and_its_seed(folder, typed, words):
    done = hw_here("-q", "sample", "--model", "m.safetensors", *typed, "--redo", "1", cwd=folder)
    refused(done, *words, status=2)
    assert done.out == b""


def test_faults_of_a_page_are_reported_by_line(folder):
    given = ["sample", "--model", "jumps.safetensors", *SEED, "--text", TEXT, "--tries", "1", *PAGES]
    done = hw_here(*given, cwd=folder)
    pages = inks_in(done)
    warnings = [line for line in done.err.splitlines() if line.startswith("warning: ")]
    assert len(warnings) == len(pages) == 2
    assert "sample 1-0-p1 of 'a cat, her red hat' has faults: line 1: skipped 'a'" in warnings[0]
    assert "; line 2: skipped 'h' at position 1," in warnings[0]
    assert "has faults: line 3: skipped 'i' at position 1," in warnings[1]
    for warning, page in zip(warnings, pages, strict=True):
        assert warning.count(" at position ") == len(page.trace.faults)
    refused(hw_here(*given, "--strict", cwd=folder), "line 1: skipped 'a' at position 1")


def test_tries_of_pages_are_counted_by_line(folder):
    jumps = ["sample", "--model", "jumps.safetensors", *SEED, "--tries", "2", *PAGES, "--text"]
    done = hw_here(*jumps, TEXT, cwd=folder)
    pages = inks_in(done)
    tries = sum(page.trace.tries for page in pages)
    assert tries >= 8
    assert done.err.splitlines()[-1] == f"4 lines took {tries} tries"
    assert "retried" not in done.err
    one = hw_here(*jumps, "cat", cwd=folder)
    assert one.err.splitlines()[-1] == "1 line took 2 tries"
    once = hw_here(*jumps[:5], "--tries", "1", *PAGES, "--text", TEXT, cwd=folder)
    assert "tries" not in once.err


def test_tries_of_lines_and_pages_are_told_apart(folder):
    jumps = ["sample", "--model", "jumps.safetensors", *SEED, "--tries", "3", "--text"]
    done = hw_here(*jumps, "cat", "--text", TEXT, cwd=folder)
    line, *pages = inks_in(done)
    tries = sum(page.trace.tries for page in pages)
    assert line.trace.tries == 3
    assert done.err.splitlines()[-2:] == [
        "1 of 1 sample was retried, with up to 3 tries",
        f"4 lines took {tries} tries",
    ]
