"""How well ink can be read as its text, in one process or several; and the gaps that the reader finds."""

import numpy as np
import pytest

from hwcli.dataset.packing import Line
from hwcli.refining.legibility import HOPELESS, NEAT, Said, score, scoring
from hwcli.refining.spacing import APART, BETWEEN, NARROW, WIDE, Spacing, spacings
from print_letters import rows_of, strokes_of
from readable import CAT, ROOM, SHIP, line, reader
from renderers.ink import Ink


@pytest.mark.parametrize("text", [CAT, ROOM, SHIP])
def test_ink_says_its_own_text_and_no_other(text):
    offsets = line(text).offsets
    assert score(reader(), Said(offsets, text)) > NEAT
    assert score(reader(), Said(offsets, text.upper())) < HOPELESS
    assert score(reader(), Said(offsets, text + " and more")) < HOPELESS


def test_ink_that_has_no_room_for_its_text_is_at_minus_infinity():
    assert score(reader(), Said(np.zeros((1, 3)), "far too long for a dot")) == -np.inf


def test_ink_that_is_no_line_is_at_minus_infinity():
    flat = np.column_stack([np.full(9000, 1000.0), np.tile([1.0, -1.0], 4500), np.zeros(9000)])
    assert score(reader(), Said(flat, "a b")) < HOPELESS


def test_scores_are_the_same_in_any_number_of_processes():
    lines = [Said(rows_of(text), text) for text in ("zoo", "vol", "7 lo", "Tz-l")] * 60
    done = []
    with scoring(1) as one, scoring(2) as two:
        alone = one(lines)
        assert two(lines, lambda n, of: done.append((n, of))) == pytest.approx(alone, abs=1e-6)
    assert done == [(n, len(lines)) for n in range(1, len(lines) + 1)]
    assert alone[:4] == alone[4:8]


def spaced(gap: float, apart: float) -> tuple[Line, dict[int, int]]:
    """A line `ov zo ov zo` whose letters and words are this far apart, and the points of each character."""
    text, strokes, owner, left = "ov zo ov zo", [], [], 0.0
    for k, c in enumerate(text):
        if c == " ":
            left += apart - gap
            continue
        (stroke,) = strokes_of(c)
        strokes.append(stroke - [stroke[:, 0].min() - left, 0.0])
        owner += [k] * len(stroke)
        left = strokes[-1][:, 0].max() + gap
    offsets = Ink(strokes=tuple(strokes)).offsets
    return Line("l", "ada", "f", offsets, text, hand="ada"), np.array(owner)


def gaps_of(*lines, score=0.0, hands=("ada",)):
    owners = {line.text: owner for line, owner in lines}
    every = [line for line, _ in lines] * 8
    return spacings(every, hands, lambda ink, text: (score, owners[text]), lambda done, total: None)


def test_wider_lines_have_wider_gaps_within_limits():
    near, far = (gaps_of(spaced(*gaps))["ada"] for gaps in ((5.0, 80.0), (30.0, 250.0)))
    assert near.between < far.between
    assert near.apart < far.apart
    for one in (near, far, gaps_of(spaced(500.0, 5000.0))["ada"]):
        assert NARROW[0] <= one.between <= NARROW[1]
        assert WIDE[0] <= one.apart <= WIDE[1]


def test_lines_that_cannot_be_read_leave_a_typical_hand():
    assert gaps_of(spaced(5.0, 80.0), score=-99.0) == {"ada": Spacing(BETWEEN, APART)}


def test_only_hands_that_are_asked_for_are_measured():
    assert gaps_of(spaced(5.0, 80.0), hands=("bob",)) == {}


def test_the_reader_aligns_points_with_the_characters_of_a_text():
    ink = line(CAT)
    found, owner = reader().align(ink, CAT)
    assert found == pytest.approx(reader().compare(ink, CAT).log_likelihood)
    assert set(owner.tolist()) == {k for k, c in enumerate(CAT) if c != " "}
    lefts = [ink.points[owner == k, 0].min() for k in sorted(set(owner.tolist()))]
    assert np.mean(np.diff(lefts) > 0) > 0.9


def test_a_text_without_room_has_no_points():
    found, owner = reader().align(Ink(strokes=([(0, 0), (1, 1)],)), "much too long")
    assert found == -np.inf
    assert (owner == -1).all()
