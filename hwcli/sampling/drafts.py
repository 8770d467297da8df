"""Drawing samples in batches, and drawing those again whose text has faults."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from hwcli.engine.loop import Plan, Start, Trajectory
from hwcli.engine.lstm import IntArray, Weights
from hwcli.engine.pace import Pace
from hwcli.engine.threads import GROUP, cores, generate_in_threads
from hwcli.errors import HwError
from hwcli.model.file import ModelFile
from hwcli.network.gpu import gpu_of
from hwcli.reader.reader import Reader
from hwcli.sampling.jobs import Job
from hwcli.sampling.options import SampleOptions
from hwcli.sampling.proofread import proofread
from hwcli.sampling.read_back import Verdict, read_back, second_look
from hwcli.sampling.target_text import LONGEST, TargetText
from renderers.attention import Attention
from renderers.ink import Fault, Ink, Trace

PER_CORE = 8  # samples that advance together on a core; more gain little, and wait for the longest
BATCH_CUDA = 4096
FIRST = 8  # samples in the first batch, so that a reader who waits soon gets something
BY_ONE = 3  # tries of a sample that are drawn one after the other
SIDE_BY_SIDE = 16  # lines on a core that need not have the bits that they have by themselves
AT_ONCE = 4  # further ones that are drawn side by side: four take as long as two by themselves
FOR_CLARITY = 5  # tries after which a sample that only could be clearer is good enough
HELD = 1 << 28  # bytes of mixture vectors that a batch may hold


@dataclass(frozen=True)
class Draft:
    """A sample as drawn, its faults, and how many were drawn to get it."""

    written: Trajectory
    faults: Sequence[Fault]
    doubt: float  # to choose among drafts: how unlikely the text is, or else how many faults there are
    tries: int
    clear: bool = True  # whether a reader takes nothing else for nearly as likely

    @property
    def badness(self) -> tuple[bool, bool, bool, float]:
        """A key that is lowest for the best draft: finished, without faults, clear, well to be read."""
        return not self.written.finished, bool(self.faults), not self.clear, self.doubt

    def is_good(self, limited: bool) -> bool:
        """Whether no other is to be drawn; one that was `limited` cannot be expected to reach its end."""
        if self.faults:
            return limited and not self.written.finished
        return self.clear or self.tries >= FOR_CLARITY

    def trace(self, target: TargetText, keep_prime: bool, prime_trouble: str | None) -> Trace:
        """Return the trace of an ink whose text starts with the prime's (`keep_prime`) or after it.

        Positions are in the ink's own text; -1 stands for a prime's character that is left out.
        """
        assert self.written.attended is not None
        before = target.start if keep_prime else 0
        places = target.in_text(self.written.attended) + before
        faults = tuple(replace(fault, place=before + fault.place) for fault in self.faults)
        attention = self._attention(target, before, len(places))
        return Trace(places.clip(-1), self.tries, faults, prime_trouble, attention)

    def _attention(self, target: TargetText, before: int, points: int) -> Attention | None:
        """Return the window's weights on an ink's own text, in which the target begins at `before`."""
        if self.written.weights is None:
            return None
        places = target.in_text(np.arange(len(target.codes))) + before
        of_text = np.zeros((len(target.spelling.text) + before, points), np.float32)
        known = places >= 0
        # several characters that are written may be one of the text, such as a letter and its mark
        np.add.at(of_text, places[known], self.written.weights.T[: len(places)][known])
        return Attention.of(of_text.T)


class Drafter:
    """Draws for one model on one device, with points on a grid of `grid` places per unit."""

    def __init__(
        self,
        file: ModelFile,
        weights: Weights,
        grid: float,
        device: str,
        pace: Pace,
        reader: Reader | None = None,
    ) -> None:
        self._reader = reader
        self._outputs, self._norm = file.shape.outputs, file.normalisation
        self._weights, self._grid, self._pace = weights, grid, pace
        self._gpu = gpu_of(device)

    def plan(self, job: Job, options: SampleOptions, start: Start | None) -> Plan:
        """Return the plan of `job` and of those that share a batch with it.

        Samples without text are drawn in groups from number GROUP on. Many take half the time then, and since
        a group is always the same samples, each has the same bits however many are asked for.
        """
        fits = job.points * self._outputs * 4 * GROUP <= HELD  # whether or not predictions are kept
        alone = self._gpu is not None or job.target is not None or job.number < GROUP or not fits
        kept = options.predictions, options.attention
        return Plan(job.points, options.until, options.steering, *kept, start, alone)

    def at_once(self, plan: Plan, first: Job) -> int:
        """Return how many samples advance together from `first` on."""
        number, outputs = first.number, self._outputs if plan.predictions else 6
        if plan.attention:
            outputs += LONGEST + 1
        if not plan.alone:
            return GROUP * cores() - number % GROUP
        most = BATCH_CUDA if self._gpu else PER_CORE * cores() if number else FIRST
        if first.target is None and number < GROUP and self._gpu is None:
            most = min(most, GROUP - number)
        return max(min(most, HELD // (plan.points * outputs * 4)), 1)

    def drafts(self, batch: Sequence[Job], seed: int, plan: Plan, tries: int, limited: bool) -> list[Draft]:
        """Return a draft per job: with text, the best of up to `tries`, drawn until one has no fault.

        One without a fault that is not clear is drawn again as well, but not for long. After the first tries
        of a sample, several are drawn at once, and the first good one counts. A sample
        that did not reach its end because the caller `limited` points or lifts is not drawn again.
        """
        if not plan.alone:
            return self._group(batch, seed, plan)
        best: dict[int, Draft] = {}
        again, attempts = list(range(len(batch))), range(1)
        while again:
            lanes = max(len(batch), AT_ONCE)  # no more than a batch holds
            drawn = self._attempts([batch[k] for k in again], attempts, seed, plan, lanes)
            for k, writings in zip(again, drawn, strict=True):
                for attempt, written in zip(attempts, writings, strict=True):
                    if k in best and best[k].is_good(limited):
                        break
                    draft = self.judged(batch[k].target, written, plan, attempt + 1, tries)
                    if k not in best or draft.badness < best[k].badness:
                        best[k] = draft
                    best[k] = replace(best[k], tries=attempt + 1)
            several = 1 if attempts.stop < BY_ONE else AT_ONCE
            attempts = range(attempts.stop, min(attempts.stop + several, tries))
            again = [k for k in again if attempts and not best[k].is_good(limited)]
        return [best[k] for k in range(len(batch))]

    def _attempts(
        self, jobs: Sequence[Job], attempts: range, seed: int, plan: Plan, lanes: int
    ) -> Iterator[Sequence[Trajectory]]:
        """Yield, for each of `jobs`, its `attempts`, drawn up to `lanes` side by side."""
        several = max(lanes // len(attempts), 1)
        for first in range(0, len(jobs), several):
            part = jobs[first : first + several]
            seeds = [[seed, job.number, *([k] if k else [])] for job in part for k in attempts]
            targets = [job.target for job in part for _ in attempts]
            texts = [target.codes for target in targets if target is not None]
            limits = tuple(job.points for job in part for _ in attempts)
            limited = replace(plan, points=max(limits), limits=limits)
            done = self._written([np.random.default_rng(s) for s in seeds], limited, texts or None)
            for k in range(len(part)):
                yield done[k * len(attempts) : (k + 1) * len(attempts)]

    def _group(self, batch: Sequence[Job], seed: int, plan: Plan) -> list[Draft]:
        """Return a draft per job of whole groups, of which those in `batch` are asked for."""
        first = batch[0].number - batch[0].number % GROUP
        end = -(-(batch[-1].number + 1) // GROUP) * GROUP
        done = self._written([np.random.default_rng([seed, k]) for k in range(first, end)], plan, None)
        return [Draft(done[job.number - first], (), 0.0, 1) for job in batch]

    def side_by_side(self, jobs: Sequence[Job], seeds: Sequence[int], plan: Plan) -> list[Trajectory]:
        """Return one try at each of `jobs`, which have text; the bits of each depend on the others."""
        limits = tuple(job.points for job in jobs)
        plan = replace(plan, points=max(limits), limits=limits, alone=False)
        texts = [job.target.codes for job in jobs if job.target is not None]
        return self._written([np.random.default_rng(seed) for seed in seeds], plan, texts, SIDE_BY_SIDE)

    def judged(
        self, target: TargetText | None, written: Trajectory, plan: Plan, attempt: int, tries: int
    ) -> Draft:
        """Return the draft of what was `written`; it is read if up to `tries` can be drawn."""
        if target is None:
            return Draft(written, (), 0.0, attempt)
        partly = plan.until > 0
        in_text = target.spelling.faults_in_text
        faults = in_text(proofread(written, target, partly))
        reader = self._reader if tries > 1 and written.finished and not partly else None
        if reader is None or not reader.knows(target.text):
            return Draft(written, faults, float(len(faults)), attempt)
        ink = Ink.from_points(written.points, written.lifts)
        try:
            verdict = read_back(reader, ink, target.text)
        except HwError:  # it is not a line of handwriting
            verdict = Verdict([Fault("misread", 0, target.text[0], "")], -np.inf, False)
        faults = [*faults, *in_text(verdict.faults)]
        doubt, clear = -verdict.log_likelihood, verdict.clear
        if not faults and reader.pictures is not None:
            looked = second_look(reader.pictures, ink, target.text)
            faults = in_text(looked.faults)
            if not faults:  # drafts with faults are compared by what the first reader makes of them
                doubt -= looked.log_likelihood
            clear = clear and looked.clear
        return Draft(written, faults, doubt, attempt, clear)

    def _written(
        self,
        generators: Sequence[np.random.Generator],
        plan: Plan,
        texts: Sequence[IntArray] | None,
        group: int = GROUP,
    ) -> list[Trajectory]:
        task = (self._weights, self._norm, self._grid, generators, plan)
        if self._gpu is not None:
            from hwcli.engine import cuda

            return cuda.generate(*task, self._gpu, texts)
        return generate_in_threads(*task, texts, self._pace, group)
