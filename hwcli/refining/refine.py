"""Neater lines for training: level, even, legible and composed ones; and what was done, for the report.

This works on the lines of a dataset that is being built (hwcli.dataset.build), after these have one scale and
their splits.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

import numpy as np

from hwcli.config.sections import PreprocessConfig
from hwcli.console import Reporter
from hwcli.dataset.packing import Line
from hwcli.dataset.store import COMPOSED
from hwcli.refining.compose import composed
from hwcli.refining.even import body_height, dense, grain_of, path_of, sized, smoothed, with_path
from hwcli.refining.legibility import HOPELESS, NEAT, Said, Scores, scoring
from hwcli.refining.level import has_baseline, level

ROUGH = "-rough"  # end of the name of a source
SPREAD = 3.2  # width per character, in body heights, above which a line is rough: one of 20 in IAM-OnDB is
LONG = 10  # characters of a single word from which --only-lines keeps it

Bar = Callable[[str], AbstractContextManager[Reporter]]  # as console.progress


def is_wanted(rules: PreprocessConfig) -> bool:
    """Return whether `rules` ask for anything that `refine` does."""
    return bool(rules.level or rules.even or rules.legible or rules.only_lines or rules.compose)


def refine(lines: Sequence[Line], rules: PreprocessConfig, bar: Bar) -> tuple[list[Line], dict[str, Any]]:
    """Return `lines`, all with their split, as `rules` ask for, and what was done.

    Lines that are to be left out have a reason. Composed ones come last. Raises HwError if there is nothing
    to compose of.
    """
    pieces = [line for line in lines if line.split == "train" and not line.origin.endswith(COMPOSED)]
    made, short = list(lines), 0
    if rules.only_lines:
        made = [line for line in lines if is_line(line.text)]
        short = len(lines) - len(made)
    done: dict[str, Any] = {}
    if rules.level or rules.even:
        made, done = _shaped(made, lines, rules, bar)
    with scoring(rules.jobs) as scores:
        if rules.legible:
            made = _by_legibility(made, scores, bar)
            done["rough"] = sum(line.origin.endswith(ROUGH) for line in made)
        if rules.compose:
            new, done["composed"] = composed(pieces, rules.compose, rules.seed, scores, bar)
            made += new
    if short:
        why = f"one word of fewer than {LONG} characters"
        made.append(Line("short", "short", "all sources", reason=why, count=short))
    return made, done


def is_line(text: str | None) -> bool:
    """Return whether a text is a line rather than a character or a word; so is ink without a text."""
    return not text or len(text.split()) > 1 or len(text.strip()) >= LONG


def _shaped(
    made: Sequence[Line], every: Sequence[Line], rules: PreprocessConfig, bar: Bar
) -> tuple[list[Line], dict[str, Any]]:
    """Return lines that have a baseline level, even or both, others as they are; and what was done."""
    grains = _grains(every) if rules.even else {}
    shaped, slopes = [], []
    with bar("making lines level" if rules.level else "making lines even") as report:
        for done, line in enumerate(made, 1):
            if line.text and has_baseline(line.text):
                line, slope = _one(line, rules, grains.get((line.origin, line.hand), 0.0))
                slopes.append(abs(slope))
            shaped.append(line)
            report(done, len(made))
    took = {"levelled": len(slopes), "median_slope": round(float(np.median(slopes)), 4)} if slopes else {}
    return shaped, took if rules.level else {}


def _one(line: Line, rules: PreprocessConfig, grain: float) -> tuple[Line, float]:
    """Return a line made level or even, and its slope; one without extent stays as it is."""
    text, slope = line.text or "", 0.0
    points, ends = path_of(line)
    if rules.even:
        points = smoothed(points, ends, grain)
    if rules.level and (made := level(points, ends)) is not None:
        points, slope = made.points, made.slope
    if not rules.even:
        return with_path(line, points, ends), slope
    points = sized(points, ends, text)
    if (size := body_height(points, ends, text)) is not None:
        points, ends = dense(points, ends, size.height)
    return with_path(line, points, ends, even=True), slope


def _grains(lines: Sequence[Line]) -> dict[tuple[str, str], float]:
    """Return the grid step of each hand, as far as it can be seen in its ink."""
    by_hand: defaultdict[tuple[str, str], list[Line]] = defaultdict(list)
    for line in lines:
        by_hand[line.origin, line.hand].append(line)
    return {hand: grain_of(part) for hand, part in by_hand.items()}


def _by_legibility(lines: Sequence[Line], scores: Scores, bar: Bar) -> list[Line]:
    """Give hopeless lines a reason, and rough ones a source of their own; keep scores that are known."""
    unread = [k for k, line in enumerate(lines) if _can_be_read(line) and line.legibility is None]
    with bar("reading lines") as report:
        found = scores([Said.of(lines[k]) for k in unread], report)
    scored = list(lines)
    for k, score in zip(unread, found, strict=True):
        scored[k] = replace(lines[k], legibility=round(max(score, -99.0), 3))
    return [_judged(line) for line in scored]


def _can_be_read(line: Line) -> bool:
    """Return whether a line has a text of several characters: alone, an o looks like a 0."""
    return len((line.text or "").strip()) > 1


def _judged(line: Line) -> Line:
    if line.legibility is None or line.origin.endswith(COMPOSED):  # these were judged when they were composed
        return line
    if line.legibility < HOPELESS:
        why = f"not legible as its text ({line.text!r}: {line.legibility:.1f} nats per character)"
        return replace(line, offsets=None, reason=why)
    name = line.origin.removesuffix(ROUGH)
    return replace(line, origin=name + ROUGH if line.legibility < NEAT or _is_spread(line) else name)


def _is_spread(line: Line) -> bool:
    """Return whether the characters of a line are far apart."""
    text = line.text or ""
    if not has_baseline(text):
        return False
    points, ends = path_of(line)
    size = body_height(points, ends, text)
    return size is not None and float(np.ptp(points[:, 0])) > SPREAD * len(text) * size.height
