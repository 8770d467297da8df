"""Line breaking: no text is lost, no line is too wide, and long words are hyphenated."""

import subprocess
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from handmade import environment
from hwcli.pages.line_breaking import RunningText, TextLine
from hwcli.pages.text_width import units
from hwcli.sampling.target_text import LONGEST

texts = st.text(st.sampled_from("abcdeimwMW.,1/' \n\t"), max_size=80)
rooms = st.floats(0.1, 40)


def lines_of(text, room, hyphen="-"):
    """All lines of `text`."""
    rest, found = RunningText.of(text), []
    while rest:
        line, rest = rest.next_line(room, hyphen)
        found.append(line)
    return found


@given(texts, rooms, st.sampled_from(["", "-"]))
@example("internationalisation of it", 8.0, "-")
def test_breaking_keeps_the_text(text, room, hyphen):
    lines = lines_of(text, room, hyphen)
    assert "".join(lines).replace("-", "").replace(" ", "") == "".join(text.split())
    whole = [word for line in lines for word in line.split()]
    if len(whole) == len(text.split()):  # no word was broken
        assert whole == text.split()


@given(texts, rooms)
@example("W" * 30, 1.0)
@example("-" * 30, 3.0)
@example("internationalisation", 8.0)
def test_only_a_single_character_exceeds_the_room(text, room):
    for line in lines_of(text, room):
        assert units(line) <= room or len(line) == 1


@given(texts, rooms)
def test_line_takes_all_words_that_fit(text, room):
    rest = RunningText.of(text)
    while rest:
        words = rest.lines[0].words
        line, rest = rest.next_line(room)
        taken = len(line.split())
        if line.split() == list(words[:taken]) and taken < len(words):
            assert units(f"{line} {words[taken]}") > room


@given(st.lists(texts.filter(str.strip), min_size=1, max_size=5), st.integers(0, 3))
def test_line_breaks_and_inner_empty_lines_are_kept(parts, blanks):
    parts = [" ".join(part.split()) for part in parts]
    text = "\n" * blanks + ("\n" + " \n" * blanks).join(parts) + "\n \n"
    expected = []
    for part in parts:
        expected += [part, *[""] * blanks]
    assert lines_of(text, 1e9) == expected[: len(expected) - blanks]


@pytest.mark.parametrize("text", ["", " ", "\n", "\n \t\n"])
def test_white_space_has_no_lines(text):
    assert not RunningText.of(text)


@pytest.mark.parametrize(
    ("text", "room", "hyphen", "lines"),
    [
        ("abbreviation", 6, "-", ["abbre-", "viati-", "on"]),
        ("abbreviation", 6, "", ["abbrev", "iation"]),
        ("handwriting", 8, "-", ["hand-", "writing"]),
        ("(internationalisation).", 10, "-", ["(interna-", "tionalisa-", "tion)."]),
        ("rhythmbcdfg", 7, "-", ["rhyth-", "mbcdfg"]),  # has no hyphenation point
        ("well-founded", 7.5, "-", ["well-", "founded"]),
        ("a-bundance", 6.9, "-", ["a-bun-", "dance"]),  # the mark is in the first half
        ("either/or", 7, "-", ["either/", "or"]),
        ("1234567890", 6.1, "-", ["12345", "67890"]),
        ("see", 2.2, "-", ["se", "e"]),  # too short for a hyphen
        ("don'tdont", 5, "-", ["don't", "dont"]),
        ("W", 0.1, "-", ["W"]),
    ],
)
def test_words_longer_than_a_line_are_broken(text, room, hyphen, lines):
    assert lines_of(text, room, hyphen) == lines


def test_lines_respect_the_model_s_longest_text():
    found = lines_of("ab " * 300 + "c" * 500, 1e9, "")
    assert max(map(len, found)) <= LONGEST
    assert "".join(found).replace(" ", "") == "ab" * 300 + "c" * 500


def test_pyphen_is_imported_only_for_long_words():
    code = (
        "import sys; from hwcli.pages.line_breaking import RunningText as T; "
        "T.of('some words').next_line(6); assert 'pyphen' not in sys.modules; "
        "T.of('somewords').next_line(6); assert 'pyphen' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env=environment(), timeout=60)


@pytest.mark.parametrize(
    ("line", "indents"),
    [
        ("ab cd", (0, 0)),
        ("  ab cd", (2, 0)),
        ("\tab cd", (4, 0)),
        ("  \tab cd", (4, 0)),
        ("  - ab cd", (2, 4)),
        (" * ab cd", (1, 3)),
        (" • ab cd", (1, 3)),
        (" 10. ab cd", (1, 5)),
        (" a) ab cd", (1, 4)),
        ("- ab cd", (0, 0)),
        (" -ab cd", (1, 0)),
        (" 2026. ab", (1, 0)),
        ("   ", (0, 0)),
        ("", (0, 0)),
    ],
)
def test_indents_of_a_line_and_of_an_item_s_further_lines(line, indents):
    found = TextLine.of(line)
    assert (found.indent, found.hanging) == indents
    assert found.words == tuple(line.split())


@given(texts, rooms)
def test_the_rest_of_a_line_has_the_hanging_indent(text, room):
    rest = RunningText.of(text)
    while rest:
        before = rest.lines
        _, rest = rest.next_line(room)
        if len(rest.lines) == len(before):  # only a part of the line was taken
            assert rest.lines[0].indent == rest.lines[0].hanging == before[0].hanging
        else:
            assert rest.lines == before[1:]
