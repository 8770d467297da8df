"""A trained model to sample from and to score with: what `hwcli.load_model` gives."""

from __future__ import annotations

import math
import secrets
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from hwcli.dataset.windows import START, normalise
from hwcli.errors import HwError
from hwcli.model.file import ModelFile
from hwcli.sampling.engine import Engine
from hwcli.sampling.mixture import Steering, draw, mixture
from renderers.ink import Ink, Prediction

BATCH = 64  # samples that advance together; more gain little and hold more predictions in memory
FARTHEST = 1e6  # standard deviations; beyond it an offset is no handwriting in the model's units
BLOCK = 256  # steps whose random numbers are drawn at once


def fresh_seed() -> int:
    """A seed for whoever gave none: short enough to type."""
    return secrets.randbelow(2**32)


class Model:
    """A network with its units. Sampling and scoring run in NumPy on the CPU."""

    def __init__(self, file: ModelFile, name: str) -> None:
        self.file = file
        self.name = name
        std = min(file.normalisation.std)
        # samples lie on a decimal grid, so that ink is short to write down and reads back to the very numbers
        # that the network was fed; no coarser than float32's own noise, which it would make larger
        self.decimals = int(np.clip(5 - math.floor(math.log10(std)), 0, 12))

    def __repr__(self) -> str:
        s = self.file.shape
        return (
            f"<Model {self.name}: {self.file.kind}, {s.layers} x {s.hidden}, {s.mixtures} mixtures, "
            f"{self.file.parameters:,} weights>"
        )

    def sample(
        self, points: int = 700, seed: int | None = None, bias: float = 0.0, temperature: float = 1.0
    ) -> Ink:
        """One sample of `points` points, with its predictions. Without a seed one is drawn, and stored."""
        return self.sample_many(1, points, seed, bias, temperature)[0]

    def sample_many(
        self,
        count: int,
        points: int = 700,
        seed: int | None = None,
        bias: float = 0.0,
        temperature: float = 1.0,
    ) -> list[Ink]:
        """`count` samples; see `samples`."""
        return list(self.samples(count, points, seed, bias, temperature))

    def samples(
        self,
        count: int,
        points: int = 700,
        seed: int | None = None,
        bias: float = 0.0,
        temperature: float = 1.0,
    ) -> Iterator[Ink]:
        """`count` samples, one after another as they are done.

        Sample k of a seed has a generator of its own and does not depend on how many are drawn, and a longer
        sample begins as the shorter one does. ValueError for a number that makes no sense.
        """
        _check(count=count, points=points, seed=seed, bias=bias, temperature=temperature)
        seed = fresh_seed() if seed is None else seed
        steering = Steering(bias, temperature)
        for first in range(0, count, BATCH):
            numbers = range(first, min(first + BATCH, count))
            with _threads_for(len(numbers)):
                inks = self._batch(numbers, points, seed, steering)
            yield from inks

    def _batch(self, numbers: range, points: int, seed: int, steering: Steering) -> list[Ink]:
        norm = self.file.normalisation
        batch = len(numbers)
        engine = Engine(self.file, batch)
        sigma_min = np.array(norm.sigma_min, np.float32)
        mean, std = np.array(norm.mean), np.array(norm.std)
        grid = 10.0**self.decimals
        generators = [np.random.default_rng([seed, k]) for k in numbers]
        raws = np.empty((points, batch, self.file.shape.outputs), np.float32)
        ticks = np.zeros((points, batch, 2), np.int64)  # positions on the grid
        ends = np.zeros((points, batch), bool)
        rows = np.repeat(normalise(np.array([START]), norm), batch, axis=0)
        units = np.zeros((batch, 3))
        for t in range(points):
            if t % BLOCK == 0:
                uniform = np.stack([g.random((BLOCK, 2), np.float32) for g in generators], 1)
                normal = np.stack([g.standard_normal((BLOCK, 2), np.float32) for g in generators], 1)
            raw = engine.step(rows, out=raws[t])
            drawn = draw(raw, sigma_min, steering, uniform[t % BLOCK], normal[t % BLOCK])
            if t == 0:
                steps = np.zeros((batch, 2))  # the first point is where the ink begins
            else:
                steps = np.rint((drawn[:, :2] * std + mean) * grid)
                ticks[t] = ticks[t - 1] + steps.astype(np.int64)
            ends[t] = drawn[:, 2] > 0.5
            units[:, :2], units[:, 2] = steps / grid, ends[t]
            rows = normalise(units, norm)
        return [
            Ink.from_points(
                ticks[:, i] / grid,
                ends[:, i],
                prediction=self._prediction(raws[:, i], sigma_min, steering),
                id=f"{seed}-{number}",
                seed=seed,
                model=self.name,
            )
            for i, number in enumerate(numbers)
        ]

    def score(self, ink: Ink) -> Ink:
        """`ink` with the prediction that the model makes at every point, given all points before it.

        The ink's units are taken to be the model's. HwError for ink without a point, or far too large.
        """
        if not len(ink):
            raise HwError("there is no point in this ink to score")
        norm = self.file.normalisation
        if np.abs(ink.offsets[:, :2]).max() > FARTHEST * max(norm.std):
            hint = f"the model's typical step is {max(norm.std):.3g} units: scale the ink to that"
            raise HwError("this ink's steps are far too large for the model", hint)
        engine = Engine(self.file, 1)
        inputs = normalise(np.concatenate([[START], ink.offsets[:-1]]), norm)
        raws = np.empty((len(ink), 1, self.file.shape.outputs), np.float32)
        with _threads_for(1):
            for t, row in enumerate(inputs):
                engine.step(row, out=raws[t])
        prediction = self._prediction(raws[:, 0], np.array(norm.sigma_min, np.float32), Steering())
        about = {k: getattr(ink, k) for k in ("text", "id", "seed", "extra")}
        return Ink(strokes=ink.strokes, prediction=prediction, model=self.name, **about)

    def _prediction(
        self, raws: NDArray[np.float32], sigma_min: NDArray[np.float32], steering: Steering
    ) -> Prediction:
        """Mixture vectors (points, 6 m + 1) as the prediction of an ink, in its units."""
        norm = self.file.normalisation
        mix = mixture(raws, sigma_min, steering)
        std, mean = np.array(norm.std, np.float32), np.array(norm.mean, np.float32)
        arrays: dict[str, Any] = {
            "pi": mix.pi,
            "mu": mix.mu.swapaxes(1, 2) * std + mean,
            "sigma": mix.sigma.swapaxes(1, 2) * std,
            "rho": mix.rho,
        }
        # nothing was predicted about the first point's place: it stands at the origin by definition
        arrays["pi"][0] = 1 / self.file.shape.mixtures
        arrays["mu"][0] = 0
        arrays["sigma"][0] = np.array(norm.sigma_min, np.float32) * std
        arrays["rho"][0] = 0
        return Prediction(eos=mix.eos, **{k: np.ascontiguousarray(v) for k, v in arrays.items()})


def _threads_for(batch: int) -> threadpool_limits:
    """BLAS on one thread where the products are small: two that wait for each other are slower than one."""
    return threadpool_limits(1 if batch < 8 else None, user_api="blas")


def _check(count: int, points: int, seed: int | None, bias: float, temperature: float) -> None:
    if count < 1:
        raise ValueError(f"count should be at least 1, not {count}")
    if points < 1:
        raise ValueError(f"points should be at least 1, not {points}")
    if seed is not None and not 0 <= seed < 2**63:
        raise ValueError(f"seed should lie in 0 … 2^63 - 1, not {seed}")
    if not (math.isfinite(bias) and bias >= 0):
        raise ValueError(f"bias should be a number of at least 0, not {bias}")
    if not (math.isfinite(temperature) and temperature > 0):
        raise ValueError(f"temperature should be a number above 0, not {temperature}")
