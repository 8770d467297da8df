"""Drawing samples in batches, and drawing those again whose text has faults."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from hwcli.engine.loop import Plan
from hwcli.engine.lstm import Weights
from hwcli.engine.pace import Pace
from hwcli.engine.threads import GROUP, cores
from hwcli.engine.trajectory import Start, Trajectory
from hwcli.model.file import ModelFile
from hwcli.reader.reader import Reader
from hwcli.sampling.drafting.draft import FOR_CLARITY, Draft
from hwcli.sampling.drafting.judge import judged
from hwcli.sampling.drafting.line_tries import Begun, LineTry
from hwcli.sampling.drafting.lines import Line, draw_lines, mend_lines
from hwcli.sampling.drafting.read_back import CLEAR, VERY_CLEAR, Clarity
from hwcli.sampling.drafting.word_by_word import WordByWord
from hwcli.sampling.drafting.writer import Writer
from hwcli.sampling.jobs import Job
from hwcli.sampling.options import SampleOptions
from hwcli.sampling.target_text import LONGEST, TargetText

PER_CORE = 8  # samples that advance together on a core; more gain little, and wait for the longest
BATCH_CUDA = 4096
FIRST = 8  # samples in the first batch, so that a reader who waits soon gets something
BY_ONE = 3  # tries of a sample that are drawn one after the other
SIDE_BY_SIDE = 16  # lines on a core that need not have the bits that they have by themselves
AT_ONCE = 4  # further ones that are drawn side by side: four take as long as two by themselves
HELD = 1 << 28  # bytes of mixture vectors that a batch may hold


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
        self._reader, self._outputs = reader, file.shape.outputs
        self._writer = Writer(weights, file.normalisation, grid, device, pace)

    def plan(self, job: Job, options: SampleOptions, start: Start | None) -> Plan:
        """Return the plan of `job` and of those that share a batch with it.

        Samples without text are drawn in groups from number GROUP on. Many take half the time then, and since
        a group is always the same samples, each has the same bits however many are asked for.
        """
        fits = job.points * self._outputs * 4 * GROUP <= HELD  # whether or not predictions are kept
        alone = self._writer.gpu is not None or job.target is not None or job.number < GROUP or not fits
        kept = options.predictions, options.attention
        return Plan(job.points, options.until, options.steering, *kept, start, alone)

    def at_once(self, plan: Plan, first: Job) -> int:
        """Return how many samples advance together from `first` on."""
        number, outputs = first.number, self._outputs if plan.predictions else 6
        if plan.attention:
            outputs += LONGEST + 1
        if not plan.alone:
            return GROUP * cores() - number % GROUP
        most = BATCH_CUDA if self._writer.gpu else PER_CORE * cores() if number else FIRST
        if first.target is None and number < GROUP and self._writer.gpu is None:
            most = min(most, GROUP - number)
        return max(min(most, HELD // (plan.points * outputs * 4)), 1)

    def drafts(self, batch: Sequence[Job], seed: int, plan: Plan, tries: int, limited: bool) -> list[Draft]:
        """Return a draft per job: with text, the best that was drawn with up to `tries`.

        Lines are drawn word by word (`WordByWord`). On a GPU, or where the caller `limited` points or lifts,
        they are drawn as a whole: until one has no fault and is clear, or for FOR_CLARITY tries if it has no
        fault. After the first tries of a line, several are drawn at once, and the first good one counts. A
        line that did not reach its end because of the limit is not drawn again.
        """
        if not plan.alone:
            return self._group(batch, seed, plan)
        if batch[0].target is not None and tries > 1 and not limited and self._writer.gpu is None:
            lines = (self._line(job, (seed, job.number), tries, VERY_CLEAR) for job in batch)
            return draw_lines(lines, len(batch), plan, self._writer)
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
            done = self._writer.drawn([np.random.default_rng(s) for s in seeds], limited, texts or None)
            for k in range(len(part)):
                yield done[k * len(attempts) : (k + 1) * len(attempts)]

    def _group(self, batch: Sequence[Job], seed: int, plan: Plan) -> list[Draft]:
        """Return a draft per job of whole groups, of which those in `batch` are asked for."""
        first = batch[0].number - batch[0].number % GROUP
        end = -(-(batch[-1].number + 1) // GROUP) * GROUP
        done = self._writer.drawn([np.random.default_rng([seed, k]) for k in range(first, end)], plan, None)
        return [Draft(done[job.number - first], (), 0.0, 1) for job in batch]

    def side_by_side(
        self, jobs: Sequence[Job], seeds: Sequence[int | tuple[int, ...]], plan: Plan
    ) -> list[Trajectory]:
        """Return one try at each of `jobs`, which have text; the bits of each depend on the others."""
        limits = tuple(job.points for job in jobs)
        plan = replace(
            plan, points=max(limits), limits=limits, alone=False, resumable=self._writer.gpu is None
        )
        texts = [job.target.codes for job in jobs if job.target is not None]
        return self._writer.drawn([np.random.default_rng(seed) for seed in seeds], plan, texts, SIDE_BY_SIDE)

    def mended(self, tries: Sequence[LineTry], most: int) -> list[LineTry]:
        """Return `tries`, which continue from one prime, with words in trouble drawn up to `most` times.

        What follows such a word is drawn again, too. The bits of each depend on which are mended with it.
        A GPU draws whole lines again.
        """
        begun = [(each.begun, each.draft) for each in tries if each.begun is not None]
        if self._writer.gpu is not None:
            drafts = [self._best_of(how, draft, min(most, FOR_CLARITY)) for how, draft in begun]
        else:
            lines = [self._line(how.job, (how.seed,), most, CLEAR, draft) for how, draft in begun]
            drafts = mend_lines(lines, begun[0][0].plan, self._writer)
        return [each.mended(draft) for each, draft in zip(tries, drafts, strict=True)]

    def _best_of(self, begun: Begun, draft: Draft, tries: int) -> Draft:
        if draft.clear or tries < 2:
            return draft
        jobs, seeds = [begun.job] * (tries - 1), [(begun.seed, k) for k in range(1, tries)]
        drawn = self.side_by_side(jobs, seeds, begun.plan)
        others = [
            self.judged(begun.job.target, written, begun.plan, k, tries) for k, written in enumerate(drawn, 2)
        ]
        return replace(min([draft, *others], key=lambda one: one.badness), tries=tries)

    def _line(
        self, job: Job, entropy: Sequence[int], tries: int, clarity: Clarity, first: Draft | None = None
    ) -> Line:
        def judge(target: TargetText, written: Trajectory, attempt: int) -> Draft:
            return judged(target, written, attempt, self._reader, clarity)

        assert job.target is not None
        return Line(job, entropy, WordByWord(job.target, judge, tries).draft(first))

    def judged(
        self, target: TargetText | None, written: Trajectory, plan: Plan, attempt: int, tries: int
    ) -> Draft:
        """Return the draft of what was `written`; it is read if up to `tries` can be drawn."""
        if target is None:
            return Draft(written, (), 0.0, attempt)
        reader = self._reader if tries > 1 else None
        return judged(target, written, attempt, reader, CLEAR, plan.until > 0)
