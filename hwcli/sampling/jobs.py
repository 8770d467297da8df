"""The samples that are to be drawn, in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, repeat

from hwcli.alphabet import Alphabet
from hwcli.errors import HwError
from hwcli.model.file import ModelFile
from hwcli.sampling.options import POINTS, SampleOptions
from hwcli.sampling.prime import text_of_prime
from hwcli.sampling.target_text import MARGIN, TargetText
from renderers.ink import Ink

SLOW = 2.0  # times the points a character of its prime, with which a line has run away


@dataclass(frozen=True)
class Job:
    """One sample to draw."""

    number: int  # counted over all samples
    target: TargetText | None
    points: int  # limit


class Jobs(Iterator[Job]):
    """Jobs in order, one per number and target.

    `points` limits each; None: as many as its text may take. Batches of `alike` jobs share one target.
    """

    def __init__(
        self, targets: Iterable[tuple[int, TargetText | None]], points: int | None, alike: bool
    ) -> None:
        self._waiting = (
            Job(number, target, points or (target.most_points if target else POINTS))
            for number, target in targets
        )
        self._returned: list[Job] = []
        self._alike = alike

    def __next__(self) -> Job:
        return self._returned.pop() if self._returned else next(self._waiting)

    def like(self, first: Job, most: int) -> list[Job]:
        """Return up to `most` following jobs that can share a batch with `first`."""
        found: list[Job] = []
        while len(found) < most and (job := next(self, None)) is not None:
            if self._alike and job.target is not first.target:
                self._returned.append(job)
                break
            found.append(job)
        return found


def check_kind(file: ModelFile, name: str, with_text: bool) -> None:
    """Raise HwError if the model called `name` cannot sample with, or without, a text."""
    if file.alphabet is None and with_text:
        raise HwError(
            f"{name} cannot write text: it is a prediction model",
            "hw models lists synthesis models; hw train --kind synthesis trains one",
        )
    if file.alphabet is not None and not with_text:
        raise HwError(f"{name} cannot sample without text: it is a synthesis model", "add --text TEXT")


def jobs_for(
    alphabet: Alphabet | None,
    count: int,
    options: SampleOptions,
    text: str | Iterable[str | None] | None,
    prime: Ink | None,
    prime_text: str | None,
    number: int,
) -> Jobs:
    """Return `count` samples of a `text`, of each of several, or without; each made when it is asked for.

    They are numbered from `number` on. A text that is None has numbers, and is left out.
    """
    if text is None or alphabet is None:
        return Jobs(enumerate(repeat(None, count), number), options.points, prime is not None)
    before = None if prime is None else text_of_prime(prime, prime_text)
    texts = [text] if isinstance(text, str) else text
    targets = (
        None if line is None else TargetText.of(alphabet, line, options.fold, before) for line in texts
    )
    each = chain.from_iterable(repeat(target, count) for target in targets)
    given = ((k, target) for k, target in enumerate(each, number) if target is not None)
    return Jobs(given, options.points, prime is not None)


def limited_jobs(targets: Sequence[TargetText], prime_points: int) -> list[Job]:
    """Return a job per target, limited so that none that has run away keeps the others waiting.

    `prime_points` are those of the prime, in the model's density.
    """
    return [
        Job(
            k,
            target,
            min(target.most_points, MARGIN + round(SLOW * prime_points / target.start * len(target.text))),
        )
        for k, target in enumerate(targets)
    ]
