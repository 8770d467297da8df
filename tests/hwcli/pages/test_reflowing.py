"""Joining the lines of paragraphs that were wrapped when they were typed."""

from __future__ import annotations

import textwrap
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

import hwcli as hw
from hwcli.hw_warning import HwWarning
from hwcli.pages.layout import Layout
from hwcli.pages.line_breaking import RunningText, TextLine
from hwcli.pages.reflowing import NARROWEST, WIDEST, hard_wrapped, reflowed
from hwcli.pages.writing import running_texts, write_pages
from stub_model import StubModel

PROSE = (
    "thank you very much for the parcel that arrived here on Monday. The children opened it at once, and "
    "they have been wearing the new hats since then, even at breakfast. The little one asks when you will "
    "come."
)
WRAPPED = textwrap.fill(PROSE, 70)
VERSES = """Shall I compare thee to a summer's day?
Thou art more lovely and more temperate:
Rough winds do shake the darling buds of May,
And summer's lease hath all too short a date."""
ADDRESS = "Anna Smith\n12 High Street\nLondon N1 7AA"


def parts_of(text: str) -> list[RunningText]:
    return [RunningText.of(page) for page in text.split("\f")]


def lines_of(text: str) -> list[str]:
    """The lines of the reflowed text."""
    return [" ".join(line.words) for part in reflowed(parts_of(text)) for line in part.lines]


@pytest.mark.parametrize("columns", [NARROWEST, 60, 66, 72, 78, 100])
def test_a_wrapped_paragraph_becomes_one_line(columns):
    letter = f"Dear Anna,\n\n{textwrap.fill(PROSE, columns)}\n\nYours,\nTom"
    assert lines_of(letter) == ["Dear Anna,", "", PROSE, "", "Yours,", "Tom"]


@pytest.mark.parametrize(
    "kept",
    [
        ADDRESS,
        textwrap.indent(ADDRESS, " " * 40),
        "    Yours,\n        Tom",
        "- a warm coat, since it has been snowing for a week and more\n- your letters",
        "1. a warm coat, since it has been snowing for a week and more here\n2. your letters",
        "\n\n".join([PROSE, PROSE]),
        f"{PROSE}\n{PROSE}\nYours,",  # a paragraph per line
        "> the third of May, in the year of the great snow, in the village\n> Berlin",
        "the road is closed, the post comes only every second day, and so it is\n    with the milk.",
    ],
    ids=[
        "address",
        "indented address",
        "signature",
        "list",
        "numbers",
        "paragraphs",
        "no empty lines",
        "marks",
        "indent",
    ],
)
@pytest.mark.parametrize("around", ["", WRAPPED], ids=["alone", "in a letter"])
def test_breaks_that_are_meant_are_kept(kept, around):
    text = f"{around}\n\n{kept}".strip("\n")
    expected = [" ".join(line.words) for line in RunningText.of(kept).lines]
    assert lines_of(text)[-len(expected) :] == expected


def test_items_of_lists_are_joined_one_by_one():
    text = """Please bring all of these, because there are none left in the whole village:
  - a warm coat, since it has been snowing here ever since last week and
    the road is closed
  - your letters, and all of the pictures that you took when we were at
    the sea"""
    (part,) = reflowed(parts_of(text))
    assert [(line.words[0], line.words[-1], line.indent, line.hanging) for line in part.lines] == [
        ("Please", "village:", 0, 0),
        ("-", "closed", 2, 4),
        ("-", "sea", 2, 4),
    ]


def test_numbers_in_a_sentence_are_not_items():
    text = "We have had so much snow here that nobody could come to us before\n12. Then the road was open."
    assert len(lines_of(text)) == 1


def test_an_indented_first_line_is_kept_and_an_indented_paragraph_stays_so():
    first, block = (
        reflowed(parts_of(textwrap.fill(PROSE, 70, initial_indent="    ", subsequent_indent=rest)))
        for rest in ("", "    ")
    )
    assert [(line.indent, line.hanging) for (part,) in (first, block) for line in part.lines] == [
        (4, 0),
        (4, 4),
    ]


