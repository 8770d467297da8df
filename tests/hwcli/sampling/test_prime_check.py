"""Noticing ink that is turned, out of order, or does not say its text."""

from __future__ import annotations

import numpy as np
import pytest

from handmade import wander
from hwcli.hands import library
from hwcli.reader.load import load_reader
from hwcli.sampling.load import load_model
from hwcli.sampling.prime_check import Difference, can_check, differences, prime_warning, wrong_form
from renderers.ink import Ink

HANDS = [path.stem for path in library.BUNDLED.glob("*.ndjson")]


@pytest.fixture(scope="module")
def reader():
    return load_reader()


@pytest.fixture(scope="module")
def hand():
    return library.load(str(library.BUNDLED / "clear.ndjson"))


def strokes_of(ink: Ink, *factors: float) -> Ink:
    return Ink(strokes=tuple(stroke * factors for stroke in ink.strokes))


BROKEN = {
    "upside down": lambda ink: strokes_of(ink, 1, -1),
    "mirrored": lambda ink: strokes_of(ink, -1, 1),
    "rotated": lambda ink: strokes_of(ink, -1, -1),
    "disordered": lambda ink: Ink(strokes=ink.strokes[::-1]),
}


@pytest.mark.parametrize("name", HANDS)
def test_bundled_hands_are_right(reader, name):
    ink = library.load(str(library.BUNDLED / f"{name}.ndjson"))
    assert prime_warning(reader, ink, ink.text) is None


@pytest.mark.parametrize("form", BROKEN)
def test_each_wrong_form_is_named(reader, hand, form):
    ink = BROKEN[form](hand)
    assert wrong_form(reader, ink, hand.text) == form
    words = {"rotated": "by 180 degrees", "disordered": "in the wrong order"}.get(form, form)
    assert words in prime_warning(reader, ink, hand.text)


@pytest.mark.parametrize("text", ["a line of mine", "Dear Anna", "it rained all day and all night"])
def test_scribbles_do_not_say_a_text(reader, text):
    for ink in load_model("iam-prediction").sample_many(4, 300, seed=5, bias=0.5, predictions=False):
        assert prime_warning(reader, ink, text) is not None


def test_units_and_place_of_the_ink_do_not_matter(reader, hand):
    moved = Ink(strokes=tuple(stroke * (1e-4, -1e-4) + (3, 9) for stroke in hand.strokes))
    assert wrong_form(reader, moved, hand.text) == "upside down"


def test_shuffled_strokes_are_in_the_wrong_order(reader, hand):
    order = np.random.default_rng(1).permutation(len(hand.strokes))
    assert wrong_form(reader, Ink(strokes=tuple(hand.strokes[k] for k in order)), hand.text) == "disordered"


@pytest.mark.parametrize("text", ["something quite different from it", "My own", "My own hand, page"])
def test_a_wrong_text_is_not_taken_for_a_wrong_form(reader, hand, text):
    assert wrong_form(reader, hand, text) is None
    assert prime_warning(reader, hand, text).startswith(
        f"does not seem to say its text {text!r}: it reads as"
    )


@pytest.mark.parametrize(
    ("text", "place", "expected", "reads_as"),
    [
        ("My own hand, page 36", 20, "", " of 72"),
        ("My hand, page 36 of 72", 2, "", " own"),
        ("My own hand, page 36 also of 72", 21, "also ", ""),
        ("own hand, page 36 of 72", 0, "", "My "),
    ],
)
def test_a_word_too_few_or_too_many_is_found_in_its_place(reader, hand, text, place, expected, reads_as):
    read, found = differences(reader, hand, text)
    assert read == hand.text
    assert found == [Difference(place, expected, reads_as)]
    assert str(found[0]) in prime_warning(reader, hand, text)


@pytest.mark.parametrize(
    "text",
    ["My own hand page 36 of 72", "My own hand, page 36 af 72", "my own hand, page 36 of 72"],
)
def test_single_characters_are_not_held_against_a_text(reader, hand, text):
    assert differences(reader, hand, text) is None


@pytest.mark.parametrize("text", ["", "  ", "a \ue000 character"])
def test_nothing_is_said_of_text_that_the_reader_cannot_know(reader, hand, text):
    assert not can_check(reader, text)
    assert prime_warning(reader, strokes_of(hand, 1, -1), text) is None


@pytest.mark.parametrize(
    "strokes",
    [
        (),
        ([(3, 4)],),
        ([(3, 4)], [(9, 9)]),
        ([(0, 0), (1e17, 2e17), (1e17, 0)],),
        tuple(wander(40, seed=3)),
    ],
    ids=["nothing", "a point", "dots", "huge", "random"],
)
def test_ink_of_any_kind_is_checked_without_an_error(reader, strokes):
    said = prime_warning(reader, Ink(strokes=strokes), "what it says")
    assert said is None or "it reads as" in said


def test_what_makes_a_difference_large():
    large = [("", " a"), ("a ", ""), ("", "own"), ("style", ""), ("ab", "abcd"), ("also", "s")]
    small = [("", "."), ("", " ."), ("e", "o"), ("ri", "n"), ("ed", ""), (" ", ""), ("", "a")]
    assert all(Difference(0, *pair).is_large for pair in large)
    assert not any(Difference(0, *pair).is_large for pair in small)


def test_differences_are_described():
    assert str(Difference(3, "", " own")) == "' own' at position 4 is not in the text"
    assert str(Difference(0, "also ", "")) == "'also ' at position 1 is missing"
    assert str(Difference(2, "the m", "n")) == "'the m' at position 3 reads as 'n'"
