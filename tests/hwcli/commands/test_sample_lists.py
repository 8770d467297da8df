"""Lists of texts in hw sample --text: what cannot be written is named, and the rest is given."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from contextlib import nullcontext
from dataclasses import asdict, replace
from itertools import chain

import numpy as np
import pytest

from handmade import environment, hw_here, ink_line, inks_in, random_model, refused, tiny_model, wander
from hwcli.cli.sample_report import show_lines
from hwcli.cli.text_arguments import TextArguments
from hwcli.ink_io.formats import parse
from hwcli.ink_size import Size
from hwcli.model import file as model_file
from hwcli.sampling.drafting.drafter import FIRST, Drafter
from renderers.ink import Ink

ABC = "abcdeghilrstwo, ."
PRIME = wander(40, seed=3)
WRITE = ["sample", "--model", "m.safetensors", "--seed", "1", "--no-prediction", "--text"]
LONG = " ".join(["a cat"] * 11)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with models of which one sometimes skips letters, and files of text and ink."""
    root = tmp_path_factory.mktemp("lists")
    # handmade models scribble: only the window can say whether they wrote their text
    (root / "hw.toml").write_text("[sample]\nreader = 'none'\n")
    hand = asdict(Size.of(Ink(strokes=tuple(PRIME))))
    model_file.write(root / "m.safetensors", replace(random_model(alphabet=ABC), about={"hand": hand}))
    hasty = random_model(2, skip=True, alphabet=ABC, window=(0.0, 1.0, -0.8), wobble=1.0)
    model_file.write(root / "hasty.safetensors", hasty)
    tiny_model(root / "plain.safetensors")
    (root / "latin.txt").write_bytes(b"caf\xe9\n")
    (root / "prime.ndjson").write_bytes(ink_line(PRIME, text="ab ca bc"))
    return root


def given(outcome) -> list[Ink]:
    """Return the inks on stdout of a command that left something out."""
    assert outcome.status == 1, outcome
    assert "Traceback" not in outcome.err, outcome
    return parse(outcome.out, "stdout", "ndjson")


def named(outcome) -> list[str]:
    """Return the error messages of a command."""
    return [line.removeprefix("error: ") for line in outcome.err.splitlines() if line.startswith("error: ")]


def test_a_text_that_cannot_be_written_is_named_and_the_others_are_given(folder):
    arguments = [
        *WRITE,
        "c",
        "--text",
        "-",
        "--text",
        "ж",
        "--text",
        "@latin.txt",
        "--text",
        "a",
        "--count",
        "2",
    ]
    done = hw_here(*arguments, cwd=folder, stdin=b"oe\n\nno man\n  its sea \r\n\xff\ne")
    assert [ink.text for ink in given(done)] == [t for t in ("c", "oe", "its sea", "e", "a") for _ in "12"]
    line, bytes_, flag, file, count = named(done)
    assert line == "stdin, line 3: the model cannot write 'n' (column 1), 'm' (column 4)"
    assert bytes_.startswith("stdin, line 5: not UTF-8 (")
    assert flag == "--text 3: the model cannot write 'ж' (column 1)"
    assert file.startswith("latin.txt: not UTF-8 (")
    assert count == "4 of 9 texts could not be written: stdin, line 3; stdin, line 5; --text 3; latin.txt"


def test_samples_keep_the_numbers_that_they_would_have_in_a_corrected_list(folder):
    lines = [b"a cat", b"sat", b"??", LONG.encode(), b"?" * 70, b"there", b"a dog"]
    twice = [*WRITE, "-", "--count", "2", "--tries", "1"]
    bad = hw_here(*twice, cwd=folder, stdin=b"\n".join(lines))
    right = hw_here(*twice, cwd=folder, stdin=b"\n".join(lines).replace(b"?", b"l"))
    kept, whole = given(bad), {ink.id: ink for ink in inks_in(right)}
    assert [ink.id for ink in kept] == [f"1-{k}" for k in (0, 1, 2, 3, 6, 7, 10, 11, 12, 13)]
    assert len(whole) == 14
    for ink in kept:
        assert ink.text == whole[ink.id].text
        np.testing.assert_allclose(ink.points, whole[ink.id].points, atol=1e-2)


def test_lines_that_are_there_at_once_are_drawn_side_by_side(folder, monkeypatch):
    sizes, drafts = [], Drafter.drafts

    def counted(self, batch, *arguments):
        sizes.append(len(batch))
        return drafts(self, batch, *arguments)

    monkeypatch.setattr(Drafter, "drafts", counted)
    lines = [b"a cat"] * 3 + [b"?"] + [b"sat"] * 20
    assert len(given(hw_here(*WRITE, "-", cwd=folder, stdin=b"\n".join(lines)))) == 23
    assert sizes == [FIRST, 23 - FIRST]


