"""Scores of given ink: the predictions of its points, its log-loss, and where the window stood."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwcli.engine.mixture import Steering, mixture
from hwcli.errors import HwError
from hwcli.ink_size import UNMEASURED, Size
from hwcli.lettering.spelling import Spelling
from hwcli.model.file import ModelFile
from hwcli.sampling.target_text import TargetText
from hwcli.sampling.teacher_forcing import TeacherForcing
from renderers.ink import Ink, Prediction, Trace

Array = NDArray[np.floating[Any]]
FARTHEST = 1e6  # standard deviations; an offset beyond is not handwriting in the model's units


def known_text(file: ModelFile, name: str, ink: Ink) -> TargetText | None:
    """Return the ink's text in characters of the model called `name`; None for a prediction model."""
    if file.alphabet is None:
        return None
    if not ink.text:
        raise HwError(
            f"{name} cannot score this ink without its text",
            "use a prediction model, or add the ink's `text`",
        )
    return TargetText(Spelling("", ()), file.alphabet.encode_lossy(ink.text))


def scored(
    file: ModelFile, name: str, forcing: TeacherForcing, ink: Ink, size: Callable[[], Size] | None
) -> Ink:
    """Return `ink` with predictions, log-loss and characters by the model called `name`.

    It is in the model's units, or is rescaled to the `size` of the model's handwriting.
    """
    if not len(ink):
        raise HwError("this ink has no point to score")
    if size is None:
        std = max(file.normalisation.std)
        hint = f"the model's typical step is {std:.3g} units: scale the ink to that, or use --fit"
        check_steps(file, ink, 1.0, hint)
        return _with_score(file, name, forcing, ink, 1.0)
    own = Size.of(ink)
    if own is None:
        raise HwError(f"cannot measure the size of this ink: {UNMEASURED}", "remove --fit")
    factor = size().height / own.height
    check_steps(file, ink, factor, "a point lies far from all the others: leave it out")
    found = _with_score(file, name, forcing, ink, factor)
    found.extra["log_loss"]["factor"] = factor
    return found


def _with_score(file: ModelFile, name: str, forcing: TeacherForcing, ink: Ink, factor: float) -> Ink:
    """Return `ink`, whose units times `factor` are the model's, with what `scored` adds."""
    target = known_text(file, name, ink)
    reading = forcing.read(Ink(strokes=tuple(s * factor for s in ink.strokes)), target)
    nats, trace = reading.log_loss(file), ink.trace
    if target is not None and len(target.codes) == len(ink.text or ""):
        characters = target.clipped(reading.attended)
        trace = replace(trace, characters=characters) if trace else Trace(characters)
    return replace(
        ink,
        prediction=prediction(file, reading.raws, Steering(), factor, from_origin=True),
        model=name,
        trace=trace,
        extra={**ink.extra, "log_loss": {"nats": nats, "nats_per_point": nats / len(ink)}},
    )


def check_steps(file: ModelFile, ink: Ink, factor: float, hint: str) -> None:
    """Raise HwError if `ink` has no point, or a step, times `factor`, is far too large for the model."""
    if not len(ink):
        raise HwError("this ink has no point to score")
    with np.errstate(over="ignore"):  # an infinite step is too large as well
        farthest = np.abs(ink.offsets[:, :2]).max() * factor
    if not farthest <= FARTHEST * max(file.normalisation.std):
        raise HwError("this ink's steps are far too large for the model", hint)


def prediction(
    file: ModelFile, raws: Array, steering: Steering, factor: float, from_origin: bool
) -> Prediction:
    """Return mixture vectors (n, 6 m + 1) as a prediction; units times `factor` are the model's.

    With `from_origin` the first row is the ink's first point, whose place is not predicted.
    """
    norm = file.normalisation
    mix = mixture(raws, np.array(norm.sigma_min, np.float32), steering)
    std, mean = np.array(norm.std, np.float32) / factor, np.array(norm.mean, np.float32) / factor
    arrays: dict[str, Any] = {
        "pi": mix.pi,
        "mu": mix.mu.swapaxes(1, 2) * std + mean,
        "sigma": mix.sigma.swapaxes(1, 2) * std,
        "rho": mix.rho,
    }
    if from_origin:  # the first point lies at the origin by definition
        arrays["pi"][0] = 1 / file.shape.mixtures
        arrays["mu"][0] = 0
        arrays["sigma"][0] = np.array(norm.sigma_min, np.float32) * std
        arrays["rho"][0] = 0
    return Prediction(eos=mix.eos, **{k: np.ascontiguousarray(v) for k, v in arrays.items()})
