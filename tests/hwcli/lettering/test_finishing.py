"""Finishing ink: marks over their letters, signs in the place of stand-ins, everything else unchanged."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwcli.alphabet import Alphabet
from hwcli.lettering.finishing import finished
from hwcli.lettering.spelling import Spelling
from renderers.ink import Ink, Prediction, Trace

ALPHABET = Alphabet(" -.aceiolnostuvxdzSCO0123456789")
WIDE, HIGH = 60.0, 100.0


def written(spelling: Spelling, predictions: bool = False) -> tuple[Ink, np.ndarray]:
    """Return ink with a loop per character of what is written, the dot of an i apart, and its owners."""
    strokes, owner = [], []
    for k, c in enumerate(spelling.written):
        if c == " ":
            continue
        t = np.linspace(0, 2 * np.pi, 21)
        x, tall = k * 100.0, 2 if c.isdigit() or c.isupper() or c == "d" else 1
        strokes.append(np.stack([x + WIDE / 2 * (1 + np.sin(t)), -HIGH * tall * (1 + np.cos(t)) / 2], -1))
        owner += [k] * 21
        if c == "i":
            strokes.append(np.array([[x + 30.0, -150.0], [x + 32.0, -146.0]]))
            owner += [k] * 2
    points, n = np.concatenate(strokes), len(owner)
    ends = np.cumsum([len(s) for s in strokes]) - 1
    row = np.ones((n, 2))
    known = Prediction(row[:, 0] * 0.5, row / 2, np.zeros((n, 2, 2)), np.ones((n, 2, 2)), row * 0)
    trace = Trace(spelling.in_text(np.array(owner)))
    ink = Ink.from_points(points, np.isin(np.arange(n), ends), text=spelling.text, trace=trace)
    if predictions:
        ink = Ink(strokes=ink.strokes, text=ink.text, trace=ink.trace, prediction=known)
    return ink, np.array(owner)


def done(text: str, seed: int = 1, predictions: bool = False) -> tuple[Ink, Ink]:
    spelling = Spelling.of(ALPHABET, text)
    ink, owner = written(spelling, predictions)
    return ink, finished(ink, spelling, owner, [seed])


def box(ink: Ink, place: int, drawn: Ink | None = None) -> np.ndarray:
    """Return the box of a character's points, (2, 2); with `drawn`, of those in it that `ink` lacks."""
    points = (drawn or ink).points[(drawn or ink).trace.characters == place]
    if drawn is not None:
        old = {tuple(p) for p in ink.points.tolist()}
        points = np.array([p for p in points.tolist() if tuple(p) not in old])
    return np.array([points.min(0), points.max(0)])


def test_ink_that_needs_nothing_is_returned_as_it_is():
    ink, after = done("a cat")
    assert after is ink


@pytest.mark.parametrize("mark", ["é", "è", "ê", "ñ", "ö", "ů", "ő", "š", "ū", "ă", "ż"])
def test_marks_stand_over_their_letter(mark):
    ink, after = done(f"a{mark}o")
    letter, drawn = box(ink, 1), box(ink, 1, after)
    assert drawn[1, 1] < letter[0, 1]  # above
    assert letter[0, 1] - drawn[1, 1] < 0.6 * HIGH
    assert abs(drawn.mean(0)[0] - letter.mean(0)[0]) < 0.4 * WIDE
    assert np.ptp(drawn[:, 0]) < WIDE * 1.3
    assert after.text == f"a{mark}o"


@pytest.mark.parametrize("mark", ["ç", "ş", "ạ", "ę"])
def test_marks_hang_below_their_letter(mark):
    ink, after = done(f"a{mark}o")
    drawn = box(ink, 1, after)
    assert drawn[0, 1] > box(ink, 1)[1, 1] - 0.1 * HIGH
    assert drawn[1, 1] > 0.15 * HIGH


def test_marks_follow_their_word_and_the_letters_stay():
    ink, after = done("öa on")
    drawn = [k for k, p in enumerate(after.points) if not (ink.points == p).all(1).any()]
    characters = after.trace.characters
    assert set(characters[drawn]) == {0}
    assert set(characters[: min(drawn)]) == {0, 1}
    assert set(characters[max(drawn) + 1 :]) == {3, 4}
    kept = np.delete(after.points, drawn, axis=0)
    assert (kept == ink.points).all()


