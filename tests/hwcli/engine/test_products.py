"""Sequences that advance together and have the bits that they have alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_info

from handmade import random_model
from hwcli.alphabet import Alphabet
from hwcli.engine import products
from hwcli.engine.loop import Plan, generate
from hwcli.engine.lstm import Engine, Weights
from hwcli.engine.products import FEWEST, ROWS, BySequence, InBlocks, block_rows, has_small_kernels
from hwcli.engine.threads import one_blas_thread

ABC = Alphabet("abc")


@given(st.integers(1, 300), st.integers(1, 70), st.integers(1, 9), st.sampled_from([np.float32, np.float64]))
@settings(max_examples=60, deadline=None)
def test_products_are_those_of_each_vector(height, width, batch, dtype):
    random = np.random.default_rng(height * width)
    weight, read = (random.standard_normal(s).astype(dtype) for s in ((height, width), (width, batch)))
    with one_blas_thread():
        rows = block_rows(weight)
        out = np.empty((height, batch), dtype)
        assert BySequence(weight, rows, batch).dot(read, out) is out
        np.testing.assert_array_equal(BySequence(weight, rows, batch).dot(read), out)
        for k in range(batch):
            np.testing.assert_array_equal(out[:, k], weight.dot(read[:, [k]].copy())[:, 0])
    assert height % rows == 0
    assert rows == height or FEWEST <= rows <= ROWS


@given(
    st.integers(1, 40).map(lambda k: 16 * k) | st.integers(1, 300),
    st.integers(1, 900),
    st.integers(2, 40),
    st.sampled_from([np.float32, np.float64]),
    st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_products_in_blocks_are_those_of_the_matrix(height, width, batch, dtype, has_kernels):
    random = np.random.default_rng(height * width)
    weight, read = (random.standard_normal(s).astype(dtype) for s in ((height, width), (width, batch)))
    with pytest.MonkeyPatch.context() as patch, one_blas_thread():
        patch.setattr(products, "has_small_kernels", lambda: has_kernels)
        out = np.full((height, batch), np.nan, dtype)
        assert InBlocks(weight, batch).dot(read, out) is out
        np.testing.assert_array_equal(InBlocks(weight, batch).dot(read), out)
        whole = weight.dot(read)
        exact = weight.astype(np.float64) @ read.astype(np.float64)
    np.testing.assert_allclose(out, exact, rtol=0, atol=np.finfo(dtype).eps * 4 * width)
    if not has_kernels:
        np.testing.assert_array_equal(out, whole)


def test_kernels_are_those_of_this_processor():
    libraries = [each for each in threadpool_info() if each["user_api"] == "blas"]
    known = {each.get("architecture") for each in libraries if each["internal_api"] == "openblas"}
    assert has_small_kernels() == bool(known & {"SkylakeX", "Cooperlake", "SapphireRapids"})


@pytest.mark.parametrize("hidden", [7, 16, 40])
@pytest.mark.parametrize("start_with", [0, 2])
def test_states_and_outputs_are_the_bits_of_each_alone(hidden, start_with):
    """Texts of several lengths, one of them twice; some steps in, the state is copied to another engine."""
    model = random_model(3, hidden, 3, skip=True, alphabet=ABC)
    weights, random = Weights.of(model), np.random.default_rng(1)
    texts = [np.array(text) for text in ([0], [1, 2, 0, 1, 1, 2, 0], [2, 2], [2, 2], [0, 1, 2, 0])]
    rows = random.standard_normal((40, 3, len(texts))).astype(np.float32)
    with one_blas_thread():
        together = Engine(weights, len(texts), texts, alone=True)
        alone = [Engine(weights, 1, [text]) for text in texts]
        for t, row in enumerate(rows):
            if t == start_with:
                copy = Engine(weights, len(texts), texts, alone=True)
                copy.state = together.state
                together = copy
            raw = together.step(row)
            for k, engine in enumerate(alone):
                np.testing.assert_array_equal(raw[:, k], engine.step(row[:, [k]])[:, 0])
                assert together.window.attended()[k] == engine.window.attended()[0]


@pytest.mark.parametrize("until", [0, 3])
def test_generated_sequences_are_the_bits_of_each_alone(until):
    """With limits of their own, which some of them reach before the end of their text."""
    model = random_model(2, 16, 3, skip=True, alphabet=ABC)
    weights, norm = Weights.of(model), model.normalisation
    texts = [np.array([0, 1, 2] * k) for k in (1, 9, 4, 4)]
    limits = (300, 40, 200, 12)

    def drawn(which: list[int]):
        generators = [np.random.default_rng([4, k]) for k in which]
        plan = Plan(max(limits[k] for k in which), until, limits=tuple(limits[k] for k in which))
        with one_blas_thread():
            return generate(weights, norm, 1e3, generators, plan, [texts[k] for k in which])

    together = drawn([0, 1, 2, 3])
    for k, ours in enumerate(together):
        (alone,) = drawn([k])
        for field in ("points", "lifts", "raws", "attended"):
            np.testing.assert_array_equal(getattr(ours, field), getattr(alone, field))
        assert ours.finished == alone.finished
    assert len({written.finished for written in together}) == 2
