"""Priming: the network reads real ink, and samples continue from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hwcli.engine.trajectory import Start
from hwcli.errors import HwError
from hwcli.ink_size import UNMEASURED, Size, fitted
from hwcli.model.file import ModelFile
from hwcli.sampling.options import SampleOptions
from hwcli.sampling.scoring import check_steps, prediction
from hwcli.sampling.target_text import TargetText
from hwcli.sampling.teacher_forcing import TeacherForcing
from hwcli.typed_data import DamageError
from renderers.attention import Attention
from renderers.ink import Ink

BEHIND = 3, 0.2  # characters that the window may stand before a prime's end, and as a share of its text
BEYOND = 2  # characters that it may stand past the end: the space, and the next character


@dataclass(frozen=True)
class Primed:
    """Ink that the network has read, and what it takes to continue in its units."""

    begin: Start
    ink: Ink  # in its own units
    factor: float  # from its units to the model's
    characters: NDArray[np.int64] | None = None  # with text: (points,) what the window stood on
    trouble: str | None = None  # with text: why it does not seem to match the ink

    def then(self, after: Ink) -> Ink:
        """Return the prime and the ink `after` it as one ink.

        The text and the trace of `after` include the prime's text. `extra["prime_points"]` of the result
        counts the prime's points.
        """
        known, trace = self.ink.prediction, after.trace
        if trace is not None and self.characters is not None:
            unread = Attention.none(len(self.ink))
            trace = replace(
                trace,
                characters=np.concatenate([self.characters, trace.characters]),
                attention=trace.attention and unread.then(trace.attention),
            )
        return Ink(
            strokes=(*self.ink.strokes, *after.strokes),
            prediction=known.then(after.prediction) if known and after.prediction else None,
            text=after.text,
            id=after.id,
            seed=after.seed,
            model=after.model,
            trace=trace,
            extra={"prime_points": len(self.ink)},
        )


def text_of_prime(prime: Ink, text: str | None) -> str:
    """Return the `text` of a prime, by default its own; HwError if it has none."""
    if not (found := text or prime.text or "").strip():
        raise HwError("cannot continue the prime with text: the prime has no text", "add --prime-text TEXT")
    return found


def own_size(file: ModelFile, name: str, samples: Callable[[str | None], Iterable[Ink]]) -> Size:
    """Return the size of the handwriting of the model called `name`: that of its training lines.

    If its file does not say, it is measured on `samples`, which are asked for by the text of a synthesis
    model. Raises HwError if none can be measured.
    """
    if (row := file.about.get("hand")) is not None:
        try:
            return Size.from_json(row)
        except DamageError as error:
            raise HwError(f"{name}: the size of its training lines is damaged ({error})") from None
    text = None
    if file.alphabet is not None:
        text = "".join(c for c in file.alphabet.characters if not c.isspace())[-20:]
    found = [size for ink in samples(text) if (size := Size.of(ink)) is not None]
    if not found:
        raise HwError(f"cannot measure the size of {name}'s samples", "train it for longer")
    return Size.typical(found)


def read_prime(
    file: ModelFile,
    forcing: TeacherForcing,
    size: Size,
    prime: Ink,
    target: TargetText | None,
    options: SampleOptions,
) -> Primed:
    """Return the state of the network in `file` after it has read `prime`, with the text of `target` in view.

    `size` is that of the model's handwriting. Raises HwError for a prime that cannot be measured.
    """
    if len(prime) < 2 or (fit := fitted(prime, size)) is None:
        raise HwError(
            f"cannot measure the size of the prime: {UNMEASURED}", "prime with a word or a line of ink"
        )
    ink, factor = fit
    check_steps(file, ink, 1.0, "a point of the prime lies far from all the others: leave it out")
    reading = forcing.read_prime(ink, target)
    begin = Start(reading.state, reading.rows[-1])
    known = None
    if options.predictions:
        known = prediction(file, reading.raws, options.steering, factor, from_origin=True)
    # the prime's own points, to the last digit, where it was not resampled
    strokes = prime.strokes if len(ink) == len(prime) else tuple(s / factor for s in ink.strokes)
    characters = trouble = None
    if target is not None:
        characters = target.clipped(reading.attended)
        trouble = mismatch(int(characters[-1]), target.before.rstrip())
    return Primed(begin, Ink(strokes=strokes, prediction=known), factor, characters, trouble)


def mismatch(last: int, text: str) -> str | None:
    """Return why a prime does not seem to match its `text`; None if it does.

    `last` is the position on which the window stood after the network had read the prime's last point.
    """
    at_most, part = BEHIND
    if -max(at_most, part * len(text)) <= last - (len(text) - 1) <= BEYOND:
        return None
    return (
        f"the prime does not seem to match its text {text!r}: at the end of the ink, the model had reached "
        f"character {last + 1} of {len(text)}"
    )
