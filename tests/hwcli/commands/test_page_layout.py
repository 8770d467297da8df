"""hw sample lays out long text: alignment by paragraph, one page, hyphenation; and what it refuses."""

from __future__ import annotations

import json
import textwrap
from dataclasses import asdict, replace
from itertools import groupby

import pytest

from handmade import hw_here, inks_in, random_model, refused, wander
from hwcli.ink_size import Size
from hwcli.model import file as model_file
from renderers.ink import Ink

SAMPLE = ["-q", "sample", "--model", "m.safetensors", "--seed", "1", "--tries", "1", "--text"]
LONG = " ".join(["consonants conceal a cat on stage"] * 6)
WRAPPED = f"to a cat\n\n{textwrap.fill(LONG, 70)}\n\nso long\n  a cat"
UNWRAPPED = f"to a cat\n\n{LONG}\n\nso long\n  a cat"
SIZE = ["--width", "90mm", "--line-height", "9mm"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("pages")
    (root / "hw.toml").write_text("[sample]\nreader = 'none'\n")
    hand = asdict(Size.of(Ink(strokes=tuple(wander(40, seed=3)))))
    model = replace(random_model(hidden=8, alphabet=" -aceglnost"), about={"hand": hand})
    model_file.write(root / "m.safetensors", model)
    return root


@pytest.fixture(autouse=True)
def run_here(folder, monkeypatch):
    monkeypatch.chdir(folder)


def sampled(*arguments: object) -> list[Ink]:
    done = hw_here(*SAMPLE, *arguments, cwd=".")
    assert (done.err, done.status) == ("", 0)
    return inks_in(done)


def test_paragraphs_are_aligned_by_marks():
    """Written by the bundled model, whose lines are shorter than the page."""
    bundled = ["-q", "sample", "--seed", "1", "--bias", "1", "--tries", "1", "--text"]
    text = "a cat\n\nsat\n\non a\n\nstage\ncat"
    ways = (["> a cat\n\nsat\n\n>< on a\n\n> stage\ncat"], [text], [text, "--align", "right"])
    page, plain, right = (inks_in(hw_here(*bundled, *way, cwd="."))[0] for way in ways)
    assert page.text == text
    room, moved = (each.points[:, 0] - plain.points[:, 0] for each in (right, page))
    parts = [round(part, 3) for part in (moved / room).tolist()]
    assert [part for part, _ in groupby(parts)] == [1, 0, 0.5, 1]


def test_a_mark_makes_a_page_of_a_short_text():
    (page,) = sampled("> a cat")
    assert page.frame is not None
    assert sampled("a cat")[0].frame is None


def test_marks_survive_replacements_and_these_do_not_make_any():
    (page,) = sampled("> a = cat\n= sat", "--replace", "==>")
    assert page.text == "a > cat\n> sat"
    (plain,) = sampled("a cat\n\\> sat")
    assert plain.text == "a cat\n> sat"


def test_an_escaped_mark_is_named_where_it_is_if_it_cannot_be_written():
    error = hw_here(*SAMPLE, "> a cat\nsat § ☺", cwd=".")
    refused(error, "☺", "line 2, column 7")


def test_a_long_text_is_written_on_one_page():
    size = ["--paper", "a6", "--landscape"]
    assert len(sampled(LONG, *size, "--line-height", "14mm")) > 1
    (page,) = sampled(LONG, *size, "--line-height", "14mm", "--fit-page")
    line = page.frame.line_height * page.frame.mm_per_unit
    assert 5 <= line < 14
    assert page.text.split() == LONG.split()
    (again,) = sampled(LONG, *size, "--line-height", "14mm", "--fit-page")
    assert again.points.tolist() == page.points.tolist()


def test_hyphenation_breaks_words_only_if_it_is_asked_for():
    size = ["--width", "90mm", "--line-height", "9mm"]
    plain, english = (sampled(LONG, *size, "--hyphenate", name)[0] for name in ("no", "en"))
    assert plain.text == sampled(LONG, *size)[0].text
    assert "-" not in plain.text
    assert "-\n" in english.text
    assert english.text.replace("-\n", "").split() == LONG.split()


def test_settings_in_a_file(tmp_path):
    (tmp_path / "hw.toml").write_text(
        "[sample]\nreader = 'none'\nhyphenate = 'en'\nfit_page = true\nline_height = '9mm'\n"
    )
    done = hw_here("--config", tmp_path / "hw.toml", *SAMPLE, LONG, "--width", "90mm", cwd=".")
    assert "-\n" in json.loads(done.out)["text"]  # with any height, a text fits one page
    done = hw_here("--config", tmp_path / "hw.toml", *SAMPLE, LONG, "--paper", "a6", "--landscape", cwd=".")
    assert len(done.out.splitlines()) == 1
    assert json.loads(done.out)["lines"]


@pytest.mark.parametrize(
    ("arguments", "words", "status"),
    [
        ([LONG, "--fit-page"], ["--fit-page needs a page of known height", "--paper a4"], 2),
        (
            [LONG, "--hyphenate", "klingon"],
            ["--hyphenate cannot be 'klingon'", "known: no (none), af, be"],
            2,
        ),
        ([LONG * 20, "--fit-page", "--paper", "a6"], ["too long for one page", "5 mm apart"], 1),
        (["a cat\f sat", "--fit-page", "--paper", "a6"], ["form feed"], 1),
        ([LONG, "--align", "justify"], ["--align cannot be 'justify'"], 2),
    ],
    ids=lambda value: value[-1][:20] if isinstance(value, list) else None,
)
def test_what_cannot_be_laid_out_is_one_clear_line(arguments, words, status, tmp_path):
    refused(hw_here(*SAMPLE, *arguments, "-o", tmp_path / "a.svg", cwd="."), *words, status=status)
    assert list(tmp_path.iterdir()) == []


def test_a_wrapped_text_is_told_once_and_reflow_joins_its_lines():
    loud = SAMPLE[1:]
    told = hw_here(*loud, WRAPPED, *SIZE, "--count", "2", cwd=".")
    (warning,) = [line for line in told.err.splitlines() if "hard-wrapped" in line]
    assert warning.startswith(
        "warning: the text seems to be hard-wrapped: 2 of its lines are longer than a line"
    )
    assert warning.endswith("; --reflow joins the lines of each paragraph")
    joined = hw_here(*loud, WRAPPED, *SIZE, "--reflow", cwd=".")
    assert "hard-wrapped" not in joined.err
    plain = hw_here(*loud, UNWRAPPED, *SIZE, cwd=".")
    assert "hard-wrapped" not in plain.err
    assert joined.out == plain.out
    assert inks_in(told)[0].text != inks_in(plain)[0].text


@pytest.mark.parametrize("text", [
    "a cat\nsat\non a seat",
    "\n".join(["A goose sat on a stone alone", "A cat stole a lost egg at ten"] * 4),
    textwrap.fill(LONG, 30),
])  # fmt: skip
def test_short_lines_are_neither_warned_of_nor_joined(text):
    given = [*SAMPLE[1:], text, "--width", "160mm", "--line-height", "9mm", "--fold"]
    done = hw_here(*given, cwd=".")
    assert "hard-wrapped" not in done.err
    assert inks_in(done)[0].text.count("\n") >= text.count("\n")


def test_no_reflow_only_silences_the_warning():
    (before,) = sampled(WRAPPED, *SIZE)
    done = hw_here(*SAMPLE[1:], WRAPPED, *SIZE, "--no-reflow", cwd=".")
    assert "hard-wrapped" not in done.err
    assert inks_in(done)[0].points.tolist() == before.points.tolist()
    assert sampled("a cat", "--no-reflow")[0].frame is None
    assert sampled("a cat", "--reflow")[0].frame is not None


def test_reflow_is_a_setting(tmp_path):
    (tmp_path / "hw.toml").write_text("[sample]\nreader = 'none'\nreflow = true\n")
    done = hw_here("--config", tmp_path / "hw.toml", *SAMPLE, WRAPPED, *SIZE, cwd=".")
    assert json.loads(done.out)["text"] == sampled(UNWRAPPED, *SIZE)[0].text


def test_wrapped_texts_of_a_list_are_named_and_told_once(tmp_path):
    for name in ("one.txt", "two.txt"):
        (tmp_path / name).write_text(WRAPPED)
    given = [*SAMPLE[1:], f"@{tmp_path / 'one.txt'}", "--text", f"@{tmp_path / 'two.txt'}"]
    told = [line for line in hw_here(*given, *SIZE, cwd=".").err.splitlines() if "hard-wrapped" in line]
    assert len(told) == 1
    assert told[0].startswith(f"warning: {tmp_path / 'one.txt'}: the text seems")
    (tmp_path / "guests.csv").write_text("name\na\nc\n")
    (tmp_path / "to.txt").write_text(f"to {{name}}\n\n{WRAPPED}")
    given = [*SAMPLE[1:], f"@{tmp_path / 'to.txt'}", "--fields", tmp_path / "guests.csv"]
    told = hw_here(*given, *SIZE, cwd=".")
    assert told.err.count("hard-wrapped") == 1
    joined = inks_in(hw_here(*given, *SIZE, "--reflow", cwd="."))
    assert [ink.text.partition("\n")[0] for ink in joined] == ["to a", "to c"]


@pytest.mark.parametrize(
    "flag", [["--align", "right"], ["--fit-page"], ["--hyphenate", "en"], ["--reflow"]], ids=str
)
def test_flags_of_pages_need_a_text(flag):
    refused(hw_here("-q", "sample", *flag, cwd="."), f"{flag[0]} only applies to --text", status=2)