@pytest.mark.parametrize("name", ["x.ndjson", "x.svg"])
def test_files_hold_the_texts_that_could_be_written(folder, tmp_path, name):
    (tmp_path / name).write_text("mine")
    nothing = hw_here(*WRITE, "?", "--text", "Y", "-o", tmp_path / name, cwd=folder)
    assert named(nothing)[-1] == "2 of 2 texts could not be written: --text 1; --text 2"
    assert nothing.status == 1
    assert (tmp_path / name).read_text() == "mine"
    some = [*WRITE, "a", "--text", "Y", "--text", "c"]
    done = hw_here(*some, "-o", tmp_path / name, cwd=folder)
    assert (done.status, done.out) == (1, b"")
    assert named(done)[-1] == "1 of 3 texts could not be written: --text 2"
    ink = hw_here(*some, cwd=folder).out
    picture = hw_here("render", cwd=folder, stdin=ink).out
    assert (tmp_path / name).read_bytes() == (ink if name.endswith("ndjson") else picture)


@pytest.mark.parametrize(("stdin", "line"), [(b"?\n", 1), (b"\n\n?", 3)])
def test_a_single_text_on_stdin_is_one_error(folder, stdin, line):
    done = hw_here(*WRITE, "-", "--count", "3", cwd=folder, stdin=stdin)
    refused(done, f"stdin, line {line}: the model cannot write '?'")
    assert done.out == b""


def test_advice_is_given_once_and_errors_also_if_quiet(folder):
    done = hw_here("-q", *WRITE, "-", cwd=folder, stdin="?\n?\nж\na\n".encode())
    assert [ink.id for ink in given(done)] == ["1-3"]
    assert named(done) == [
        "stdin, line 1: the model cannot write '?' (column 1)",
        "stdin, line 2: the model cannot write '?' (column 1)",
        "stdin, line 3: the model cannot write 'ж' (column 1)",
        "3 of 4 texts could not be written: stdin, line 1; stdin, line 2; stdin, line 3",
    ]
    hints = [line for line in done.err.splitlines() if line.startswith("hint: ")]
    assert hints == [
        "hint: --replace '?=TO' writes your own text",
        "hint: --replace 'ж=TO' writes your own text",
    ]


def test_a_blank_text_and_one_too_long_for_the_flags_are_named(folder):
    done = hw_here(*WRITE, " ", "--text", LONG, "--text", "a", "--points", "9", cwd=folder)
    assert [ink.id for ink in given(done)] == ["1-2"]
    assert named(done) == [
        "--text 1: no text to write",
        "--text 2: --points does not apply to text that fills a page",
        "2 of 3 texts could not be written: --text 1; --text 2",
    ]


def test_a_list_in_a_hand_is_given_without_what_cannot_be_written(folder):
    done = hw_here(*WRITE, "-", "--prime", "prime.ndjson", "--drop-prime", cwd=folder, stdin=b"a\n?\nc\n")
    assert [(ink.text, ink.id) for ink in given(done)] == [("a", "1-0"), ("c", "1-2")]


def test_an_error_that_concerns_every_text_ends_the_list(folder):
    plain = hw_here("sample", "--model", "plain.safetensors", "--text", "-", cwd=folder, stdin=b"a\nb\n")
    refused(plain, "plain cannot write text")
    narrow = hw_here(*WRITE, LONG, "--text", LONG, "--width", "3mm", cwd=folder)
    refused(narrow, status=2)


def test_strict_leaves_out_samples_with_faults_and_names_them(folder):
    model = ["sample", "--model", "hasty.safetensors", "--seed", "1", "--no-prediction", "--tries", "1"]
    stdin = b"abcde\n" * 10
    loose = hw_here(*model, "--text", "-", "--count", "2", cwd=folder, stdin=stdin)
    inks = inks_in(loose)
    faulty = [k for k, ink in enumerate(inks) if ink.trace.faults]
    assert 0 < len(faulty) < 20
    strict = hw_here(*model, "--text", "-", "--count", "2", "--strict", cwd=folder, stdin=stdin)
    assert [ink.id for ink in given(strict)] == [ink.id for ink in inks if not ink.trace.faults]
    assert strict.err.count("hint: ") == 1
    *each, count = named(strict)
    origins = "; ".join(dict.fromkeys(f"stdin, line {k // 2 + 1}" for k in faulty))
    assert count == f"{len(faulty)} of 20 samples left out because of faults: {origins}"
    assert len(each) == len(faulty)
    for message, k in zip(each, faulty, strict=True):
        assert message.startswith(f"stdin, line {k // 2 + 1}: sample 1-{k} of 'abcde' has faults: ")
        assert f"warning: {message}" in loose.err


