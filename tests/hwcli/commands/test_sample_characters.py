"""hw sample --text with marks and signs that the model lacks, --fold and --replace, as a user runs them."""

from __future__ import annotations

import pytest

from handmade import hw_here, inks_in, refused

WRITE = ["sample", "--seed", "1", "--bias", "1", "--tries", "1", "--text"]


def test_marks_and_signs_are_drawn_and_belong_to_their_characters(tmp_path):
    (ink,) = inks_in(hw_here(*WRITE, "Ça ½ ñ", cwd=tmp_path))
    (plain,) = inks_in(hw_here(*WRITE, "Ca 12 n", cwd=tmp_path))
    assert ink.text == "Ça ½ ñ"
    assert len(ink.strokes) > len(plain.strokes)
    assert set(ink.trace.characters.tolist()) >= {0, 1, 3, 5}
    assert len(ink.prediction) == len(ink)


def test_a_mark_changes_no_stroke_of_the_word(tmp_path):
    (ink,) = inks_in(hw_here(*WRITE, "año", cwd=tmp_path))
    (plain,) = inks_in(hw_here(*WRITE, "ano", cwd=tmp_path))
    assert [s.tolist() for s in ink.strokes[: len(plain.strokes)]] == [s.tolist() for s in plain.strokes]
    assert len(ink.strokes) == len(plain.strokes) + 1


def test_pages_keep_marks_and_their_seed(tmp_path):
    given = [*WRITE, "über\naño", "--width", "60mm"]
    one, two = hw_here(*given, cwd=tmp_path), hw_here(*given, cwd=tmp_path)
    assert one.out == two.out
    (page,) = inks_in(one)
    assert page.text == "über\naño"
    assert len(page.trace.characters) == len(page)


def test_flags_and_the_table_replace_once_and_longest_first(tmp_path):
    (tmp_path / "hw.toml").write_text('[sample.replace]\n"&" = "and"\n"a" = "b"\n', encoding="utf-8")
    (ink,) = inks_in(hw_here(*WRITE, "a & ab", "--replace", "ab=a", "--replace", "a=c", cwd=tmp_path))
    assert ink.text == "c and a"


@pytest.mark.parametrize(
    ("pair", "words"),
    [("=x", ["--replace", "FROM is empty"]), ("ax", ["not FROM=TO"]), ("", ["not FROM=TO"]),
     ("a=ж", ["'a=ж'", "cannot be written"]), ("a=\x1b", ["cannot be written", "U+001B"])],
)  # fmt: skip
def test_a_wrong_replacement_is_a_usage_error(tmp_path, pair, words):
    done = hw_here(*WRITE, "b", "--replace", pair, "-o", "x.svg", cwd=tmp_path)
    refused(done, *words, status=2)
    assert not (tmp_path / "x.svg").exists()


def test_replace_needs_a_text(tmp_path):
    refused(hw_here("sample", "--replace", "a=b", cwd=tmp_path), "--replace only applies to --text", status=2)


@pytest.mark.parametrize(
    ("text", "words"),
    [("one\ntwo жи\nи", ["'ж' (line 2, column 5)", "'и' (line 2, column 6)", "--fold writes 'ж' as 'zh'"]),
     ("xж", ["'ж' (column 2)"]), ("a\0", ["U+0000 (column 2)"]), ("abc \u202eшалом", ["U+202E (column 5)"]),
     ("a" * 9999 + "漢", ["'漢' (column 10000)"]), ("\u0301", ["U+0301"])],
    ids=["lines", "replaced", "nul", "bidirectional", "long", "mark"],
)  # fmt: skip
def test_what_cannot_be_written_is_named_at_its_place_and_nothing_is_written(tmp_path, text, words):
    (tmp_path / "t.txt").write_text(text, encoding="utf-8")
    done = hw_here(*WRITE, "@t.txt", "--replace", "x=long text", "-o", "x.svg", cwd=tmp_path)
    refused(done, *words, "--replace")
    assert not (tmp_path / "x.svg").exists()


def test_a_reader_checks_the_letter_below_a_mark_and_passes_over_signs_that_it_lacks(tmp_path):
    ink = hw_here("sample", "--seed", "1", "--bias", "1", "--text", "año ½ Straße", cwd=tmp_path).out
    (tmp_path / "ink.ndjson").write_bytes(ink)
    right = hw_here("read", "--strict", "ink.ndjson", cwd=tmp_path)
    assert right.status == 0, right
    assert hw_here("read", "--strict", "--text", "añz ½ Straße", "ink.ndjson", cwd=tmp_path).status == 1
