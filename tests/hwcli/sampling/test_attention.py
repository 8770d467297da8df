"""Samples keep the weights of the window over their text, if they are asked to."""

from __future__ import annotations

import numpy as np
import pytest

from handmade import random_model
from hwcli.ink_io import ndjson
from hwcli.ink_io.formats import parse
from hwcli.sampling.model import Model
from hwcli.sampling.options import SampleOptions
from renderers.ink import Ink

ABC = "abc ."
ATTENTION = SampleOptions(attention=True, tries=1)
TEXTS = ["a", "abc cab", "c. b", "abcabcabc abc."]


@pytest.fixture(scope="module")
def model() -> Model:
    model = Model(random_model(layers=2, skip=True, alphabet=ABC), "m")
    model.reader = None
    return model


def attended(ink: Ink) -> np.ndarray:
    """Return the character with the most weight at each point, (points,)."""
    assert ink.attention is not None
    return ink.attention.dense(len(ink.text)).argmax(axis=1)


def test_the_heaviest_character_is_that_of_the_trace(model):
    for ink in model.samples(2, 1, ATTENTION, text=TEXTS):
        inside = attended(ink)
        assert len(inside) == len(ink)
        # where the window is beyond the last character, the trace has the last one
        differ = inside != ink.trace.characters
        assert np.all(ink.trace.characters[differ] == len(ink.text) - 1)


def test_weights_are_left_out_by_default_and_change_nothing(model):
    (bare,) = model.samples(1, 1, SampleOptions(tries=1), text="abc cab")
    (ink,) = model.samples(1, 1, ATTENTION, text="abc cab")
    assert bare.attention is None
    np.testing.assert_array_equal(ink.points, bare.points)
    assert b'"attention"' not in ndjson.dump(bare)


def test_weights_do_not_depend_on_the_batch(model):
    together = list(model.samples(1, 1, ATTENTION, text=TEXTS))
    for number, (text, ink) in enumerate(zip(TEXTS, together, strict=True)):
        (one,) = model.samples(1, 1, ATTENTION, text=text, first_number=number)
        np.testing.assert_allclose(
            one.attention.dense(len(text)), ink.attention.dense(len(text)), rtol=1e-5, atol=1e-7
        )


@pytest.mark.parametrize("keep", [True, False])
def test_points_of_the_prime_have_no_weight(model, keep):
    (prime,) = model.samples(1, 2, SampleOptions(tries=1), text="abc")
    options = SampleOptions(attention=True, tries=1, keep_prime=keep)
    (ink,) = model.samples(1, 1, options, text="cab", prime=prime, prime_text="abc")
    assert len(ink.attention) == len(ink)
    primed = ink.extra.get("prime_points", 0)
    assert (primed > 0) == keep
    weights = ink.attention.dense(len(ink.text))
    assert not weights[:primed].any()
    assert weights[primed:].any()
    assert ink.text == ("abc cab" if keep else "cab")


def test_prediction_models_have_none():
    (ink,) = Model(random_model(), "m").samples(1, 1, SampleOptions(points=20, attention=True))
    assert ink.attention is None


def test_a_drawn_mark_has_no_weight_and_its_letter_keeps_its_own():
    import hwcli

    model = hwcli.load_model(kind="synthesis")
    ink = model.sample(text="é½", seed=1, bias=1, attention=True, tries=1)
    assert ink.text == "é½"
    assert len(ink.attention) == len(ink)
    weights = ink.attention.dense(2)
    assert (~weights.any(axis=1)).sum() > 0
    read = weights.any(axis=1)
    assert (weights[read].argmax(axis=1) == ink.trace.characters[read]).mean() > 0.8


def test_ndjson_keeps_the_bits(model):
    (ink,) = model.samples(1, 1, ATTENTION, text="abc cab")
    (found,) = parse(ndjson.dump(ink), "ink.ndjson")
    np.testing.assert_array_equal(found.attention.first, ink.attention.first)
    np.testing.assert_array_equal(found.attention.weights, ink.attention.weights)
    assert "attention" not in found.extra


@pytest.mark.parametrize(
    "value",
    [
        3,
        [],
        {"first": [0]},
        {"first": [0], "weights": [[1]]},
        {"first": [0, 0], "weights": [[1], [-1]]},
        {"first": ["a", "b"], "weights": [[1], [1]]},
        {"first": [0, 0], "weights": [[1], [1, 2]]},
        {"first": [0, 0], "weights": [[1], [None]]},
        {"first": [0, 1e300], "weights": [[1], [1]]},
        {"first": {}, "weights": {}},
        {"first": [0, 0], "weights": [["1"], ["1"]]},
        {"first": [0, 0], "weights": [[True], [True]]},
        {"first": [0, 0], "weights": [[1e39], [1]]},
    ],
)
def test_what_is_not_attention_is_kept_as_it_is(value):
    import orjson

    row = {"hw": 1, "strokes": [[[0, 0], [1, 1]]], "text": "ab", "characters": [0, 1], "attention": value}
    (found,) = parse(orjson.dumps(row), "ink.ndjson")
    assert found.attention is None
    assert found.extra["attention"] == value
