"""Products of a matrix with the vectors of several sequences, each as it would be for one sequence alone.

BLAS adds in one order for a matrix times a vector, and in others for a matrix times a matrix, where the
number of vectors counts. The difference is float noise, but a sampled sequence feeds it back: after some
hundred points it chooses another component. So sequences that must not depend on each other are multiplied
one by one, block by block of the matrix: a block is then read from the processor's cache for all sequences.
"""

from __future__ import annotations

from functools import cache
from math import gcd
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_info

Array = NDArray[np.floating[Any]]
SMALL_KERNELS = ("SkylakeX", "Cooperlake", "SapphireRapids")  # OpenBLAS's architectures that have them
SMALL, SMALL_ROWS = 1_000_000, 32  # multiplications that they are for, at most; rows of a block
ROWS, FEWEST = 64, 16  # of a block: 64 rows of 1,000 float32 fit into a second-level cache


class BySequence:
    """A matrix (m, n) that multiplies the n numbers of each of `batch` sequences, `rows` rows at a time."""

    def __init__(self, weight: Array, rows: int, batch: int) -> None:
        height, width = weight.shape
        self._blocks = weight.reshape(height // rows, 1, rows, width)
        self._read = np.empty((batch, width, 1), weight.dtype)
        self._products = np.empty((batch, height), weight.dtype)
        self._by_block = self._products.reshape(batch, height // rows, rows, 1).swapaxes(0, 1)

    def dot(self, read: Array, out: Array | None = None) -> Array:
        """Multiply `read` (n, batch); return (m, batch), in `out` if given."""
        np.copyto(self._read[..., 0], read.T)
        np.matmul(self._blocks, self._read, self._by_block)
        if out is None:
            return np.ascontiguousarray(self._products.T)
        np.copyto(out, self._products.T)
        return out


class InBlocks:
    """A matrix (m, n) that multiplies `batch` vectors at once, a few rows at a time.

    OpenBLAS copies both factors of a product into another order first, which takes longer than multiplying by
    few vectors. Where it has kernels for small matrices, blocks of rows are small enough to be multiplied as
    they are: twice to four times as fast for two to eight vectors, and 1.4 times for sixteen.
    """

    def __init__(self, weight: Array, batch: int) -> None:
        height, width = weight.shape
        rows = gcd(height, SMALL_ROWS)
        fits = rows >= FEWEST and rows * width * batch <= SMALL and has_small_kernels()
        self._weight, self._shape = weight, (height // rows, rows, batch)
        self._blocks = weight.reshape(height // rows, rows, width) if fits else None

    def dot(self, read: Array, out: Array | None = None) -> Array:
        """Multiply `read` (n, batch); return (m, batch), in `out` if given."""
        if self._blocks is None or (out is not None and not out.flags.c_contiguous):
            return np.dot(self._weight, read, out)
        product = np.empty((len(self._weight), self._shape[2]), read.dtype) if out is None else out
        np.matmul(self._blocks, read, product.reshape(self._shape))
        return product


@cache
def has_small_kernels() -> bool:
    """Return whether NumPy's BLAS has kernels for small matrices: OpenBLAS on processors with AVX-512."""
    return any(
        library["internal_api"] == "openblas" and library.get("architecture") in SMALL_KERNELS
        for library in threadpool_info()
    )


def block_rows(weight: Array) -> int:
    """Return how many rows of `weight` a block may have so that products keep their bits."""
    rows = gcd(len(weight), ROWS)
    if rows < FEWEST:
        return len(weight)
    vectors = np.random.default_rng(0).standard_normal((weight.shape[1], 2)).astype(weight.dtype)
    whole, blocks = (BySequence(weight, height, 2).dot(vectors) for height in (len(weight), rows))
    return rows if np.array_equal(whole, blocks) else len(weight)
