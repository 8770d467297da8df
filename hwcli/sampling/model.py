"""A trained model to sample from and to score with: what `hwcli.load_model` gives."""

from __future__ import annotations

import math
import secrets
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hwcli.dataset.windows import START, normalise
from hwcli.errors import HwError
from hwcli.model.file import ModelFile
from hwcli.sampling.engine import Engine, Weights
from hwcli.sampling.fit import Size, fitted
from hwcli.sampling.mixture import Steering, eos_log_probability, mixture, offset_log_density
from hwcli.sampling.prime import Primed
from hwcli.sampling.side_by_side import one_blas_thread, write_side_by_side
from hwcli.sampling.writer import Begin, Plan, Written
from renderers.ink import Ink, Prediction

if TYPE_CHECKING:
    import torch

Array = NDArray[np.floating[Any]]
BATCH = 64  # samples that advance together; more gain little and hold more predictions in memory
BATCH_CUDA = 4096
FIRST = 8  # of them in the first batch: a reader who waits gets something soon
HELD = 1 << 28  # bytes of mixture vectors that a batch may hold
FAR = 3.0  # times as large as the lines learned from: more than hands differ
FARTHEST = 1e6  # standard deviations; beyond it an offset is no handwriting in the model's units


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

    @cached_property
    def weights(self) -> Weights:
        """The weights as the engine reads them."""
        return Weights.of(self.file)

    def far_from(self, ink: Ink) -> float | None:
        """How many times as large as the model's lines `ink` is, where that is far from 1; else None.

        None also where it cannot be known at once: ink without an extent, a model that keeps no sizes.
        """
        size = Size.of(ink)
        if size is None or "hand" not in self.file.about:
            return None
        times = size.height / self.size.height
        return None if 1 / FAR < times < FAR else times

    @cached_property
    def size(self) -> Size:
        """How large and how densely the model writes: of its training lines, else of samples."""
        if (row := self.file.about.get("hand")) is not None:
            try:
                return Size.from_json(row)
            except (KeyError, TypeError, ValueError) as error:
                raise HwError(f"{self.name}: the size of its hand is damaged ({error})") from None
        sizes = [Size.of(ink) for ink in self.sample_many(8, points=400, seed=0, predictions=False)]
        found = [size for size in sizes if size is not None]
        if not found:
            raise HwError(f"{self.name} draws nothing whose size could be measured", "train it for longer")
        return Size.typical(found)

    def sample(self, points: int = 700, seed: int | None = None, bias: float = 0.0, **more: Any) -> Ink:
        """One sample, with its predictions; see `samples`. Without a seed one is drawn, and stored."""
        return self.sample_many(1, points, seed, bias, **more)[0]

    def sample_many(
        self, count: int, points: int = 700, seed: int | None = None, bias: float = 0.0, **more: Any
    ) -> list[Ink]:
        """`count` samples; see `samples`."""
        return list(self.samples(count, points, seed, bias, **more))

    def samples(
        self,
        count: int,
        points: int = 700,
        seed: int | None = None,
        bias: float = 0.0,
        temperature: float = 1.0,
        until: int = 0,
        prime: Ink | None = None,
        keep_prime: bool = True,
        predictions: bool = True,
        device: str = "cpu",
    ) -> Iterator[Ink]:
        """`count` samples, one after another as they are done.

        Sample k of a seed has a generator of its own and does not depend on how many are drawn, and a longer
        sample begins as the shorter one does. `points` is the most; with `until`, a sample ends with that
        pen-lift. A `prime` is real ink that the samples go on from, in its hand and its units, brought to the
        model's size by measuring it; they begin with it unless `keep_prime` is false, and `points` and
        `until` count what is new. On a `device` cuda the same chances are drawn in torch, thousands side by
        side. ValueError for a number that makes no sense, HwError for a prime that cannot be measured.
        """
        _check(count=count, points=points, seed=seed, bias=bias, temperature=temperature, until=until)
        seed = fresh_seed() if seed is None else seed
        primed = None if prime is None else self._primed(prime, Steering(bias, temperature), predictions)
        plan = Plan(points, until, Steering(bias, temperature), predictions, primed.begin if primed else None)
        outputs = self.file.shape.outputs if predictions else 6
        gpu = _gpu(device)
        at_once, soon = (BATCH_CUDA, BATCH_CUDA) if gpu else (BATCH, FIRST)
        largest = max(min(at_once, HELD // (points * outputs * 4)), 1)
        first = 0
        while first < count:
            numbers = range(first, min(first + (largest if first else min(largest, soon)), count))
            generators = [np.random.default_rng([seed, k]) for k in numbers]
            done = self._written(generators, plan, gpu)
            for number, written in zip(numbers, done, strict=True):
                about = {"id": f"{seed}-{number}", "seed": seed, "model": self.name}
                yield self._ink(written, plan.steering, primed, keep_prime, about)
            first = numbers.stop

    def _written(
        self, generators: Sequence[np.random.Generator], plan: Plan, gpu: torch.device | None
    ) -> list[Written]:
        task = (self.weights, self.file.normalisation, 10.0**self.decimals, generators, plan)
        if gpu is not None:
            from hwcli.sampling import on_torch

            return on_torch.write(*task, gpu)
        return write_side_by_side(*task)

    def _ink(
        self,
        written: Written,
        steering: Steering,
        primed: Primed | None,
        keep_prime: bool,
        about: dict[str, Any],
    ) -> Ink:
        prediction = None
        if written.raws is not None:
            factor = primed.factor if primed else 1.0
            prediction = self._prediction(written.raws, steering, factor, from_origin=primed is None)
        if primed is None:
            return Ink.from_points(written.points, written.lifts, prediction=prediction, **about)
        places = primed.ink.points[-1] + written.points / primed.factor
        after = Ink.from_points(places, written.lifts, prediction=prediction, **about)
        return primed.then(after) if keep_prime else after

    def _primed(self, prime: Ink, steering: Steering, predictions: bool) -> Primed:
        """The network's state after it has read `prime`."""
        if len(prime) < 2 or (fit := fitted(prime, self.size)) is None:
            raise HwError(
                "the prime has no extent: its size cannot be measured", "prime with a word or a line of ink"
            )
        ink, factor = fit
        self._check_steps(ink, 1.0, "a point of the prime lies far from all others: leave it out")
        rows, raws, engine = self._read(ink)
        begin = Begin(engine.state, rows[-1])
        told = self._prediction(raws, steering, factor, from_origin=True) if predictions else None
        # its own points where they were left as they are, to the last digit
        strokes = prime.strokes if len(ink) == len(prime) else tuple(s / factor for s in ink.strokes)
        return Primed(begin, Ink(strokes=strokes, prediction=told), factor)

    def score(self, ink: Ink, fit: bool = False) -> Ink:
        """`ink` with the prediction that the model makes at every point, given all points before it.

        Its `extra` says the `log_loss` by protocol `graves`: `nats`, the sum over the offsets of points 2 to
        n and all end-of-stroke terms, offsets normalised, and `nats_per_point`. The ink's units are taken to
        be the model's, unless it is to be brought to its size (`fit`; by the measured `factor`). HwError for
        ink without a point, far too large, or without an extent to measure.
        """
        if not len(ink):
            raise HwError("there is no point in this ink to score")
        factor = self._factor(ink) if fit else 1.0
        norm = self.file.normalisation
        hint = f"the model's typical step is {max(norm.std):.3g} units: scale the ink to that, or --fit"
        self._check_steps(ink, factor, "a point lies far from all others: leave it out" if fit else hint)
        rows, raws, _ = self._read(Ink(strokes=tuple(s * factor for s in ink.strokes)))
        mix = mixture(raws, np.array(norm.sigma_min, np.float32))
        log_p = offset_log_density(mix, rows[1:, :2])[1:].sum(dtype=np.float64)
        log_p += eos_log_probability(raws, rows[1:, 2]).sum(dtype=np.float64)
        log_loss = {"nats": -float(log_p), "nats_per_point": -float(log_p) / len(ink)}
        if fit:
            log_loss["factor"] = factor
        prediction = self._prediction(raws, Steering(), factor, from_origin=True)
        about = {k: getattr(ink, k) for k in ("text", "id", "seed")}
        extra = {**ink.extra, "log_loss": log_loss}
        return Ink(strokes=ink.strokes, prediction=prediction, model=self.name, extra=extra, **about)

    def _check_steps(self, ink: Ink, factor: float, hint: str) -> None:
        with np.errstate(over="ignore"):  # infinitely far is too far
            farthest = np.abs(ink.offsets[:, :2]).max() * factor
        if not farthest <= FARTHEST * max(self.file.normalisation.std):
            raise HwError("this ink's steps are far too large for the model", hint)

    def _factor(self, ink: Ink) -> float:
        size = Size.of(ink)
        if size is None:
            raise HwError(
                "this ink has no extent: its size cannot be measured", "leave it in the model's units"
            )
        return self.size.height / size.height

    def _read(self, ink: Ink) -> tuple[NDArray[np.float32], NDArray[np.float32], Engine]:
        """Run the network over given ink, in the model's units.

        Gives the rows (n + 1, 3), normalised, the start first; the mixture vectors (n, 6 m + 1) that predict
        all but the first; and the engine, which has read all but the last.
        """
        rows = normalise(np.concatenate([[START], ink.offsets]), self.file.normalisation)
        raws = np.empty((len(ink), self.file.shape.outputs), np.float32)
        engine = Engine(self.weights, 1)
        with one_blas_thread():
            for row, raw in zip(rows[:-1], raws, strict=True):
                engine.step(row[:, None], raw[:, None])
        return rows, raws, engine

    def _prediction(self, raws: Array, steering: Steering, factor: float, from_origin: bool) -> Prediction:
        """Mixture vectors (points, 6 m + 1) as the prediction of an ink, in the model's units by `factor`."""
        norm = self.file.normalisation
        mix = mixture(raws, np.array(norm.sigma_min, np.float32), steering)
        std, mean = np.array(norm.std, np.float32) / factor, np.array(norm.mean, np.float32) / factor
        arrays: dict[str, Any] = {
            "pi": mix.pi,
            "mu": mix.mu.swapaxes(1, 2) * std + mean,
            "sigma": mix.sigma.swapaxes(1, 2) * std,
            "rho": mix.rho,
        }
        if from_origin:  # nothing was predicted about the first point's place: it stands there by definition
            arrays["pi"][0] = 1 / self.file.shape.mixtures
            arrays["mu"][0] = 0
            arrays["sigma"][0] = np.array(norm.sigma_min, np.float32) * std
            arrays["rho"][0] = 0
        return Prediction(eos=mix.eos, **{k: np.ascontiguousarray(v) for k, v in arrays.items()})


def _gpu(name: str) -> torch.device | None:
    """The GPU called `name`, None where that comes to the CPU, whose engine needs no torch."""
    if name == "cpu":
        return None
    from hwcli.training.device import choose_device

    device = choose_device(name)
    return device if device.type == "cuda" else None


def _check(count: int, points: int, seed: int | None, bias: float, temperature: float, until: int) -> None:
    if count < 1:
        raise ValueError(f"count should be at least 1, not {count}")
    if points < 1:
        raise ValueError(f"points should be at least 1, not {points}")
    if until < 0:
        raise ValueError(f"until should be at least 0, not {until}")
    if seed is not None and not 0 <= seed < 2**63:
        raise ValueError(f"seed should lie in 0 … 2^63 - 1, not {seed}")
    if not (math.isfinite(bias) and bias >= 0):
        raise ValueError(f"bias should be a number of at least 0, not {bias}")
    if not (math.isfinite(temperature) and temperature > 0):
        raise ValueError(f"temperature should be a number above 0, not {temperature}")
