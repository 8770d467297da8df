"""Weights in 16 and 8 bits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from handmade import random_model
from hwcli.engine.lstm import Weights
from hwcli.export.packing import COLUMNS, LOWEST, ROWS, packed, to_halves, writer_matrices

HALF = st.floats(-60000, 60000, width=16)


def from_halves(halves: np.ndarray, lowest: int) -> np.ndarray:
    """Return the numbers that halves stand for, by the formula of half.mjs."""
    exponent, mantissa = (halves >> 10 & 31).astype(int), (halves & 1023) / 1024
    size = np.where(exponent > 0, (1 + mantissa) * 2.0 ** (exponent + lowest), 0)
    return np.where(halves & 0x8000, -size, size)


@given(arrays(np.float16, 50, elements=st.floats(-15, 15, width=16)))
def test_half_of_every_float16_of_a_model_is_kept(numbers):
    wanted = numbers.astype(np.float64) / 2
    assert from_halves(to_halves(wanted, LOWEST), LOWEST).tolist() == wanted.tolist()


@given(arrays(np.float64, 20, elements=st.floats(-63, 63)))
def test_other_numbers_are_rounded_to_eleven_bits(numbers):
    error = np.abs(from_halves(to_halves(numbers, LOWEST), LOWEST) - numbers)
    assert (error <= np.maximum(np.abs(numbers) * 2.0**-11, 2.0**-25)).all()


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("scale", [1e-3, 1.0, 3000.0])
def test_matrices_are_there_in_the_given_precision(bits, scale):
    file = random_model(layers=2, hidden=18, skip=True, alphabet=" abc")
    for tensor in file.tensors.values():
        tensor *= scale
    weights = Weights.of(file)
    found = packed(writer_matrices(weights), bits, [np.arange(3, dtype=np.float32)])
    at = 0

    def take(dtype: str, count: int) -> np.ndarray:
        nonlocal at
        part = np.frombuffer(found.data, dtype, count, at)
        at += -(-part.nbytes // 4) * 4
        return part

    hidden, part = 18, weights.part
    ones = [[hidden], [hidden], [hidden], [hidden, part + hidden]]
    for matrix, (rows, columns), reads_one in zip(weights.matrices, found.sizes, ones, strict=True):
        assert rows % ROWS == columns % COLUMNS == 0
        bias = take("<f4", rows)
        np.testing.assert_array_equal(bias[: len(matrix)], matrix[:, reads_one[-1]])
        if bits == 16:
            halves = take("<u2", rows * columns).reshape(-1, 4, 2).swapaxes(1, 2)
            got = from_halves(halves, found.lowest).reshape(rows, columns)
            allowed = np.maximum(np.abs(matrix).max() * 2.0**-11, 0)
        else:
            steps = take("<f4", rows)
            got = take("<i1", rows * columns).reshape(rows, columns) * steps[:, None]
            allowed = np.abs(matrix).max() / 127
        rest = np.delete(matrix, reads_one, axis=1)
        np.testing.assert_allclose(got[: len(rest), : rest.shape[1]], rest, atol=allowed)
        assert not got[len(rest) :].any()
        assert not got[:, rest.shape[1] :].any()
    assert take("<f4", 3).tolist() == [0, 1, 2]
    assert at == len(found.data)
