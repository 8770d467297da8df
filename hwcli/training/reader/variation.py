"""Random changes to a line that a reader learns from: what tablets and hands vary in, and more of it.

The changes are made in heights of the handwriting, after `PenPath` has removed what it can.
"""

from __future__ import annotations

import numpy as np

from hwcli.reader.pen_path import PenPath

THINNED = 0.35  # share of the lines that lose points, as if a slower tablet had sampled them
KEPT_EVERY = (2, 3)  # which points of those remain: every second or every third
GRIDDED = 0.3  # share of the lines whose points are moved to a grid, as if a coarse tablet had measured them
GRID = (0.02, 0.2)  # its step, in heights
NOISE = 0.04  # the largest standard deviation of a point, in heights
SIZE, ASPECT = 0.18, 0.12  # standard deviations of the logarithms
SLANT, SLOPE = 0.25, 0.015  # standard deviations, in x per y and y per x
WAVE, WAVE_LENGTH = 0.3, (3.0, 14.0)  # the largest height of a baseline's wave; 2 pi lengths per wave


def varied(path: PenPath, strength: float, random: np.random.Generator) -> PenPath:
    """Return `path` with random changes; `strength` scales shares and sizes above, and 0 changes nothing."""
    if not strength:
        return path
    points, ends = path.points, path.ends
    if random.random() < THINNED * strength:
        begins = np.concatenate([[True], ends[:-1]])
        nth = np.arange(len(points)) % random.choice(KEPT_EVERY) == 0
        keep = begins | ends | nth
        points, ends = points[keep], ends[keep]
    if random.random() < GRIDDED * strength:
        step = random.uniform(*GRID)
        points = np.round(points / step) * step
    points = points + random.normal(0, random.uniform(0, NOISE * strength), points.shape)
    size, aspect = np.exp(random.normal(0, (SIZE * strength, ASPECT * strength)))
    slant, slope = random.normal(0, (SLANT * strength, SLOPE * strength))
    points = points @ (size * np.array([[aspect, slope], [slant, 1 / aspect]]))
    length, phase = random.uniform(*WAVE_LENGTH), random.uniform(0, 2 * np.pi)
    points[:, 1] += random.uniform(0, WAVE * strength) * np.sin(points[:, 0] / length + phase)
    return PenPath(points, ends)
