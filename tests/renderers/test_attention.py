"""Attention: a band of weights stands for all of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from renderers.attention import NEGLIGIBLE, Attention
from renderers.ink import Ink, InkError, Trace

DENSE = arrays(
    np.float32,
    st.tuples(st.integers(0, 12), st.integers(0, 9)),
    elements=st.floats(0, 1e6, width=32) | st.just(0.0),
)


@given(DENSE)
def test_only_negligible_weights_are_lost(dense):
    found = Attention.of(dense).dense(dense.shape[1])
    largest = dense.max(axis=1, initial=0, keepdims=True)
    assert np.all((found == dense) | ((found == 0) & (dense <= NEGLIGIBLE * largest)))


@given(DENSE, st.integers(0, 5))
def test_rows_are_chosen_moved_and_joined(dense, by):
    attention, characters = Attention.of(dense), dense.shape[1]
    kept = attention.dense(characters)
    order = np.arange(len(dense))[::-1]
    np.testing.assert_array_equal(attention.rows(order).dense(characters), kept[::-1])
    np.testing.assert_array_equal(attention.moved(by).dense(characters + by)[:, by:], kept)
    both = attention.then(attention.moved(by)).dense(characters + by)
    np.testing.assert_array_equal(both[: len(dense), :characters], kept)
    np.testing.assert_array_equal(both[len(dense) :, by:], kept)


def test_points_that_read_nothing_have_no_weight():
    attention = Attention.of([[0, 1], [1, 0]])
    assert attention.rows(np.array([-1, 1])).dense(2).tolist() == [[0, 0], [1, 0]]
    assert Attention.none(2).then(attention).dense(2).tolist() == [[0, 0], [0, 0], [0, 1], [1, 0]]


@pytest.mark.parametrize(
    ("first", "weights"),
    [
        ([0], [[1.0], [1.0]]),
        ([0.5], [[1.0]]),
        ([-1], [[1.0]]),
        ([0], [[-1.0]]),
        ([0], [[np.nan]]),
        ([0], [1.0]),
    ],
)
def test_what_cannot_be_weights_is_refused(first, weights):
    with pytest.raises(ValueError, match="attention"):
        Attention(np.array(first), np.array(weights))


def test_attention_of_other_points_is_refused():
    with pytest.raises(InkError, match="attention is given for 1 of 2 points"):
        Trace(np.array([0, 1]), attention=Attention.of([[1.0]]))
    assert Ink(([[0, 0]],)).attention is None
