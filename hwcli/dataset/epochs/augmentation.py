"""Random changes to the handwriting of a line: slant, size, proportions and rotation.

Each is a linear map of the plane, so it can be applied to the offsets of any part of a line.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

SLANT = 0.25  # standard deviation of the shear, in x per y: some 14 degrees
SIZE = 0.10  # of the logarithm of the size
ASPECT = 0.10  # of the logarithm of width to height
ROTATION = 0.03  # radians: some 2 degrees


@lru_cache(4096)  # a line is read in many parts
def random_map(strength: float, *seed: int) -> NDArray[np.float64]:
    """Return a matrix (2, 2) that changes offsets (dx, dy); `strength` scales the deviations above.

    The same `seed` gives the same matrix.
    """
    deviations = strength * np.array([SLANT, SIZE, ASPECT, ROTATION])
    slant, size, aspect, angle = np.random.default_rng(seed).normal(0, deviations)
    shear = np.array([[1, slant], [0, 1]])
    scale = np.diag(np.exp([size + aspect / 2, size - aspect / 2]))
    cos, sin = math.cos(angle), math.sin(angle)
    result: NDArray[np.float64] = np.array([[cos, -sin], [sin, cos]]) @ shear @ scale
    return result
