"""Rescales lines to the size of a model's, so that it can be trained further on them (hw train --from)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwcli.dataset.packing import Line
from hwcli.dataset.store import Dataset
from hwcli.errors import HwError
from hwcli.ink_size import DENSER, Size, resampled
from renderers.ink import Ink

SURVEY = 1000  # number of lines that the size of a dataset is measured on


def size_of_lines(dataset: Dataset, lines: Sequence[int]) -> Size | None:
    """Return the median size of evenly chosen `lines`; None if none of them has an extent."""
    chosen = lines[:: max(len(lines) // SURVEY, 1)]
    sizes = [size for line in chosen if (size := _size_of(dataset.line(line))) is not None]
    return Size.typical(sizes) if sizes else None


def fit_lines(lines: Sequence[Line], model: Size) -> tuple[list[Line], float]:
    """Return `lines` scaled so that their median height is the model's, and the factor.

    One factor for all lines keeps their differences in size. If the median spacing of their points is then
    far from the model's, strokes are resampled at even steps of time. HwError if no line has a measurable
    size.
    """
    sizes = [
        size for line in lines if line.offsets is not None and (size := _size_of(line.offsets)) is not None
    ]
    if not sizes:
        raise HwError("--fit cannot measure the ink: no line has a measurable size", "remove --fit")
    typical = Size.typical(sizes)
    factor = model.height / typical.height
    density = factor * typical.spacing / model.spacing
    if 1 / DENSER <= density <= DENSER:
        density = 1.0
    return [_fitted(line, factor, density) for line in lines], factor


def _size_of(offsets: NDArray[Any]) -> Size | None:
    return Size.of_points(offsets[:, :2].cumsum(0, dtype=np.float64), offsets[:, 2] > 0.5)


def _fitted(line: Line, factor: float, density: float) -> Line:
    if line.offsets is None:
        return line
    rows = line.offsets.astype(np.float64)
    if density != 1.0:
        rows = resampled(Ink.from_points(rows[:, :2].cumsum(0), rows[:, 2] > 0.5), density).offsets
    rows[:, :2] *= factor
    return replace(line, offsets=rows.astype(np.float32))
