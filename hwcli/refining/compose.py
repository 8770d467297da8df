"""Composed lines as lines of a dataset: only those that the reader can read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from statistics import median
from typing import Any

import numpy as np

from hwcli.console import Reporter
from hwcli.dataset.packing import Line
from hwcli.dataset.store import BODY_UNITS, COMPOSED
from hwcli.errors import HwError
from hwcli.reader.load import load_reader
from hwcli.refining.composer import ComposedLine, Composer
from hwcli.refining.even import with_path
from hwcli.refining.hand import hands_of
from hwcli.refining.legibility import Said, Scores
from hwcli.refining.spacing import spacings

READABLE = -0.35  # score from which a line is kept
# the same for lines with a sign that the reader takes for another, however it is written: / for \, 1 for |
EASY, ALIKE = -0.7, frozenset("\\|~^`{}&")
TOGETHER = 400  # lines at most that are composed before they are scored
OVER, SPARE = 1.3, 20  # of them beside those that are wanted: times as many, and more
USES = 3  # lines of a piece after which it is judged by the median of their scores
LEAST = 0.05  # share of the lines tried that must be kept: below, composing is given up


def composed(
    lines: Sequence[Line],
    count: int,
    seed: int,
    scores: Scores,
    bar: Callable[[str], AbstractContextManager[Reporter]],
) -> tuple[list[Line], dict[str, Any]]:
    """Return `count` lines composed of the single characters and words among `lines`, and what was done.

    The same seed gives the same lines. Raises HwError if `lines` hold too little of any hand at one body
    height, or the reader can hardly read what is composed of it.
    """
    hands = hands_of([line for line in lines if line.units == BODY_UNITS])
    if not hands:
        raise HwError(
            "--compose found nobody with enough single characters or words at one body height",
            "add --normalise, and ink with texts of one character or one word",
        )
    with bar("measuring gaps") as report:
        gaps = spacings(lines, [hand.name for hand in hands], load_reader().align, report)
    composer = Composer(hands, gaps, np.random.default_rng(seed))
    with bar("composing lines") as report:
        kept, tried = _readable(composer, count, str(seed), scores, report)
    return kept, {"lines": len(kept), "tried": tried, "hands": len(hands)}


def _readable(
    composer: Composer, count: int, name: str, scores: Scores, report: Reporter
) -> tuple[list[Line], int]:
    """Return `count` lines that can be read, and how many were composed."""
    kept: list[Line] = []
    seen: defaultdict[str, list[float]] = defaultdict(list)
    groups: set[str] = set()
    tried = 0
    while len(kept) < count:
        together = min(TOGETHER, SPARE + round(OVER * (count - len(kept))))
        made = [one for _ in range(together) if (one := composer.compose()) is not None]
        lines = [_line(one, f"{name}-{tried + k:06d}") for k, one in enumerate(made, 1)]
        tried += together
        for one, line, score in zip(made, lines, scores([Said.of(line) for line in lines]), strict=True):
            _judge(one, score, seen)
            if score >= _limit(one.text) and len(kept) < count:
                composer.count(one.text)
                group = _group(one, groups)
                kept.append(replace(line, group=group, legibility=round(score, 3)))
        report(len(kept), count)
        if len(kept) < LEAST * tried and tried >= TOGETHER:
            raise HwError(
                f"--compose gave up: of {tried:,} composed lines, {len(kept):,} say their text",
                "the labels may be wrong, or the ink not scaled: add --normalise",
            )
    return kept, tried


def _limit(text: str) -> float:
    """Return the score that a line of that text needs."""
    return EASY if ALIKE & set(text) else READABLE


def _group(one: ComposedLine, before: set[str]) -> str:
    """Return the group of one of the pieces: where each has its own, one that none of the lines `before` has.

    So a model that learns from the lines knows nearly all pieces.
    """
    groups = [one.hand.groups[piece.id] for piece in one.pieces]
    group = next((group for group in groups if group not in before), groups[0])
    before.add(group)
    return group


def _line(one: ComposedLine, number: str) -> Line:
    like = one.hand.first
    line = Line(
        f"{one.hand.origin}{COMPOSED}-{number}",
        like.group,
        "composed",
        text=one.text,
        hand=one.hand.name,
        place=like.place,
        origin=one.hand.origin + COMPOSED,
        split="train",
        writer=like.writer,
    )
    return with_path(line, one.points, one.ends, even=True)


def _judge(one: ComposedLine, score: float, seen: dict[str, list[float]]) -> None:
    """Count a score for each piece of a line, and drop pieces whose lines are mostly hard to read."""
    for piece in one.pieces:
        seen[piece.id].append(score)
        if len(seen[piece.id]) >= USES and median(seen[piece.id]) < _limit(piece.text):
            one.hand.drop(piece)
