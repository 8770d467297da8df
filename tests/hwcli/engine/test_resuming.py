"""Sequences that are taken back to a pen lift, and go on from there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handmade import random_model
from hwcli.engine.loop import Plan, Resumed, generate
from hwcli.engine.lstm import Weights
from hwcli.engine.pen import BLOCK, Noise
from hwcli.engine.trajectory import Trajectory

GRID = 100.0
TEXTS = [np.array([0, 1, 3, 2, 2, 3, 0, 1, 2, 0]), np.array([2, 0, 3, 1, 1, 1, 0])]
PLAN = Plan(400, attention=True, resumable=True)
MODEL = random_model(layers=2, skip=True, alphabet="abc ")
WEIGHTS = Weights.of(MODEL)


def drawn(plan: Plan, seeds=(3, 4), texts=TEXTS) -> list[Trajectory]:
    generators = [np.random.default_rng(seed) for seed in seeds]
    return generate(WEIGHTS, MODEL.normalisation, GRID, generators, plan, texts)


@pytest.fixture(scope="module")
def whole() -> list[Trajectory]:
    return drawn(PLAN)


def assert_same(one: Trajectory, other: Trajectory) -> None:
    for name in ("points", "lifts", "raws", "attended", "weights"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    assert one.finished == other.finished
    assert one.starts.keys() == other.starts.keys()


@pytest.mark.parametrize("k", [0, 1])
def test_every_pen_lift_is_a_start_from_which_the_rest_is_the_same(whole, k):
    line = whole[k]
    assert list(line.starts) == (np.flatnonzero(line.lifts) + 1).tolist()
    ahead = [points for points in line.starts if line.attended[:points].max() < len(TEXTS[k]) - 1]
    assert len(ahead) > 3
    for points in ahead:
        start = line.starts[points]
        going_on = replace(PLAN, points=400 - points, resumed=[Resumed(start, points)])
        (rest,) = drawn(going_on, [3 + k], [TEXTS[k]])
        assert_same(line.until(points).followed_by(rest, GRID), line)


def test_sequences_of_a_batch_go_on_from_different_places_as_they_do_alone(whole):
    places = [list(line.starts)[1] for line in whole]
    resumed = [Resumed(line.starts[n], n) for line, n in zip(whole, places, strict=True)]
    together = drawn(replace(PLAN, limits=[400 - n for n in places], resumed=resumed))
    for line, n, rest in zip(whole, places, together, strict=True):
        assert_same(line.until(n).followed_by(rest, GRID), line)


def test_some_of_a_batch_begin_at_rest(whole):
    n = list(whole[0].starts)[2]
    resumed = [Resumed(whole[0].starts[n], n), Resumed(None)]
    rest, other = drawn(replace(PLAN, resumed=resumed))
    assert_same(whole[0].until(n).followed_by(rest, GRID), whole[0])
    assert_same(other, whole[1])


def test_a_sequence_stops_where_its_window_has_come_to_a_character(whole):
    stopped, other = drawn(replace(PLAN, resumed=[Resumed(None, stop=4), Resumed(None)]))
    reached = int((whole[0].attended >= 4).argmax())
    assert reached > 5
    assert (len(stopped.points), stopped.finished) == (reached, True)
    np.testing.assert_array_equal(stopped.points, whole[0].points[:reached])
    assert_same(other, whole[1])


def test_nothing_is_kept_unless_that_is_asked_for():
    assert all(not line.starts for line in drawn(replace(PLAN, resumable=False)))


def test_the_last_place_before_a_point(whole):
    line = whole[0]
    first, second, *_ = line.starts
    assert line.resumable(first - 1) == 0
    assert line.resumable(first) == line.resumable(second - 1) == first
    assert line.resumable(len(line.points)) == max(line.starts)


@given(first=st.integers(0, 3 * BLOCK))
@settings(deadline=None, max_examples=30)
def test_random_numbers_go_on_after_any_step(first):
    whole, part = (Noise(np.random.default_rng(7), 3, begun) for begun in (0, first))
    every = [np.concatenate(blocks) for blocks in zip(*(whole.block() for _ in range(5)), strict=True)]
    for all_steps, rest in zip(every, part.block(), strict=True):
        np.testing.assert_array_equal(all_steps[first : first + BLOCK], rest)
