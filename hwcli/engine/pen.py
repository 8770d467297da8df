"""The pen: from a mixture vector to the next point on the grid, for one sequence or for many.

Both choices, of the component and of whether the pen lifts, are by the largest of logits with Gumbel noise
(Gumbel 1954; Maddison et al. 2014, arXiv 1411.0030), which is a draw from their softmax without computing it.
The noise of a whole block of steps comes from one call of a sequence's own generator.
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


def roll(generators: Sequence[np.random.Generator], mixtures: int) -> tuple[Array, Array]:
    """The chances of the next BLOCK steps, each sequence's from its own generator.

    Gives (BLOCK, 1 + m, batch), noise for the logits of eos and of the components, and (BLOCK, 2, batch),
    normal numbers that go through the Cholesky factor of the chosen component's covariance.
    """
    choices, normals = [], []
    for generator in generators:
        waits = generator.standard_exponential((BLOCK, mixtures + 2), np.float32)
        gumbel = -np.log(np.maximum(waits, np.float32(1e-30)))
        gumbel[:, 1] -= gumbel[:, 0]  # to lift against not to lift: their difference decides
        choices.append(gumbel[:, 1:])
        normals.append(generator.standard_normal((BLOCK, 2), np.float32))
    return np.stack(choices, -1), np.stack(normals, -1)


class Pen:
    """Draws points from the predicted mixtures and writes them into the caller's arrays.

    The arrays are `step` (2, batch), whole steps on the grid, `lifts` (batch,), and `rows` (3, batch),
    the normalised input of the network's next step.

    `one` does for a batch of one what `many` does for any, in a fraction of the time.
    """

    def __init__(self, mixtures: int, norm: Normalisation, steering: Steering, grid: float) -> None:
        self.m, self.bias, self.grid = mixtures, steering.bias, grid
        self.spread = math.sqrt(steering.temperature)
        self.mean, self.std, self.narrowest = norm.mean, norm.std, norm.sigma_min
        self.scale = np.full((1 + mixtures, 1), (1 + steering.bias) / steering.temperature, np.float32)
        self.scale[0] = 1 / steering.temperature
        self._noisy = np.empty((1 + mixtures, 1), np.float32)
        self._components = self._noisy[1:, 0]
        self.places = (1 + mixtures + mixtures * np.arange(5))[:, None]

    def one(
        self,
        raw: Array,
        choice: Array,
        normal: Array,
        step: NDArray[np.int64],
        lifts: NDArray[np.bool_],
        rows: Array,
    ) -> None:
        """Draw from `raw` (6 m + 1, 1) with `choice` (1 + m, 1) and `normal` (2, 1)."""
        m, noisy, grid = self.m, self._noisy, self.grid
        np.multiply(raw[: 1 + m], self.scale, noisy)
        np.add(noisy, choice, noisy)
        k = 1 + m + int(self._components.argmax())
        at, exp = raw.item, math.exp
        sigma_x = (self.narrowest[0] + exp(min(at(k + 2 * m), LOG_SIGMA_MAX) - self.bias)) * self.spread
        sigma_y = (self.narrowest[1] + exp(min(at(k + 3 * m), LOG_SIGMA_MAX) - self.bias)) * self.spread
        rho = RHO_MAX * math.tanh(at(k + 4 * m))
        n_x, n_y = normal.item(0), normal.item(1)
        x = at(k) + sigma_x * n_x
        y = at(k + m) + sigma_y * (rho * n_x + math.sqrt(1 - rho * rho) * n_y)
        (mean_x, mean_y), (std_x, std_y) = self.mean, self.std
        step_x, step_y = round((x * std_x + mean_x) * grid), round((y * std_y + mean_y) * grid)
        step[0, 0], step[1, 0] = step_x, step_y
        rows[0, 0], rows[1, 0] = (step_x / grid - mean_x) / std_x, (step_y / grid - mean_y) / std_y
        rows[2, 0] = lifts[0] = noisy.item(0) > 0

    def many(
        self,
        raw: Array,
        choice: Array,
        normal: Array,
        step: NDArray[np.int64],
        lifts: NDArray[np.bool_],
        rows: Array,
    ) -> None:
        """Draw from `raw` (6 m + 1, batch) with `choice` (1 + m, batch) and `normal` (2, batch)."""
        noisy = raw[: 1 + self.m] * self.scale
        noisy += choice
        chosen = noisy[1:].argmax(0)
        picked = raw[self.places + chosen, np.arange(raw.shape[1])].astype(np.float64)  # mu, sigma^, rho^
        sigma = np.exp(np.minimum(picked[2:4], LOG_SIGMA_MAX) - self.bias)
        sigma += np.array(self.narrowest)[:, None]
        sigma *= self.spread
        rho = RHO_MAX * np.tanh(picked[4])
        offsets = picked[:2]
        offsets[0] += sigma[0] * normal[0]
        offsets[1] += sigma[1] * (rho * normal[0] + np.sqrt(1 - rho**2) * normal[1])
        mean, std = np.array(self.mean)[:, None], np.array(self.std)[:, None]
        step[:] = np.rint((offsets * std + mean) * self.grid)
        rows[:2] = (step / self.grid - mean) / std
        rows[2] = lifts[:] = noisy[0] > 0

    def rest(self, step: NDArray[np.int64], rows: Array) -> None:
        """Take the last step back: the point lies where the one before it did."""
        step[:] = 0
        rows[:2] = -np.array(self.mean)[:, None] / np.array(self.std)[:, None]
