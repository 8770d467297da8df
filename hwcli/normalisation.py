"""The network's units: offsets minus their mean, divided by their standard deviation."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwcli.typed_data import DamageError, record

START = (0.0, 0.0, 1.0)  # the row before the first one: the pen has just been lifted, at the origin


@dataclass(frozen=True)
class Normalisation:
    """The units of a network, which sees (offset - mean) / std; all pairs are for x and y."""

    mean: tuple[float, float]  # of the training offsets
    std: tuple[float, float]
    resolution: float  # grid step of the coordinates (1: whole tablet units); 0 if they are on no grid

    @classmethod
    def of(cls, row: Any) -> Normalisation:
        """Return the normalisation in a JSON object; DamageError if it has none."""
        norm = record(cls, row, "statistics")
        if min(norm.std) <= 0 or norm.resolution < 0:
            raise DamageError("a standard deviation must be above 0")
        return norm

    @property
    def decimals(self) -> int:
        """Decimals of the grid on which samples lie.

        On a grid, ink is short to write down and reads back as the very numbers that the network was fed. It
        is no coarser than float32's own noise.
        """
        return int(np.clip(5 - math.floor(math.log10(min(self.std))), 0, 12))

    @property
    def sigma_min(self) -> tuple[float, float]:
        """The smallest standard deviation of a mixture component, for x and y, in normalised units.

        Half a grid step, since on a grid a collapsing sigma makes the density arbitrarily large; without a
        grid, a thousandth of the standard deviation.
        """
        floor = [max(0.5 * self.resolution / s, 1e-3) for s in self.std]
        return floor[0], floor[1]


def normalise(rows: NDArray[np.floating], norm: Normalisation) -> NDArray[np.float32]:
    """Return `rows`, (…, 3) of (dx, dy, eos), with normalised offsets."""
    out = np.array(rows, dtype=np.float32)
    out[..., :2] -= np.array(norm.mean, np.float32)
    out[..., :2] /= np.array(norm.std, np.float32)
    return out
