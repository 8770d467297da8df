"""A trained model to sample from and to score with: what `hwcli.load_model` gives."""

from __future__ import annotations

import math
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cached_property
from itertools import chain, repeat
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hwcli.engine.loop import Plan, Start
from hwcli.engine.lstm import Engine, IntArray, Weights
from hwcli.engine.mixture import Steering, eos_log_probability, mixture, offset_log_density
from hwcli.engine.threads import one_blas_thread
from hwcli.errors import HwError
from hwcli.ink_size import Size, fitted
from hwcli.model.file import ModelFile
from hwcli.normalisation import START, normalise
from hwcli.sampling.drafter import Drafter
from hwcli.sampling.drafts import POINTS, Draft, Jobs
from hwcli.sampling.prime import Primed, astray
from hwcli.sampling.target_text import Script
from renderers.ink import Ink, Prediction

Array = NDArray[np.floating[Any]]
TRIES = 8  # of a sample of text, until one has no fault
FAR = 3.0  # times as large as the lines learned from: more than hands differ
FARTHEST = 1e6  # standard deviations; beyond it an offset is no handwriting in the model's units


def fresh_seed() -> int:
    """A seed for whoever gave none: short enough to type."""
    return secrets.randbelow(2**32)


class Reading(NamedTuple):
    """What the network made of given ink of n points."""

    rows: NDArray[np.float32]  # (n + 1, 3), normalised, the start first
    raws: NDArray[np.float32]  # (n, 6 m + 1), the mixture vectors that predict all rows but the first
    attended: IntArray  # (n,) the character that the window stood on; 0 for a network without one
    engine: Engine  # which has read all rows but the last


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
        text = None
        if self.file.alphabet is not None:
            text = "".join(c for c in self.file.alphabet.characters if not c.isspace())[-20:]
        inks = self.sample_many(8, points=400, seed=0, predictions=False, text=text, tries=1)
        sizes = [Size.of(ink) for ink in inks]
        found = [size for size in sizes if size is not None]
        if not found:
            raise HwError(f"{self.name} draws nothing whose size could be measured", "train it for longer")
        return Size.typical(found)

    def sample(
        self, points: int | None = None, seed: int | None = None, bias: float = 0.0, **more: Any
    ) -> Ink:
        """One sample, with its predictions; see `samples`. Without a seed one is drawn, and stored."""
        return self.sample_many(1, points, seed, bias, **more)[0]

    def sample_many(
        self, count: int, points: int | None = None, seed: int | None = None, bias: float = 0.0, **more: Any
    ) -> list[Ink]:
        """`count` samples; see `samples`."""
        return list(self.samples(count, points, seed, bias, **more))

    def samples(
        self,
        count: int,
        points: int | None = None,
        seed: int | None = None,
        bias: float = 0.0,
        temperature: float = 1.0,
        until: int = 0,
        prime: Ink | None = None,
        keep_prime: bool = True,
        predictions: bool = True,
        device: str = "cpu",
        text: str | Iterable[str] | None = None,
        prime_text: str | None = None,
        fold: bool = False,
        tries: int = TRIES,
        first_number: int = 0,
    ) -> Iterator[Ink]:
        """`count` samples, one after another as they are done.

        Sample k of a seed, counted from `first_number` on, has a generator of its own and does not depend on
        how many are drawn, and a longer sample begins as the shorter one does. `points` is the most (700, or
        with a text far more than it should take); with `until`, a sample ends with that pen-lift. A `prime`
        is real ink that the samples go on from, in its hand and its units, brought to the model's size by
        measuring it; they begin with it unless `keep_prime` is false, and `points` and `until` count what is
        new. On a `device` cuda the same chances are drawn in torch, thousands side by side.

        A synthesis model writes a `text`, or each of several, `count` times, and ends where its window passes
        the last character; a `prime` then needs its own text, `prime_text` (the ink's own by default). With
        `fold`, characters that the model has never seen become their nearest. A sample whose window skipped,
        repeated or never finished is drawn again, up to `tries` times in all, with a generator derived from
        the sample's own; what is still wrong with the best of them stands in its `extra["faults"]`, and in
        `extra["characters"]` which character each point belongs to.

        ValueError for a number that makes no sense, HwError for a prime that cannot be measured, and for text
        that is empty, too long, or has characters that the model does not know.
        """
        seed = fresh_seed() if seed is None else seed
        most = POINTS if points is None else points
        _check(count=count, points=most, seed=seed, bias=bias, temperature=temperature, until=until)
        if tries < 1:
            raise ValueError(f"tries should be at least 1, not {tries}")
        if first_number < 0:
            raise ValueError(f"first_number should be at least 0, not {first_number}")
        self._check_kind(text is not None)
        steering = Steering(bias, temperature)
        drafter = Drafter(self.file, self.weights, 10.0**self.decimals, device)
        jobs = self._jobs(count, points, text, fold, prime, prime_text, first_number)
        primed: Primed | None = None
        read: Script | None = None
        while (first := next(jobs, None)) is not None:
            script = first.script
            if prime is not None and (primed is None or script is not read):
                primed, read = self._primed(prime, steering, predictions, script), script
            plan = Plan(first.points, until, steering, predictions, primed.begin if primed else None)
            batch = [first, *jobs.like(first, drafter.at_once(plan, first.number) - 1)]
            plan = replace(plan, points=max(job.points for job in batch))
            drafts = drafter.drafts(batch, seed, plan, tries, points is not None or until > 0)
            for job, draft in zip(batch, drafts, strict=True):
                about = {"id": f"{seed}-{job.number}", "seed": seed, "model": self.name}
                yield self._ink(draft, job.script, steering, primed, keep_prime, about)

    def _check_kind(self, with_text: bool) -> None:
        if self.file.alphabet is None and with_text:
            raise HwError(
                f"{self.name} cannot write given text: it is a model for prediction",
                "hw models names those for synthesis; hw train --kind synthesis makes one",
            )
        if self.file.alphabet is not None and not with_text:
            raise HwError(f"{self.name} writes given text, and there is none", "say what: --text TEXT")

    def _jobs(
        self,
        count: int,
        points: int | None,
        text: str | Iterable[str] | None,
        fold: bool,
        prime: Ink | None,
        prime_text: str | None,
        number: int,
    ) -> Jobs:
        """All samples that are wanted, in order, made as they are asked for."""
        alphabet = self.file.alphabet
        if text is None or alphabet is None:
            return Jobs(repeat(None, count), points, prime is not None, number)
        before = None
        if prime is not None and not (before := prime_text or prime.text or "").strip():
            raise HwError("a prime for text needs its own text", "what it says: --prime-text TEXT")
        texts = [text] if isinstance(text, str) else text
        scripts = (Script.of(alphabet, line, fold, before) for line in texts)
        each = chain.from_iterable(repeat(s, count) for s in scripts)
        return Jobs(each, points, prime is not None, number)

    def _ink(
        self,
        draft: Draft,
        script: Script | None,
        steering: Steering,
        primed: Primed | None,
        keep_prime: bool,
        about: dict[str, Any],
    ) -> Ink:
        written, prediction = draft.written, None
        if script is not None:
            about |= {"text": script.text, "extra": draft.extra(script, keep_prime)}
        if written.raws is not None:
            factor = primed.factor if primed else 1.0
            prediction = self._prediction(written.raws, steering, factor, from_origin=primed is None)
        if primed is None:
            return Ink.from_points(written.points, written.lifts, prediction=prediction, **about)
        if primed.trouble is not None:
            about["extra"]["prime_trouble"] = primed.trouble
        places = primed.ink.points[-1] + written.points / primed.factor
        after = Ink.from_points(places, written.lifts, prediction=prediction, **about)
        return primed.then(after, script.before if script else "") if keep_prime else after

    def _primed(self, prime: Ink, steering: Steering, predictions: bool, script: Script | None) -> Primed:
        """The network's state after it has read `prime`, with the text that it is to go on with in view."""
        if len(prime) < 2 or (fit := fitted(prime, self.size)) is None:
            raise HwError(
                "the prime has no extent: its size cannot be measured", "prime with a word or a line of ink"
            )
        ink, factor = fit
        self._check_steps(ink, 1.0, "a point of the prime lies far from all others: leave it out")
        read = self._read(ink, script)
        begin = Start(read.engine.state, read.rows[-1])
        told = self._prediction(read.raws, steering, factor, from_origin=True) if predictions else None
        # its own points where they were left as they are, to the last digit
        strokes = prime.strokes if len(ink) == len(prime) else tuple(s / factor for s in ink.strokes)
        characters = trouble = None
        if script is not None:
            characters = script.within(read.attended).tolist()
            trouble = astray(characters[-1], script.before.rstrip())
        return Primed(begin, Ink(strokes=strokes, prediction=told), factor, characters, trouble)

    def score(self, ink: Ink, fit: bool = False) -> Ink:
        """`ink` with the prediction that the model makes at every point, given all points before it.

        Its `extra` says the `log_loss` by protocol `graves`: `nats`, the sum over the offsets of points 2 to
        n and all end-of-stroke terms, offsets normalised, and `nats_per_point`. The ink's units are taken to
        be the model's, unless it is to be brought to its size (`fit`; by the measured `factor`). A synthesis
        model reads the ink's text along, and says in `characters` which of it every point belongs to. HwError
        for ink without a point, far too large, without an extent to measure, or without the text it needs.
        """
        if not len(ink):
            raise HwError("there is no point in this ink to score")
        factor = self._factor(ink) if fit else 1.0
        norm = self.file.normalisation
        hint = f"the model's typical step is {max(norm.std):.3g} units: scale the ink to that, or --fit"
        self._check_steps(ink, factor, "a point lies far from all others: leave it out" if fit else hint)
        script = None
        if self.file.alphabet is not None:
            if not ink.text:
                raise HwError(
                    "this ink has no text, and the model is one of given text",
                    "score it with a model for prediction, or give its line a text",
                )
            script = Script("", self.file.alphabet.encode_lossy(ink.text))
        read = self._read(Ink(strokes=tuple(s * factor for s in ink.strokes)), script)
        rows, raws = read.rows, read.raws
        mix = mixture(raws, np.array(norm.sigma_min, np.float32))
        log_p = offset_log_density(mix, rows[1:, :2])[1:].sum(dtype=np.float64)
        log_p += eos_log_probability(raws, rows[1:, 2]).sum(dtype=np.float64)
        log_loss = {"nats": -float(log_p), "nats_per_point": -float(log_p) / len(ink)}
        if fit:
            log_loss["factor"] = factor
        prediction = self._prediction(raws, Steering(), factor, from_origin=True)
        about = {k: getattr(ink, k) for k in ("text", "id", "seed")}
        extra = {**ink.extra, "log_loss": log_loss}
        if script is not None and len(script.codes) == len(ink.text or ""):
            extra["characters"] = script.within(read.attended).tolist()
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

    def _read(self, ink: Ink, script: Script | None) -> Reading:
        """Run the network over given ink, in the model's units, and its text where it is one of text."""
        rows = normalise(np.concatenate([[START], ink.offsets]), self.file.normalisation)
        raws = np.empty((len(ink), self.file.shape.outputs), np.float32)
        engine = Engine(self.weights, 1, None if script is None else [script.codes])
        attended = np.zeros(len(ink), np.int64)
        with one_blas_thread():
            for t, row in enumerate(rows[:-1]):
                engine.step(row[:, None], raws[t][:, None])
                if engine.window is not None:
                    attended[t] = engine.window.attended()[0]
        return Reading(rows, raws, attended, engine)

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