def test_second_mark_stands_on_the_first():
    ink, after = done("ế")
    _, single = done("ê")
    assert box(ink, 0, after)[0, 1] < box(ink, 0, single)[0, 1] - 0.1 * HIGH


def test_i_loses_its_dot_under_a_mark_only():
    ink, after = done("ïi")
    dots = [s for s in after.strokes if len(s) == 2]
    assert len([s for s in ink.strokes if len(s) == 2]) == 2
    assert [s[0, 0] for s in dots] == [130.0]


def test_a_sign_takes_the_place_of_its_stand_in_and_has_room():
    ink, after = done("a@o")
    at = after.trace.characters == 1
    assert not np.isin(after.points[at], ink.points[ink.trace.characters == 1]).all(1).any()
    left, right = (after.points[after.trace.characters == k] for k in (0, 2))
    assert left[:, 0].max() < after.points[at][:, 0].min()
    assert after.points[at][:, 0].max() < right[:, 0].min()
    assert np.diff(after.trace.characters).min() >= 0


def test_a_fraction_is_small_figures_about_a_slash():
    ink, after = done("a½o")
    own = after.points[after.trace.characters == 1]
    assert len(own) > 2 * 21
    assert own[:, 1].min() < -1.8 * HIGH
    assert own[:, 1].max() < 0.2 * HIGH
    assert len(ink) == 4 * 21


def test_a_seed_gives_one_shape_and_another_seed_another():
    once, again, other = (done("é€", seed)[1] for seed in (1, 1, 2))
    assert all((a == b).all() for a, b in zip(once.strokes, again.strokes, strict=True))
    assert len(once) != len(other) or not np.array_equal(once.points, other.points)


def test_points_are_as_dense_as_the_hands():
    ink, after = done("ö" * 3 + "@")
    steps = np.hypot(*np.diff(ink.strokes[0], axis=0).T).mean()
    long = [s for s in after.strokes if np.hypot(*np.diff(s, axis=0).T).sum() > 5 * steps]
    for stroke in long:
        assert 0.7 < np.hypot(*np.diff(stroke, axis=0).T).mean() / steps < 1.4


def test_predictions_follow_the_points():
    ink, after = done("ïa½ @", predictions=True)
    assert len(after.prediction) == len(after)
    steps = np.diff(after.points, axis=0)
    old = {tuple(p): k for k, p in enumerate(ink.points.tolist())}
    seen = 0
    for k, p in enumerate(after.points[1:].tolist(), 1):
        before = after.points[k - 1].tolist()
        if tuple(p) in old and tuple(before) in old and old[tuple(before)] == old[tuple(p)] - 1:
            assert (after.prediction.mu[k] == 0).all()  # as it was
        elif tuple(p) not in old and after.prediction.pi[k, 0] == 1:
            assert after.prediction.mu[k, 0] == pytest.approx(steps[k - 1])
            seen += 1
    assert seen > 10


@given(text=st.text(st.sampled_from("aeioéïçøñüœ½€@—…·ß ²%"), min_size=1, max_size=12).filter(str.strip))
def test_any_text_gives_finite_ink_of_its_characters(text):
    _, after = done(text, predictions=True)
    assert np.isfinite(after.points).all()
    assert len(after.trace.characters) == len(after) == len(after.prediction)
    visible = {k for k, c in enumerate(text) if not c.isspace()}
    assert set(after.trace.characters.tolist()) == visible


@given(text=st.text(st.sampled_from("aéïç½@—ß"), min_size=1, max_size=6), data=st.data())
def test_letters_without_points_are_left_alone(text, data):
    spelling = Spelling.of(ALPHABET, text)
    ink, owner = written(spelling)
    lost = data.draw(st.sets(st.integers(0, len(spelling.written) - 1)))
    owner = np.where(np.isin(owner, list(lost)), -1, owner)
    after = finished(ink, spelling, owner, [1])
    assert np.isfinite(after.points).all()
