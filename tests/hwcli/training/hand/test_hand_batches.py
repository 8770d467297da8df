"""Batches of whole lines: each point is a target once, and its loss is that of the engine."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest
import torch

from handmade import random_model, wander
from hwcli.network.network import Network
from hwcli.sampling.model import Model
from hwcli.training.hand.batches import endlessly, side_by_side, windows
from hwcli.training.loss import log_loss
from renderers.ink import Ink

TEXTS = ("a cab", "b", "cab cab cab")
INKS = [Ink(strokes=tuple(wander(n, seed=n)), text=text) for n, text in zip((40, 9, 64), TEXTS, strict=True)]


def test_lines_side_by_side_in_windows_lose_what_the_engine_says():
    model = Model(random_model(alphabet="abc ", seed=1), "m")
    network, batch = Network.of(model.file).eval(), side_by_side(model.file, model.told, INKS)
    state, nats, points = network.zero_state(3), torch.zeros(3), 0
    parts = list(windows(batch, 16))
    with torch.no_grad():
        for window in parts:
            raw, state = network(window.inputs, window.reset, state, window.text)
            nats += log_loss(raw, window, network.sigma_min).sum(0)
            points += window.points
    assert len(parts) > 2
    assert points == batch.points == sum(map(len, INKS))
    expected = [model.score(ink).extra["log_loss"]["nats"] for ink in INKS]
    np.testing.assert_allclose(nats, expected, rtol=1e-4)


def test_a_nearly_empty_window_is_left_out():
    model = Model(random_model(alphabet="abc ", seed=1), "m")
    assert [part.points for part in windows(side_by_side(model.file, model.told, INKS), 60)] == [109]


def test_the_network_is_told_the_manner_of_the_model_at_every_step():
    model = Model(random_model(alphabet="abc ", seed=1, sources=("neat", "rough")), "m")
    model.source = "neat=1.5"
    inputs = side_by_side(model.file, model.told, INKS[:1]).inputs
    assert inputs[..., 3:].unique(dim=1).squeeze().tolist() == [[1.5, 0.0]] * 40


@pytest.mark.parametrize("count", [1, 3, 7])
def test_each_line_comes_as_often_as_the_others_in_an_order_of_the_seed(count):
    lines = [Ink(strokes=([[0, 0], [1, k]],), id=str(k)) for k in range(count)]
    ids = [ink.id for ink in islice(endlessly(lines, 3), 4 * count)]
    assert all(ids.count(str(k)) == 4 for k in range(count))
    assert ids == [ink.id for ink in islice(endlessly(lines, 3), 4 * count)]
    if count == 7:
        assert ids != [ink.id for ink in islice(endlessly(lines, 4), 4 * count)]
    assert list(endlessly([], 3)) == []
