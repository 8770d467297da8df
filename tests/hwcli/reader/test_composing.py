"""Lines composed of pieces: text and ink belong together, and to one hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hwcli.reader.composing import LEAST, Composer
from print_letters import LETTERS, LINES, PIECES, printed, rows_of

HANDS = {"a": 10.0, "b": 23.0}  # each with letters of its own size


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Pieces by two hands, lines, and a third hand with too few pieces."""
    texts = [*PIECES, *PIECES, *LINES, "zoo", "7"]
    rows = [rows_of(text, unit) for unit in HANDS.values() for text in PIECES]
    rows += [rows_of(text) for text in (*LINES, "zoo", "7")]
    writers = ["a"] * 12 + ["b"] * 12 + ["c"] * 10
    return printed(tmp_path_factory.mktemp("pieces") / "d", texts, writers=writers, rows=rows)


@pytest.fixture(scope="module")
def composer(data):
    return Composer(data, range(len(data)))


SEEDS = st.integers(0, 10**6)


@settings(max_examples=30)
@given(SEEDS, st.integers(1, 25))
def test_ink_and_text_are_those_of_the_pieces_from_left_to_right(data, composer, seed, longest):
    line = composer.compose(np.random.default_rng(seed), longest)
    texts = [data.lines[piece].text for piece in line.pieces]
    assert line.text.replace(" ", "") == "".join(texts)
    assert not line.text.startswith(" ")
    assert "  " not in line.text
    assert longest <= len(line.text) < longest + 6
    assert len(line.points) == len(line.ends) == sum(data.lengths[list(line.pieces)])
    edges = np.cumsum([0, *data.lengths[list(line.pieces)]])
    right = -np.inf
    for piece, a, b in zip(line.pieces, edges[:-1], edges[1:], strict=True):
        points, rows = line.points[a:b], data.line(piece)
        own = rows[:, :2].cumsum(0)
        assert line.ends[b - 1]
        assert (line.ends[a : b - 1] == (rows[:-1, 2] > 0.5)).all()
        factor = np.ptp(points, axis=0).max() / np.ptp(own, axis=0).max()
        np.testing.assert_allclose(points - points[0], factor * own, atol=1e-3 * np.ptp(points))
        assert points[:, 0].min() >= right - 1e-6
        right = points[:, 0].max()


@settings(max_examples=30)
@given(SEEDS)
def test_no_hand_is_mixed_with_another(data, composer, seed):
    line = composer.compose(np.random.default_rng(seed), 20)
    (hand,) = {data.lines[piece].group for piece in line.pieces}
    assert hand in HANDS


@given(SEEDS)
def test_equal_seeds_give_equal_lines(composer, seed):
    one, two, other = (composer.compose(np.random.default_rng(s), 15) for s in (seed, seed, seed + 1))
    assert (one.text, one.pieces) == (two.text, two.pieces)
    assert (one.points == two.points).all()
    assert one.points.shape != other.points.shape or (one.points != other.points).any()


def test_letters_stand_on_one_baseline(data, composer):
    """As far as the text tells where its ink has its middle."""
    rng, feet = np.random.default_rng(5), []
    for _ in range(40):
        line = composer.compose(rng, 12)
        edges = np.cumsum([0, *data.lengths[list(line.pieces)]])
        for piece, a, b in zip(line.pieces, edges[:-1], edges[1:], strict=True):
            if data.lines[piece].text in ("o", "v", "z"):
                points = line.points[a:b, 1]
                feet.append(points.max() / np.ptp(points))
    assert abs(np.mean(feet)) < 0.25  # centred letters would have 0.5
    assert np.std(feet) < 0.3


def test_only_hands_with_enough_pieces_are_used(data, composer):
    assert composer.pieces == frozenset(range(24))
    few = Composer(data, range(LEAST - 1))
    assert not few
    assert not few.pieces
    assert not Composer(data, range(24, 32))
    assert Composer(data, range(LEAST))


def test_every_kind_of_piece_is_used(composer):
    rng = np.random.default_rng(1)
    text = " ".join(composer.compose(rng, 20).text for _ in range(30))
    assert set(LETTERS) <= set(text)
    assert any(word in text for word in ("zoo", "vol"))
