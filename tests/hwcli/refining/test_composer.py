"""Composed lines: of one hand's pieces, each at its place and size."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hwcli.dataset.packing import Line
from hwcli.dataset.store import COMPOSED
from hwcli.errors import HwError
from hwcli.refining.compose import READABLE, composed
from hwcli.refining.composer import Composer
from hwcli.refining.extents import EXTENTS
from hwcli.refining.hand import FEWEST, hands_of
from hwcli.refining.pieces import X_HEIGHT, character, word
from hwcli.refining.spacing import Spacing
from print_letters import rows_of, strokes_of
from renderers.ink import Ink

# letters of print_letters under labels of their kind: the ink of a v is as good as that of any small letter
INK_OF = {**dict.fromkeys("aceimnorsuvwx", "v"), **dict.fromkeys("bdhklt", "l"), **dict.fromkeys("ABCT", "T"),
          **dict.fromkeys("0123456789", "7"), "-": "-", ".": "."}  # fmt: skip


def line_of(text: str, k: int, hand: str = "ada", unit: float = 10.0, **more) -> Line:
    ink = "".join(INK_OF[c] for c in text)
    about = {"hand": hand, "origin": "pad", "units": "body", "split": "train", "writer": hand}
    return Line(f"{hand}-{k}", hand, "f", rows_of(ink, unit), text, **(about | more))


def alphabet(hand: str = "ada", unit: float = 10.0, **more) -> list[Line]:
    return [line_of(text, k, hand, unit, **more) for k, text in enumerate([*INK_OF, *INK_OF, "van", "vex"])]


def composer(*hands: list[Line], seed: int = 1) -> Composer:
    every = [line for hand in hands for line in hand]
    return Composer(hands_of(every), {}, np.random.default_rng(seed))


def made(one: Composer):
    return next(line for _ in range(100) if (line := one.compose()) is not None)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6))
def test_text_is_that_of_the_pieces_of_one_hand_from_left_to_right(seed):
    line = made(composer(alphabet(), alphabet("bob", 23.0), seed=seed))
    assert line.text.replace(" ", "") == "".join(piece.text for piece in line.pieces)
    assert {piece.id.split("-")[0] for piece in line.pieces} == {line.hand.name}
    assert line.ends.sum() == sum(piece.ends.sum() for piece in line.pieces)
    assert line.ends[-1]


def test_the_same_seed_gives_the_same_lines():
    one, again = (composer(alphabet(), seed=4) for _ in range(2))
    for _ in range(5):
        np.testing.assert_array_equal(made(one).points, made(again).points)


def strokes_and_text(line):
    return np.split(line.points, np.flatnonzero(line.ends)[:-1] + 1)


def test_pieces_follow_each_other_and_words_are_apart():
    one = composer(alphabet())
    gaps = {True: [], False: []}
    for _ in range(20):
        line = made(one)
        strokes = iter(strokes_and_text(line))
        boxes = [[next(strokes) for _ in range(piece.ends.sum())] for piece in line.pieces]
        pieces = iter(zip(line.pieces, boxes, strict=True))
        before = None
        for word_ in line.text.split():
            first, rest = True, word_
            while rest:
                piece, ink = next(pieces)
                rest = rest[len(piece.text) :]
                left, right = (f(stroke[:, 0] for stroke in ink) for f in (low, high))
                if before is not None:
                    gaps[first].append((left - before) / X_HEIGHT)
                before, first = right, False
    assert np.median(gaps[True]) == pytest.approx(1.5, abs=0.25)
    assert np.median(gaps[False]) == pytest.approx(0.27, abs=0.2)
    assert min(gaps[True]) > max(0.8, np.median(gaps[False]))


def low(columns):
    return min(column.min() for column in columns)


def high(columns):
    return max(column.max() for column in columns)


@pytest.mark.parametrize("unit", [0.3, 10.0, 170.0])
@pytest.mark.parametrize("text", ["v", "l", "T", "7"])
def test_characters_of_any_size_get_their_box(text, unit):
    ink = Ink(strokes=tuple(strokes_of(text, unit)))
    kind = EXTENTS[text]
    scale = kind.height * X_HEIGHT / np.ptp(ink.points[:, 1])
    piece = character(ink.points + np.array([300, -70]), ink.ends, text, "id", scale)
    top, bottom = -piece.points[:, 1].min() / X_HEIGHT, -piece.points[:, 1].max() / X_HEIGHT
    assert (top, bottom) == (pytest.approx(kind.top, abs=0.05), pytest.approx(kind.bottom, abs=0.05))
    assert piece.points[:, 0].min() == pytest.approx(0)


def test_dashes_float_and_dots_stand_on_the_line():
    for text, low_end, high_end in (("-", 0.4, 0.9), (".", -0.2, 0.3)):
        ink = Ink(strokes=tuple(strokes_of(text)))
        piece = character(ink.points, ink.ends, text, "id", 1.0)
        assert low_end < -piece.points[:, 1].mean() / X_HEIGHT < high_end


@pytest.mark.parametrize(
    ("text", "ink", "scale"),
    [
        ("v", "v", 100.0),
        ("v", "v", 0.01),
        ("i", "l", None),
        ('"', "l", None),
        ("i", "-", None),
        ("é", "v", None),
    ],
)
def test_ink_that_cannot_be_what_its_label_says_is_none(text, ink, scale):
    found = Ink(strokes=tuple(strokes_of(ink)))
    assert character(found.points, found.ends, text, "id", scale or 1.0) is None


def test_a_point_that_is_labelled_as_a_letter_is_none():
    assert character(np.zeros((1, 2)), np.array([True]), "v", "id", 1.0) is None


def test_words_stand_on_the_baseline_and_boxed_letters_are_none():
    ink = Ink(strokes=tuple(strokes_of("zoo", 14.0)))
    piece = word(ink.points + np.array([50, 900]), ink.ends, "zoo", "id")
    assert abs(piece.points[:, 1].max()) < 0.15 * X_HEIGHT
    boxes = Ink(strokes=tuple(strokes_of("z  o  o", 14.0)))
    assert word(boxes.points, boxes.ends, "zoo", "id") is None


def test_hands_with_too_little_are_left_out():
    few = [line_of(text, k) for k, text in enumerate([*INK_OF][: FEWEST - 1])]
    assert hands_of(few) == []
    assert [hand.name for hand in hands_of(alphabet())] == ["ada"]


def bar(what):
    import contextlib

    return contextlib.nullcontext(lambda done, total: None)


def good(lines, report=None):
    return [-0.1] * len(lines)


def test_as_many_lines_as_asked_for_are_for_training_in_a_source_of_their_own():
    lines, done = composed(alphabet(), 30, 3, good, bar)
    assert len(lines) == len({line.id for line in lines}) == 30 == done["lines"]
    assert {(line.origin, line.split, line.writer, line.units) for line in lines} == {
        ("pad" + COMPOSED, "train", "ada", "body")
    }
    assert all(line.offsets.dtype == np.int16 for line in lines)
    again, _ = composed(alphabet(), 30, 3, good, bar)
    assert all((a.offsets == b.offsets).all() for a, b in zip(lines, again, strict=True))


def test_of_an_unknown_writer_the_groups_of_the_pieces_are_spread_over_the_lines():
    """Else a model that learned from composed lines would not know the pieces that they are made of."""
    pieces = [line_of(line.text, k, writer=None) for k, line in enumerate(alphabet())]
    pieces = [replace(line, group=line.id) for line in pieces]
    lines, _ = composed(pieces, 100, 3, good, bar)
    assert {line.writer for line in lines} == {None}
    groups = {line.group for line in lines}
    assert len(groups) >= 0.9 * len(pieces)
    assert groups <= {line.group for line in pieces}
    assert {line.group for line in composed(alphabet(), 5, 3, good, bar)[0]} == {"ada"}


def test_lines_that_the_reader_misreads_are_not_kept():
    def scores(lines, report=None):
        return [READABLE - 1 if "7" in line.text else -0.1 for line in lines]

    lines, done = composed(alphabet(), 20, 3, scores, bar)
    assert not any("7" in line.text for line in lines)
    assert done["tried"] > 20


def test_composing_gives_up_where_nothing_can_be_read():
    with pytest.raises(HwError, match=r"gave up: of .* composed lines, 0 say their text"):
        composed(alphabet(), 20, 3, lambda lines, report=None: [-5.0] * len(lines), bar)


@pytest.mark.parametrize(
    "lines", [[], alphabet()[:5], alphabet(units="ink")], ids=["none", "few", "unscaled"]
)
def test_ink_to_compose_of_is_needed_at_one_body_height(lines):
    with pytest.raises(HwError, match="--compose found nobody"):
        composed(lines, 20, 3, good, bar)


def test_a_hand_spaces_as_its_lines_do():
    wide = Composer(hands_of(alphabet()), {"ada": Spacing(0.3, 2.0)}, np.random.default_rng(2))
    narrow = Composer(hands_of(alphabet()), {"ada": Spacing(0.3, 1.0)}, np.random.default_rng(2))
    lines = [(made(a), made(b)) for a, b in [(wide, narrow)] * 10]
    assert all(a.text == b.text for a, b in lines)
    assert all(np.ptp(a.points[:, 0]) > np.ptp(b.points[:, 0]) for a, b in lines if " " in a.text)
