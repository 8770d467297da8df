"""Mean and deviation of offsets, from sums over lines, so that lines need not be in memory together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwcli.normalisation import Normalisation

SUMS = 5  # number of offsets, sums of dx and dy, and of their squares


def line_sums(rows: NDArray[Any], starts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the sums of each line, (lines, SUMS), without its first row, which is not an offset.

    Line k has the rows `starts[k]` … `starts[k + 1] - 1` of `rows` (points, 3).
    """
    if len(starts) < 2:
        return np.zeros((0, SUMS))
    offsets = rows[:, :2].astype(np.float64)
    offsets[starts[:-1]] = 0
    sums = np.add.reduceat(np.hstack([offsets, offsets**2]), starts[:-1], axis=0)
    return np.column_stack([np.diff(starts) - 1.0, sums])


def normalisation_of(sums: NDArray[np.float64], resolution: float = 0.0) -> Normalisation:
    """Return the statistics of offsets with these sums, (SUMS,)."""
    count = max(sums[0], 1.0)
    mean = sums[1:3] / count
    std = np.sqrt(np.maximum(sums[3:] / count - mean**2, 0.0))
    std[std < 1e-6 * np.maximum(1.0, np.abs(mean))] = 1.0  # a constant coordinate has no scale
    return Normalisation((float(mean[0]), float(mean[1])), (float(std[0]), float(std[1])), resolution)


def normalisation(
    offsets: NDArray[Any], starts: NDArray[np.int64], chosen: Sequence[int], resolution: float = 0.0
) -> Normalisation:
    """Return the statistics of the lines `chosen`."""
    return normalisation_of(line_sums(offsets, starts)[list(chosen)].sum(0), resolution)
