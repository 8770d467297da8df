"""The pen: draws the next point on the grid from a mixture vector, for one sequence or for many.

The component and the pen lift are both chosen by the Gumbel-max trick: the largest of the logits with Gumbel
noise added (Gumbel 1954; Maddison et al. 2014, arXiv 1411.0030) is a draw from their softmax, which need not
be computed. The noise of a whole block of steps comes from one call of a sequence's own generator. The CUDA
twin of `draw_many` is in hwcli.engine.cuda.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwcli.engine.mixture import Steering
from hwcli.model.shape import LOG_SIGMA_MAX, RHO_MAX
from hwcli.normalisation import Normalisation

Array = NDArray[np.floating[Any]]
BLOCK = 256  # steps whose random numbers are drawn at once


def draw_noise(generators: Sequence[np.random.Generator], mixtures: int) -> tuple[Array, Array]:
    """Draw the random numbers of the next BLOCK steps, each sequence's from its own generator.

    Returns (BLOCK, 1 + m, batch), the noise added to the logits of eos and of the components, and
    (BLOCK, 2, batch), normal numbers for the offset (multiplied by the Cholesky factor of the covariance).
    """
    noise, normals = [], []
    for generator in generators:
        waits = generator.standard_exponential((BLOCK, mixtures + 2), np.float32)
        gumbel = -np.log(np.maximum(waits, np.float32(1e-30)))
        gumbel[:, 1] -= gumbel[:, 0]  # pen lift against no pen lift: only the difference matters
        noise.append(gumbel[:, 1:])
        normals.append(generator.standard_normal((BLOCK, 2), np.float32))
    return np.stack(noise, -1), np.stack(normals, -1)


class Noise:
    """The random numbers of one sequence, as `draw_noise` draws them, from step `first` on."""

    def __init__(self, generator: np.random.Generator, mixtures: int, first: int = 0) -> None:
        self._generator, self._mixtures = generator, mixtures
        for _ in range(first // BLOCK):
            self._drawn()
        self._rest = tuple(part[first % BLOCK :] for part in self._drawn()) if first % BLOCK else None

    def block(self) -> tuple[Array, Array]:
        """Return those of the next BLOCK steps, (BLOCK, 1 + m, 1) and (BLOCK, 2, 1)."""
        drawn = self._drawn()
        if self._rest is None:
            return drawn
        both = [np.concatenate(pair) for pair in zip(self._rest, drawn, strict=True)]
        self._rest = both[0][BLOCK:], both[1][BLOCK:]
        return both[0][:BLOCK], both[1][:BLOCK]

    def _drawn(self) -> tuple[Array, Array]:
        return draw_noise([self._generator], self._mixtures)


class Pen:
    """Draws points from the predicted mixtures and writes them into the caller's arrays.

    The arrays are `step` (2, batch), whole steps on a grid of `grid` steps per unit; `lifts` (batch,); and
    `rows` (3, batch), the normalised input of the network's next step.

    `draw_one` gives the results of `draw_many` for a batch of one in a fraction of the time, but for the last
    bit of a hyperbolic tangent. `draw_each` draws from each of a batch as `draw_one` does.
    """

    def __init__(self, mixtures: int, norm: Normalisation, steering: Steering, grid: float) -> None:
        self.m, self.bias, self.grid = mixtures, steering.bias, grid
        self.spread = math.sqrt(steering.temperature)
        self.mean, self.std, self.sigma_min = norm.mean, norm.std, norm.sigma_min
        self.scale = np.full((1 + mixtures, 1), (1 + steering.bias) / steering.temperature, np.float32)
        self.scale[0] = 1 / steering.temperature
        self._noisy = np.empty((1 + mixtures, 1), np.float32)
        self._components = self._noisy[1:, 0]
        self.component_rows = (1 + mixtures + mixtures * np.arange(5))[:, None]

    def draw_one(
        self,
        raw: Array,
        noise: Array,
        normal: Array,
        step: NDArray[np.int64],
        lifts: NDArray[np.bool_],
        rows: Array,
    ) -> None:
        """Draw from `raw` (6 m + 1, 1) with `noise` (1 + m, 1) and `normal` (2, 1)."""
        m, noisy, grid = self.m, self._noisy, self.grid
        np.multiply(raw[: 1 + m], self.scale, noisy)
        np.add(noisy, noise, noisy)
        k = 1 + m + int(self._components.argmax())
        at, exp = raw.item, math.exp
        sigma_x = (self.sigma_min[0] + exp(min(at(k + 2 * m), LOG_SIGMA_MAX) - self.bias)) * self.spread
        sigma_y = (self.sigma_min[1] + exp(min(at(k + 3 * m), LOG_SIGMA_MAX) - self.bias)) * self.spread
        rho = RHO_MAX * math.tanh(at(k + 4 * m))
        n_x, n_y = normal.item(0), normal.item(1)
        x = at(k) + sigma_x * n_x
        y = at(k + m) + sigma_y * (rho * n_x + math.sqrt(1 - rho * rho) * n_y)
        (mean_x, mean_y), (std_x, std_y) = self.mean, self.std
        step_x, step_y = round((x * std_x + mean_x) * grid), round((y * std_y + mean_y) * grid)
        step[0, 0], step[1, 0] = step_x, step_y
        rows[0, 0], rows[1, 0] = (step_x / grid - mean_x) / std_x, (step_y / grid - mean_y) / std_y
        rows[2, 0] = lifts[0] = noisy.item(0) > 0

    def draw_each(self, *arrays: Any) -> None:
        """Draw from each sequence of a batch; the arrays are those of `draw_many`."""
        for k in range(arrays[0].shape[-1]):
            self.draw_one(*(array[..., k : k + 1] for array in arrays))

    def draw_many(
        self,
        raw: Array,
        noise: Array,
        normal: Array,
        step: NDArray[np.int64],
        lifts: NDArray[np.bool_],
        rows: Array,
    ) -> None:
        """Draw from `raw` (6 m + 1, batch) with `noise` (1 + m, batch) and `normal` (2, batch)."""
        noisy = raw[: 1 + self.m] * self.scale
        noisy += noise
        chosen = noisy[1:].argmax(0)
        picked = raw[self.component_rows + chosen, np.arange(raw.shape[1])]  # mu, sigma^, rho^
        picked = picked.astype(np.float64)
        sigma = np.exp(np.minimum(picked[2:4], LOG_SIGMA_MAX) - self.bias)
        sigma += np.array(self.sigma_min)[:, None]
        sigma *= self.spread
        rho = RHO_MAX * np.tanh(picked[4])
        offsets = picked[:2]
        offsets[0] += sigma[0] * normal[0]
        offsets[1] += sigma[1] * (rho * normal[0] + np.sqrt(1 - rho**2) * normal[1])
        mean, std = np.array(self.mean)[:, None], np.array(self.std)[:, None]
        step[:] = np.rint((offsets * std + mean) * self.grid)
        rows[:2] = (step / self.grid - mean) / std
        rows[2] = lifts[:] = noisy[0] > 0

    def stay(self, step: NDArray[np.int64], rows: Array, which: Sequence[int]) -> None:
        """Undo the last step of `which` sequences: the point stays where the one before it is."""
        step[:, which] = 0
        rows[:2, which] = -np.array(self.mean)[:, None] / np.array(self.std)[:, None]
