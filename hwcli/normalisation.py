"""The network's units: offsets less their mean, divided by their standard deviation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

START = (0.0, 0.0, 1.0)  # the row before the first: a pen that has just been lifted at the origin


@dataclass(frozen=True)
class Normalisation:
    """Offsets of the training split: mean and standard deviation by axis, and the step of their grid.

    The network sees (offset - mean) / std. `resolution` is the distance between possible coordinates where
    they lie on a grid (1 for whole tablet units), else 0.
    """

    mean: tuple[float, float]
    std: tuple[float, float]
    resolution: float

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Normalisation:
        """From JSON; KeyError, TypeError or ValueError where it does not fit."""
        (mean_x, mean_y), (std_x, std_y) = row["mean"], row["std"]
        norm = cls((float(mean_x), float(mean_y)), (float(std_x), float(std_y)), float(row["resolution"]))
        if not np.isfinite([*norm.mean, *norm.std, norm.resolution]).all():
            raise ValueError("statistics that are not finite")
        if min(norm.std) <= 0 or norm.resolution < 0:
            raise ValueError("a standard deviation that is not above 0")
        return norm

    @property
    def sigma_min(self) -> tuple[float, float]:
        """The narrowest standard deviation of a component, in normalised units.

        Half a grid step: on a grid a density can be made arbitrarily large by collapsing sigma. Where there
        is no grid, a thousandth of the standard deviation.
        """
        floor = [max(0.5 * self.resolution / s, 1e-3) for s in self.std]
        return floor[0], floor[1]


def normalise(rows: NDArray[np.floating], norm: Normalisation) -> NDArray[np.float32]:
    """(…, 3) rows of (dx, dy, eos) with the offsets as the network sees them."""
    out = np.array(rows, dtype=np.float32)
    out[..., :2] -= np.array(norm.mean, np.float32)
    out[..., :2] /= np.array(norm.std, np.float32)
    return out