def test_strict_gives_all_pages_of_a_sample_or_none(folder):
    model = ["sample", "--model", "hasty.safetensors", "--seed", "2", "--no-prediction", "--tries", "1"]
    page = ["--text", "ab\nabcde", "--height", "40mm", "--line-height", "20mm", "--count", "6"]
    pages = inks_in(hw_here("-q", *model, *page, cwd=folder))
    assert len(pages) == 12
    faulty = {ink.id.split("-p")[0] for ink in pages if ink.trace.faults}
    assert 0 < len(faulty) < 6
    strict = hw_here(*model, *page, "--strict", cwd=folder)
    assert [ink.id for ink in given(strict)] == [p.id for p in pages if p.id.split("-p")[0] not in faulty]
    assert named(strict)[-1] == f"{len(faulty)} of 6 samples left out because of faults"


def process(folder, *more: str, **streams) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "hwcli", *more, *WRITE, "-"]
    return subprocess.Popen(command, cwd=folder, env=environment(), stdout=subprocess.PIPE, **streams)


def test_each_line_of_a_slow_producer_is_answered_before_the_next_arrives(folder):
    running = process(folder, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    for line in (b"a cat\n", b"sat\n\n", b"the"):
        running.stdin.write(line)
        running.stdin.flush()
        if line.endswith(b"\n"):
            assert line.strip() in running.stdout.readline()
    running.stdin.write(b" ?\n")
    running.stdin.flush()
    assert running.stderr.readline().startswith(
        b"error: stdin, line 4: the model cannot write '?' (column 5)"
    )
    rest, _ = running.communicate(b"rest", timeout=60)
    assert [(ink.text, ink.id) for ink in parse(rest, "stdout", "ndjson")] == [("rest", "1-3")]
    assert running.returncode == 1


@pytest.mark.parametrize("more", [[], ["-q"]], ids=["", "quiet"])
def test_at_a_terminal_it_says_what_it_waits_for(folder, more):
    keyboard, terminal = pty.openpty()
    running = process(folder, *more, stdin=terminal, stderr=subprocess.PIPE)
    os.close(terminal)
    os.write(keyboard, b"a cat\n")
    assert b"a cat" in running.stdout.readline()
    os.write(keyboard, b"\x04")
    out, err = running.communicate(timeout=60)
    os.close(keyboard)
    note = b"reading texts from the terminal, one per line; end with Ctrl-D\n"
    assert (running.returncode, out, err) == (0, b"", b"" if more else note)


@pytest.mark.parametrize(
    ("tries", "shown"),
    [
        ([1], "writing: 1 line so far"),
        ([1, 1], "writing: 2 lines so far"),
        ([1, 3, 1, 8], "writing: 4 lines so far, 2 of them after retries"),
    ],
)
def test_progress_counts_lines_and_retries(monkeypatch, tries, shown):
    messages = []
    monkeypatch.setattr("hwcli.console.status", lambda text: nullcontext(lambda *row: messages.append(row)))
    for one in (True, False):
        with show_lines(one, letters=20) as on_line:
            for count in tries:
                on_line(count, "a bc")
    assert len(messages) == len(tries)  # nothing when it is not to be shown
    assert messages[-1] == (shown, 3 * len(tries), 20)


def test_all_texts_are_known_unless_they_come_from_stdin(tmp_path):
    (tmp_path / "t").write_text("b")
    texts = TextArguments(["a", f"@{tmp_path / 't'}", f"@{tmp_path / 'none'}"])
    assert texts.all_texts() == ["a", "b"]
    assert [given.text for given in texts] == ["a", "b", ""]
    assert TextArguments(["a", "-"]).all_texts() is None


@pytest.mark.parametrize("more", [[], ["--text", "a cat"]], ids=["no text", "text"])
def test_start_draws_a_part_of_a_series(folder, more):
    """The same bytes, numbers and all, whether samples are drawn at once or one by one."""
    model = "m" if more else "plain"
    command = ["sample", "--model", f"{model}.safetensors", "--seed", "3", "--points", "60", *more]
    series = hw_here(*command, "--count", "4", cwd=folder).out.splitlines()
    parts = [hw_here(*command, "--start", str(k), cwd=folder).out.splitlines() for k in range(4)]
    assert parts == [[line] for line in series]
    assert len(set(series)) == 4


def test_texts_of_a_part_have_the_numbers_of_the_whole_list(folder):
    """Three samples of each of three texts: those of the last two are a part of their own."""
    write = ["sample", "--model", "m.safetensors", "--seed", "1", "--count", "3"]
    texts = [["--text", text] for text in ("a", "bed", "a cat")]
    whole = hw_here(*write, *chain.from_iterable(texts), cwd=folder).out.splitlines()
    part = hw_here(*write, "--start", "3", *chain.from_iterable(texts[1:]), cwd=folder).out.splitlines()
    assert part == whole[3:]
