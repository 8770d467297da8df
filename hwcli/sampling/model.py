"""A trained model that samples and scores: what `hwcli.load_model` returns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Unpack

import numpy as np
from numpy.typing import NDArray

from hwcli.engine.lstm import Engine, Weights
from hwcli.engine.pace import Pace
from hwcli.engine.threads import cores, one_blas_thread
from hwcli.hw_warning import warn
from hwcli.ink_size import Size
from hwcli.model.file import ModelFile
from hwcli.reader.load import load_reader
from hwcli.reader.reader import Reader
from hwcli.sampling.drafting.draft import Draft
from hwcli.sampling.drafting.drafter import Drafter
from hwcli.sampling.drafting.line_tries import Begun, LineTry
from hwcli.sampling.jobs import Job, Jobs, check_kind, jobs_for, limited_jobs
from hwcli.sampling.manner import told_weights
from hwcli.sampling.messages import check_prime, warned
from hwcli.sampling.options import DEFAULT, SampleKeywords, SampleOptions
from hwcli.sampling.prime import Primed, own_size, read_prime, text_of_prime
from hwcli.sampling.sample_ink import sample_ink
from hwcli.sampling.scoring import check_steps, known_text, scored
from hwcli.sampling.seed import checked_seed
from hwcli.sampling.target_text import TargetText
from hwcli.sampling.teacher_forcing import TeacherForcing
from renderers.ink import Ink

if TYPE_CHECKING:
    from hwcli.hands.learned import LearnedHand
    from hwcli.hands.library import Hand

FAR = 3.0  # ink larger or smaller than the training lines by this factor: hands differ less


class Model:
    """A network with its units. Sampling and scoring run in NumPy on the CPU.

    >>> import hwcli as hw
    >>> model = hw.load_model()
    >>> ink = model.sample(points=40, seed=1, bias=0.5)
    >>> len(ink), len(ink.prediction)
    (40, 40)
    """

    def __init__(self, file: ModelFile, name: str) -> None:
        self.file = file
        self.name = name
        self.source = file.about.get("source")
        self.line: Ink | None = None  # of a hand: samples and pages without a prime continue from it
        self.decimals = file.normalisation.decimals

    def __repr__(self) -> str:
        s = self.file.shape
        return (
            f"<Model {self.name}: {self.file.kind}, {s.layers} x {s.hidden}, {s.mixtures} mixtures, "
            f"{self.file.parameters:,} weights>"
        )

    @property
    def source(self) -> str | None:
        """In whose manner it writes: NAME or NAME=WEIGHT[,…], of `file.sources`; None: of all together.

        Another can be assigned; that raises HwError as `told_weights` does.
        """
        return self._source

    @source.setter
    def source(self, manner: str | None) -> None:
        self._told = None if manner is None else told_weights(manner, self.file.sources, self.name)
        self._source = manner
        for made_of_them in ("weights", "_pace", "_forcing"):
            self.__dict__.pop(made_of_them, None)

    def in_hand(self, hand: Hand | LearnedHand) -> Model:
        """Return the model as it writes in a `hand`: with what it learned of it, and from its `line` on.

        >>> import hwcli as hw
        >>> model = hw.load_model(kind="synthesis").in_hand(hw.find_hand("clear"))
        >>> model.sample(seed=1, text="Dear Anna").text
        'Dear Anna'

        Raises HwError if another model has learned the hand.
        """
        learned = hand.learned if hasattr(hand, "learned") else hand
        changed = Model(learned.applied_to(self.file, self.name) if learned else self.file, self.name)
        changed.source, changed.line = self.source, hand.line
        if "reader" in self.__dict__:
            changed.reader = self.reader
        return changed

    @property
    def told(self) -> NDArray[np.float64]:
        """How strongly the network is told each of `file.sources`, (sources,)."""
        return np.zeros(len(self.file.sources)) if self._told is None else self._told

    @cached_property
    def weights(self) -> Weights:
        """The weights as the engine reads them."""
        return Weights.of(self.file, told=self._told)

    @cached_property
    def _pace(self) -> Pace:
        return Pace(self.weights, cores())

    @cached_property
    def _forcing(self) -> TeacherForcing:
        return TeacherForcing(self.file, self.weights, self._pace)

    @cached_property
    def reader(self) -> Reader | None:
        """The reader that proofreads samples of text. Another can be assigned, or None: no one reads them."""
        return load_reader()

    @cached_property
    def size(self) -> Size:
        """Height and point spacing of the model's handwriting, from its training lines or from samples."""
        options = SampleOptions(points=400, predictions=False, tries=1)
        return own_size(self.file, self.name, lambda text: self.quiet_samples(8, 0, options, text=text))

    def far_from(self, ink: Ink) -> float | None:
        """Return how many times larger `ink` is than the model's lines; None if that is near 1 or unknown."""
        size = Size.of(ink)
        if size is None or "hand" not in self.file.about:
            return None
        times = size.height / self.size.height
        return None if 1 / FAR < times < FAR else times

    def sample(
        self,
        points: int | None = None,
        seed: int | None = None,
        bias: float = 0.0,
        *,
        text: str | None = None,
        prime: Ink | None = None,
        prime_text: str | None = None,
        **more: Unpack[SampleKeywords],
    ) -> Ink:
        """Draw one sample; see `samples`. `points`, `bias` and `more` are the fields of SampleOptions.

        >>> import hwcli as hw
        >>> hw.load_model().sample(points=30, seed=1, temperature=0.5)
        <Ink 1 stroke, 30 points, id='1-0', seed=1, model='iam-prediction', with predictions>
        """
        options = SampleOptions(points, bias, **more)
        return next(self.samples(1, seed, options, text=text, prime=prime, prime_text=prime_text))

    def sample_many(
        self,
        count: int,
        points: int | None = None,
        seed: int | None = None,
        bias: float = 0.0,
        *,
        text: str | Iterable[str | None] | None = None,
        prime: Ink | None = None,
        prime_text: str | None = None,
        **more: Unpack[SampleKeywords],
    ) -> list[Ink]:
        """Draw `count` samples; see `samples`. `points`, `bias` and `more` are fields of SampleOptions."""
        options = SampleOptions(points, bias, **more)
        return list(self.samples(count, seed, options, text=text, prime=prime, prime_text=prime_text))

    def samples(
        self,
        count: int,
        seed: int | None = None,
        options: SampleOptions = DEFAULT,
        *,
        text: str | Iterable[str | None] | None = None,
        prime: Ink | None = None,
        prime_text: str | None = None,
        first_number: int = 0,
    ) -> Iterator[Ink]:
        """Yield `count` samples as they are finished; without a `seed` one is drawn and stored with them.

        Sample k of a seed, counted from `first_number`, has a generator of its own: it has the same bits
        however many are drawn, on any number of cores of one kind of processor, and a longer sample begins
        like a shorter one. On a CUDA device thousands are drawn side by side in torch, with the same random
        numbers.

        Samples continue from the priming ink `prime`, in its handwriting and units; it is measured and
        rescaled to the model's units. `options.points` and `options.until` count new points and lifts.

        A synthesis model writes a `text`, or each of several, `count` times, and stops when its window passes
        the last character; None among several stands for a text that is left out, with the numbers of its
        samples. A `prime` then needs its own text, `prime_text` (default: the ink's). A word whose window
        skipped, repeated or never finished a character, or that `reader` reads as something else, is drawn up
        to `options.tries` times, with generators derived from the sample's own; the best is kept, and `trace`
        names the remaining faults and the character of every point. A single try is not read.

        >>> import hwcli as hw
        >>> model = hw.load_model(kind="synthesis")
        >>> (ink,) = model.samples(1, seed=3, options=SampleOptions(bias=1), text="hi")
        >>> ink.text, ink.trace.faults
        ('hi', ())

        Warns (HwWarning) of the faults of each sample, of a prime that does not seem to say its text, and of
        one that `hw.mend` would mend.

        Raises ValueError for a number out of range; HwError for a prime that cannot be measured, and for text
        that is empty, too long, or has characters that the model lacks.
        """
        if prime is None and self.line is not None:
            prime, prime_text, options = self.line, None, replace(options, keep_prime=False)
        inks = self.quiet_samples(
            count, seed, options, text=text, prime=prime, prime_text=prime_text, first_number=first_number
        )
        if prime is None:
            return warned(inks)
        can_tell = check_prime(lambda: self.reader if text is not None else None, prime, prime_text)
        return warned(inks, of_prime=not can_tell)

    def quiet_samples(
        self,
        count: int,
        seed: int | None = None,
        options: SampleOptions = DEFAULT,
        *,
        text: str | Iterable[str | None] | None = None,
        prime: Ink | None = None,
        prime_text: str | None = None,
        first_number: int = 0,
    ) -> Iterator[Ink]:
        """Yield what `samples` yields, from the `prime` as it is, without a warning."""
        seed = checked_seed(seed, count, first_number)
        check_kind(self.file, self.name, text is not None)
        jobs = jobs_for(self.file.alphabet, count, options, text, prime, prime_text, first_number)
        return self._drawn(jobs, seed, options, prime)

    def _drawn(self, jobs: Jobs, seed: int, options: SampleOptions, prime: Ink | None) -> Iterator[Ink]:
        """Yield the samples of all `jobs`, batch by batch."""
        drafter = self._drafter(options)
        primed: Primed | None = None
        primed_for: TargetText | None = None
        while (first := next(jobs, None)) is not None:
            target = first.target
            if prime is not None and (primed is None or target is not primed_for):
                primed, primed_for = self._primed(prime, target, options), target
            begin = primed.begin if primed else None
            plan = drafter.plan(first, options, begin)
            batch = [first, *jobs.like(first, drafter.at_once(plan, first) - 1)]
            drafts = drafter.drafts(batch, seed, plan, options.tries, options.limited)
            for job, draft in zip(batch, drafts, strict=True):
                yield self._ink(draft, job, seed, primed, options)

    def _drafter(self, options: SampleOptions) -> Drafter:
        reader = self.reader if self.file.alphabet is not None and options.tries > 1 else None
        return Drafter(self.file, self.weights, 10.0**self.decimals, options.device, self._pace, reader)

    def line_tries(
        self,
        lines: Sequence[tuple[str, int]],
        options: SampleOptions,
        prime: Ink,
        prime_text: str | None = None,
    ) -> list[LineTry]:
        """Return a try at each of `lines`, a text and a seed, that continues from `prime`: all side by side.

        The bits of each depend on which others are drawn with it. The prime is read once, with no text in
        view but its own. Raises HwError as `samples` does.
        """
        assert self.file.alphabet is not None
        before = text_of_prime(prime, prime_text)
        targets = [TargetText.of(self.file.alphabet, text, options.fold, before) for text, _ in lines]
        primed = self._primed(prime, targets[0].only_before, options)
        drafter = self._drafter(options)
        jobs = limited_jobs(targets, len(primed.ink))
        plan = drafter.plan(jobs[0], options, primed.begin)
        drawn = drafter.side_by_side(jobs, [seed for _, seed in lines], plan)
        tries = []
        for job, (_, seed), written in zip(jobs, lines, drawn, strict=True):
            judge = partial(drafter.judged, job.target, written, plan, 1, options.tries)
            finish = partial(self._ink, job=job, seed=seed, primed=primed, options=options)
            tries.append(LineTry.of(written, judge, finish, Begun(job, seed, plan)))
        return tries

    def mended(self, tries: Sequence[LineTry], options: SampleOptions) -> list[LineTry]:
        """Return `tries` of `line_tries`, with those words drawn again that cannot be read."""
        return self._drafter(options).mended(tries, options.tries)

    def _ink(self, draft: Draft, job: Job, seed: int, primed: Primed | None, options: SampleOptions) -> Ink:
        return sample_ink(
            self.file, draft, job, primed, options, lambda: self.reader, seed=seed, model=self.name
        )

    def _primed(self, prime: Ink, target: TargetText | None, options: SampleOptions) -> Primed:
        return read_prime(self.file, self._forcing, self.size, prime, target, options)

    def reads(self, prime: Ink, text: str) -> bool:
        """Return whether the network, after reading `prime`, would begin a new line at its first character.

        If the ink holds more than its `text`, the window stands further on, and every line that continues
        from it lacks its first letters. Raises HwError as `samples` does for such a prime and text.
        """
        assert self.file.alphabet is not None
        target = TargetText.of(self.file.alphabet, text, fold=True, prime_text=text)
        primed = self._primed(prime, target, SampleOptions(predictions=False))
        engine = Engine(self.weights, 1, [target.codes])
        engine.state = primed.begin.state
        with one_blas_thread():
            engine.step(primed.begin.row[:, None])
        assert engine.window is not None
        return primed.trouble is None and int(engine.window.attended()[0]) <= target.start

    def score(self, ink: Ink, fit: bool = False) -> Ink:
        """Return `ink` with the model's prediction of every point, given all earlier points.

        Its `extra["log_loss"]` holds, by protocol `graves`, `nats` (summed over the offsets of points 2 to n
        and all end-of-stroke terms, offsets normalised) and `nats_per_point`. The ink is taken to be in the
        model's units unless `fit` rescales it first (`factor`). A synthesis model reads the ink's text along,
        and its `trace` says which character each point belongs to.

        >>> import hwcli as hw
        >>> model = hw.load_model()
        >>> scored = model.score(model.sample(points=20, seed=1))
        >>> len(scored.prediction), sorted(scored.extra["log_loss"])
        (20, ['nats', 'nats_per_point'])

        Warns (HwWarning) of ink that is far larger or smaller than the model's lines, if it is not rescaled.

        Raises HwError for ink without a point, far too large, of no measurable size, or without the text
        that a synthesis model needs.
        """
        if not fit and (times := self.far_from(ink)) is not None:
            warn(
                f"{ink.id or 'ink'} is {times:.3g} times as large as {self.name}'s lines; see hw sample --fit"
            )
        return scored(self.file, self.name, self._forcing, ink, (lambda: self.size) if fit else None)

    def log_losses(self, ink: Ink) -> NDArray[np.float64]:
        """Return the log-loss of every point of `ink` in nats, (points,), by protocol `graves`.

        They add up to the `nats` of `score`, which says what is taken for granted and raised. Of the first
        point only the end of its stroke is predicted.

        >>> import hwcli as hw
        >>> hw.load_model().log_losses(hw.load_model().sample(points=20, seed=1)).shape
        (20,)
        """
        check_steps(self.file, ink, 1.0, "scale the ink to the model's units")
        return self._forcing.read(ink, known_text(self.file, self.name, ink)).log_losses(self.file)
