"""Lines for a model to learn from: all of them can be read, and their texts are what was asked for."""

from __future__ import annotations

from pathlib import Path
from random import Random

from typer.testing import CliRunner

import legible_lines
from hwcli.errors import HwError
from hwcli.ink_io.formats import read_file
from hwcli.reader.load import load_reader
from hwcli.sampling.drafting.read_back import read_back


def test_the_lines_can_be_read(tmp_path: Path) -> None:
    out = tmp_path / "lines.ndjson"
    with_bias = ["--bias", "1", "--minutes", "0.2", "--seed", "4"]
    app = legible_lines.typer.Typer()
    app.command()(legible_lines.main)
    result = CliRunner().invoke(app, [str(out), *with_bias])
    assert result.exit_code == 0, result.output
    reader, inks = load_reader(), []
    for found in read_file(out, str(out)):
        assert not isinstance(found, HwError)
        inks.append(found.ink)
    assert inks
    for ink in inks:
        assert ink.text
        assert not read_back(reader, ink, ink.text).faults
        assert len(reader.read(ink).text.split()) == len(ink.text.split())


def test_texts_have_the_given_words_and_all_kinds() -> None:
    texts = legible_lines.Texts(Random(1), ["xylophone"], prose=0.7)
    drawn = [texts.next() for _ in range(400)]
    assert max(map(len, drawn)) <= legible_lines.LONGEST
    assert min(map(len, drawn)) >= 1
    assert sum("ylophone" in text for text in drawn) > 100
    assert any(character.isdigit() for text in drawn for character in text)


def lane(lifts: list[bool]) -> legible_lines.Lane:
    return legible_lines.Lane(
        "one two", None, legible_lines.Mark(None, None, 2), [(k, 0) for k in range(len(lifts))], lifts
    )


def test_a_word_ends_at_this_lift_or_at_the_one_before_the_window_left() -> None:
    line = lane([False, True, False, True, False, False, True])
    line.came = 5
    assert line.word_ends() == [7, 4]
    line.lifts[-1] = False
    assert line.word_ends() == [4]


def test_going_back_forgets_what_came_after_the_mark() -> None:
    line = lane([False, True, False, True])
    line.came, line.passed, line.strokes = 3, True, 1
    line.go_back()
    assert (line.lifts, line.steps) == ([False, True], [(0, 0), (1, 0)])
    assert (line.came, line.passed, line.strokes) == (None, False, 0)
