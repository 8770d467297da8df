"""How far apart a hand sets its characters and words: measured on its lines, with the reader's help."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from hwcli.console import Reporter
from hwcli.dataset.body_height import TYPICAL
from hwcli.dataset.packing import Line
from hwcli.refining.even import body_height
from hwcli.refining.extents import EXTENTS
from hwcli.refining.level import has_baseline
from renderers.ink import Ink

IntArray = NDArray[np.int64]
Align = Callable[[Ink, str], tuple[float, IntArray]]  # as Reader.align
LINES = 8  # of a hand that are measured at most
DOUBTFUL = -0.5  # log-likelihood per character below which a line says nothing
# All gaps are in x-heights. Medians and deviations over the hands of UNIPEN.
BETWEEN, BETWEEN_HANDS = 0.27, 0.08
APART, APART_HANDS = 1.5, 0.25
NARROW, WIDE = (0.1, 0.35), (1.0, 2.0)  # gaps between characters and words that are used: beyond is not neat
PRIOR = 20  # gaps as many as which the typical hand counts


@dataclass(frozen=True)
class Spacing:
    """The gaps of a hand: between characters with a pen lift between them, and between words."""

    between: float = BETWEEN
    apart: float = APART


def spacings(
    lines: Iterable[Line], hands: Sequence[str], align: Align, report: Reporter
) -> dict[str, Spacing]:
    """Return the gaps of those of `hands` that wrote any of `lines`; `report` receives the hands done."""
    wanted = set(hands)
    found: defaultdict[str, list[Line]] = defaultdict(list)
    for line in lines:
        text = line.text or ""
        if line.hand in wanted and " " in text and has_baseline(text) and len(found[line.hand]) < LINES:
            found[line.hand].append(line)
    measured = {}
    for hand, part in sorted(found.items()):
        measured[hand] = _spacing([_gaps(line, align) for line in part])
        report(len(measured), len(found))
    return measured


def _spacing(gaps: Sequence[tuple[list[float], list[float]]]) -> Spacing:
    between, apart = ([*chain.from_iterable(pair[k] for pair in gaps)] for k in range(2))
    return Spacing(_median(between, BETWEEN, NARROW), _median(apart, APART, WIDE))


def _median(gaps: Sequence[float], typical: float, limits: tuple[float, float]) -> float:
    if not gaps:
        return typical
    mean = (len(gaps) * float(np.median(gaps)) + PRIOR * typical) / (len(gaps) + PRIOR)
    return min(max(mean, limits[0]), limits[1])


def _gaps(line: Line, align: Align) -> tuple[list[float], list[float]]:
    """Return the gaps of a line between characters, beside the room that these need, and between words."""
    assert line.offsets is not None
    text, ink = line.text or "", Ink.from_offsets(line.offsets)
    size = body_height(ink.points, ink.ends, text)
    score, owner = align(ink, text)
    if size is None or score < DOUBTFUL * len(text):
        return [], []
    x = ink.points[:, 0] / (size.height / TYPICAL)
    between, apart = [], []
    before: int | None = None  # the last character that has ink
    for k in np.unique(owner[owner >= 0]).tolist():
        here = np.flatnonzero(owner == k)
        if before is not None:
            gap = float(x[here].min() - x[owner == before].max())
            if " " in text[before:k]:
                apart.append(gap)
            elif k == before + 1 and here[0] and ink.ends[here[0] - 1]:
                between.append(gap - room(text[before], text[k]))
        before = k
    return between, apart


def room(left: str, right: str) -> float:
    """Return the room between two characters beside that between average ones."""
    before, after = EXTENTS.get(left), EXTENTS.get(right)
    return (before.right if before else 0.0) + (after.left if after else 0.0)