def test_a_mark_holds_for_the_joined_lines():
    (part,) = reflowed(parts_of(f"> {WRAPPED}"))
    assert [line.align for line in part.lines] == ["right"]
    escaped = WRAPPED.replace("\nopened", "\n\\> opened")
    assert "\\" not in lines_of(escaped)[0]


@given(st.text(st.sampled_from("abcD-1.> \n\n\t\f"), max_size=300))
def test_reflowing_keeps_all_words_in_their_order_and_every_empty_line(text):
    before, after = (
        [line for part in parts for line in part.lines]
        for parts in (parts_of(text), reflowed(parts_of(text)))
    )
    assert [word for line in before for word in line.words] == [word for line in after for word in line.words]
    assert sum(not line.words for line in before) == sum(not line.words for line in after)


words = st.lists(st.text(st.sampled_from("aeinrst"), min_size=1, max_size=12), min_size=20, max_size=80)


@given(words, st.integers(NARROWEST, WIDEST))
def test_whatever_an_editor_wraps_is_joined(found, columns):
    text = " ".join(found)
    assert lines_of(textwrap.fill(text, columns)) == [text]


@given(words, st.integers(NARROWEST, WIDEST))
def test_lines_that_fit_the_page_are_not_warned_of(found, columns):
    text = textwrap.fill(" ".join(found), columns)
    assert hard_wrapped(parts_of(text), 2.0 * columns) == 0


def test_lines_that_do_not_fit_are_counted():
    assert hard_wrapped(parts_of(WRAPPED), 35) == len(WRAPPED.splitlines()) - 1 == 2
    assert hard_wrapped(parts_of(f"{WRAPPED}\f{WRAPPED}"), 35) == 4
    for text in (VERSES, ADDRESS, PROSE, f"{PROSE}\n{PROSE}", f"{VERSES}\n\n{ADDRESS}\n\n{PROSE}"):
        assert hard_wrapped(parts_of(text), 10) == 0


NARROW = Layout(measure=12)  # of some 30 characters


def messages(text: str, layout: Layout, model: StubModel | None = None, **how) -> list[str]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        list(write_pages(model or StubModel(characters="'-:?"), text, layout, seed=1, **how))
    return [str(one.message) for one in caught if one.category is HwWarning]


def test_python_is_warned_once_and_told_the_way_out():
    (said,) = messages(WRAPPED, NARROW, count=2)
    assert "seems to be hard-wrapped: 2 of its lines" in said
    assert "Layout(reflow=True)" in said
    assert messages(WRAPPED, Layout(measure=12, reflow=True)) == []
    for text in (VERSES, PROSE):
        assert messages(text, NARROW) == []


def test_a_page_that_the_text_is_fitted_to_is_judged_by_its_own_lines():
    size = {"measure": 18, "height": 4.0, "line_mm": 20.0}
    assert messages(f"{WRAPPED}", Layout(**size, fit_page=False)) != []
    assert messages(f"{WRAPPED}", Layout(**size, fit_page=True)) == []


def test_a_given_hand_is_judged_by_its_own_width():
    wide = next(StubModel().quiet_samples(1, 1, hw.SampleOptions(keep_prime=False), text="some words of it"))
    half = hw.Ink(strokes=tuple(stroke * [0.4, 1.0] for stroke in wide.strokes), text=wide.text)
    layout = Layout(measure=22)
    assert messages(WRAPPED, layout, prime=wide) != []
    assert messages(WRAPPED, layout, prime=half) == []


def test_pages_of_a_reflowed_text_are_those_of_its_paragraphs():
    model = StubModel(characters="'-:?")
    joined, plain = (
        next(write_pages(model, text, layout, seed=1))
        for text, layout in (
            (f"Dear Anna\n\n{WRAPPED}", Layout(12, reflow=True)),
            (f"Dear Anna\n\n{PROSE}", NARROW),
        )
    )
    assert joined.text == plain.text
    assert joined.points.tolist() == plain.points.tolist()
    (part,) = running_texts(WRAPPED, model.file.alphabet, False, Layout(12, reflow=True))
    assert part.lines == (TextLine.of(PROSE),)
