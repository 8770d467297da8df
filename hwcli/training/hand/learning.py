"""Learning a hand from lines of one writer.

A model's weights change in a few dozen updates (hwcli.training.hand.low_rank), while it rehearses what the
lines do not show (hwcli.training.hand.rehearsal). The log-loss keeps falling long after the writing has
begun to suffer, so a reader decides how far to go: the hand is kept at the greatest strength at which it is
about as legible as the model's continuation of one line.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hwcli.console import Reporter
from hwcli.errors import HwError
from hwcli.hands.learned import LearnedHand
from hwcli.network.device import choose_threads
from hwcli.network.network import Network
from hwcli.reader.error_rate import Errors
from hwcli.reader.reader import Reader
from hwcli.sampling.model import Model
from hwcli.training.hand.batches import LANES, endlessly, side_by_side, windows
from hwcli.training.hand.effort import Effort, Plan
from hwcli.training.hand.judging import Judge
from hwcli.training.hand.lines import HandLines
from hwcli.training.hand.low_rank import LowRank
from hwcli.training.hand.rehearsal import rehearsed
from hwcli.training.loss import training_loss
from renderers.ink import Ink

RATE = 0.008  # of learning; rises at first and falls to 0
RISE = 1024  # steps of the lines in which it rises
STRENGTHS = 1.0, 0.8, 0.6, 0.4  # of the changes, as LearnedHand.scaled has it
WORSE = 1.5  # times the errors before that a hand may have
USUAL = 0.03  # of the characters are misread when unipen-synthesis continues people's lines, at BIAS


@dataclass(frozen=True)
class Learned:
    """A learned hand, and how it came about."""

    hand: LearnedHand
    left_out: Sequence[str]  # why some lines were not learned from
    before: Errors  # of texts that the model writes in continuation of the hand's line
    after: Errors  # of the same texts in the learned hand
    strength: float  # of the changes; 0 if the writing was illegible at every one of STRENGTHS


class Progress(Protocol):
    """Where the phases of learning report their progress."""

    def __call__(self, phase: str, done: float, total: float, /) -> None:
        """Report that `done` of `total` of a phase is finished."""


def learn(inks: Sequence[Ink], model: Model, reader: Reader, effort: Effort, progress: Progress) -> Learned:
    """Let `model` learn the hand of `inks`, lines of one writer with their texts.

    It computes on the CPU. The same arguments give the same hand on machines of one kind with the same number
    of threads. Raises HwError if too few of the lines can be learned from, or the model does not write given
    text.
    """
    file = model.file
    if file.alphabet is None:
        raise HwError(
            f"{model.name} cannot learn a hand: it does not write given text", "use another --model"
        )
    progress("reading", 0, 1)
    torch.set_num_threads(choose_threads(effort.threads))
    lines = HandLines.of(inks, model.size, reader)
    start = LearnedHand(model.name, file.digest, file.shape, {}, lines.prime(reader))
    judge = Judge(file, model.name, reader)
    before = judge.errors(start)
    rehearsal = rehearsed(model, start.line, partial(progress, "rehearsing"))
    plan = Plan.of(len(lines.inks))
    if effort.updates is not None:
        plan = replace(plan, updates=effort.updates)
    changes = _changes(model, lines.inks, rehearsal, plan, effort.seed, partial(progress, "learning"))
    learned = replace(start, changes=changes)
    for number, strength in enumerate(STRENGTHS):
        progress("reading back", number, len(STRENGTHS))
        after = judge.errors(learned.scaled(strength))
        if after.rate <= WORSE * max(before.rate, USUAL):
            about = {
                "lines": len(lines.inks),
                "updates": plan.updates,
                "seed": effort.seed,
                "strength": strength,
                "misread": {"before": before.rate, "after": after.rate},
                "licence": file.about.get("licence"),  # of the model, from whose weights the changes follow
            }
            hand = replace(learned.scaled(strength), about=about)
            return Learned(hand, lines.left_out, before, after, strength)
    return Learned(start, lines.left_out, before, before, 0.0)


def _changes(
    model: Model, lines: Sequence[Ink], rehearsal: Sequence[Ink], plan: Plan, seed: int, report: Reporter
) -> dict[str, NDArray[np.float32]]:
    """Return what the weights of `model` change by, learning from lines in its units."""
    network = Network.of(model.file).train()
    changes = LowRank(network, plan.rank, seed)
    losses = _losses(network, model, endlessly(lines, seed), endlessly(rehearsal, seed), plan)
    for number, loss in enumerate(islice(losses, plan.updates)):
        rise = min((number + 1) * plan.window / RISE, 1.0)
        fall = (1 + math.cos(math.pi * number / plan.updates)) / 2
        changes.step(loss, RATE * rise * fall)
        report(number + 1, plan.updates)
    return changes.tensors()


def _losses(
    network: Network, model: Model, lines: Iterator[Ink], rehearsal: Iterator[Ink], plan: Plan
) -> Iterator[Tensor]:
    """Yield the mean loss per point of one window after another, without end."""
    while True:
        inks = list(islice(rehearsal, plan.rehearsed))
        inks += islice(lines, LANES - len(inks))
        batch = side_by_side(model.file, model.told, inks)
        state = network.zero_state(len(inks))
        for window in windows(batch, plan.window):
            raw, state = network(window.inputs, window.reset, state, window.text)
            yield training_loss(raw, window, network.sigma_min).sum() / window.points
