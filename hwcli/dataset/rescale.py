"""Rescales lines: all by one factor to the size of a model's, or each hand to one body height and density.

`mend_lines` comes first, and takes out what the device of each hand has left in its ink.
`fit_lines` is for one's own hand, before hw train --from. `to_one_scale` is for ink of several devices: each
device has its units and its rate, and each hand its size.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from hwcli.dataset.body_height import BODY, body_size
from hwcli.dataset.packing import Line, compact
from hwcli.dataset.store import BODY_UNITS, INK, Dataset
from hwcli.device_ink.mending import mend, report
from hwcli.device_ink.survey import Survey
from hwcli.errors import HwError
from hwcli.ink_size import DENSER, Size, resampled
from renderers.ink import Ink

FEW = 50  # lines that the device of a hand is measured on
SURVEY = 1000  # number of lines that the size of a dataset is measured on
# Ratio of densities up to which --resample leaves a hand as it is, either way: nine tenths of the forms of
# IAM-OnDB lie within it, so it is a difference between people.
ALIKE = 1.25
PLAUSIBLE = 50.0  # ratio of densities, either way, beyond which ink is not handwriting


class MutableLines(Protocol):
    """Lines that can be replaced, such as a list."""

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[Line]: ...
    def __getitem__(self, index: int, /) -> Line: ...
    def __setitem__(self, index: int, line: Line, /) -> None: ...


@dataclass(frozen=True)
class Scaling:
    """What was done to the lines of one hand."""

    source: str
    hand: str
    lines: int
    factor: float  # on the units
    density: float  # number of points per stroke, after to before
    grain: float  # median grid step of its coordinates afterwards; 0 if they are on no grid


@dataclass(frozen=True)
class Mended:
    """What was mended in the lines of one hand."""

    source: str
    hand: str
    lines: int
    step: float  # of the grid that was smoothed, in the ink's units; 0: none was
    notes: list[str]


def size_of_lines(dataset: Dataset, lines: Sequence[int]) -> Size | None:
    """Return the median size of evenly chosen `lines`; None if none of them has an extent."""
    chosen = lines[:: max(len(lines) // SURVEY, 1)]
    sizes = [size for line in chosen if (size := _size_of(dataset.line(line))) is not None]
    return Size.typical(sizes) if sizes else None


def measure(lines: Iterable[Line]) -> Size | None:
    """Return body height and spacing of `lines`; None if none of them has an extent."""
    sizes = ((_size_of(line.offsets), line.text) for line in lines if line.offsets is not None)
    return body_size((size, text) for size, text in sizes if size is not None)


def fit_lines(lines: MutableLines, model: Size) -> float:
    """Scale `lines` so that their median height is the model's; return the factor.

    One factor for all lines keeps their differences in size. If the median spacing of their points is then
    far from the model's, strokes are resampled at even steps of time. HwError if no line has a measurable
    size.
    """
    found = (_size_of(line.offsets) for line in lines if line.offsets is not None)
    sizes = [size for size in found if size is not None]
    if not sizes:
        raise HwError("--fit cannot measure the ink: no line has a measurable size", "remove --fit")
    typical = Size.typical(sizes)
    factor, density = typical.to(model)
    density = _unless_alike(density, DENSER)
    for k in range(len(lines)):
        lines[k] = _scaled(_resampled(lines[k], density), factor, INK)
    return factor


def to_one_scale(lines: MutableLines, normalise: bool, resample: bool) -> list[Scaling]:
    """Bring each hand to the height of BODY, to its density, or both; return what was done.

    A hand is one writer on one device (`Line.hand`); its lines keep their differences. A line that is left
    out stays so; those of a hand that cannot be measured are left out, with the reason.
    """
    scalings = []
    for (origin, hand), places in _by_hand(lines):
        size = measure(lines[k] for k in places)
        density = 1.0 if size is None else (size.spacing / size.height) / (BODY.spacing / BODY.height)
        if size is None or not 1 / PLAUSIBLE < density < PLAUSIBLE:
            for k in places:
                lines[k] = replace(lines[k], offsets=None, reason=_immeasurable(hand, size))
            continue
        density = _unless_alike(density, ALIKE) if resample else 1.0
        if density != 1.0:  # the straight lines between sparse points cut corners
            size = measure(_resampled(lines[k], density) for k in places) or size
        factor = BODY.height / size.height if normalise else 1.0
        grains = array("d")
        for k in places:
            line = _resampled(lines[k], density)
            lines[k] = line = _scaled(line, factor, BODY_UNITS) if normalise else line
            grains.append(line.grain)
        scalings.append(Scaling(origin, hand, len(places), factor, density, float(np.median(grains))))
    return scalings


def mend_lines(lines: MutableLines) -> list[Mended]:
    """Mend `lines` hand by hand (`Line.hand`); return what was done. Most lines are clean and stay."""
    done = []
    for (origin, hand), places in _by_hand(lines):
        some = places[:: max(len(places) // FEW, 1)]
        survey = Survey.of([ink_of(lines[k]) for k in some])
        if survey.is_clean:
            continue
        changed = 0
        for k in places:
            line = lines[k]
            if (made := _mended(line, survey)) is not line:
                lines[k] = made
                changed += 1
        if changed:
            step = survey.step if survey.is_coarse else 0.0
            done.append(Mended(origin, hand, changed, step, report(survey, changed)))
    return done


def _by_hand(lines: Iterable[Line]) -> list[tuple[tuple[str, str], Sequence[int]]]:
    """Return origin and name of each hand, sorted, with the places of its lines that are kept."""
    hands: defaultdict[tuple[str, str], array[int]] = defaultdict(lambda: array("q"))
    for k, line in enumerate(lines):
        if line.offsets is not None:
            hands[line.origin, line.hand].append(k)
    return sorted(hands.items())


def ink_of(line: Line) -> Ink:
    """Return the ink of a line that is kept."""
    assert line.offsets is not None
    points = line.offsets[:, :2].cumsum(0, dtype=np.float64)
    return Ink.from_points(points, line.offsets[:, 2] > 0.5)


def summary(scalings: Sequence[Scaling]) -> Mapping[str, Any]:
    """Return the number of hands, and least, median and greatest of their factors and densities."""
    values = {key: [getattr(one, key) for one in scalings] for key in ("factor", "density")}
    return {"hands": len(scalings)} | {
        key: [min(found), float(np.median(found)), max(found)] for key, found in values.items()
    }


def _immeasurable(hand: str, size: Size | None) -> str:
    if size is None:
        return f"no measurable size (nor has any other ink of {hand}), so it cannot be scaled"
    return f"not handwriting: its points lie {size.spacing / size.height:.2g} of its height apart"


def _unless_alike(density: float, ratio: float) -> float:
    return 1.0 if 1 / ratio <= density <= ratio else density


def _size_of(offsets: NDArray[Any]) -> Size | None:
    return Size.of_points(offsets[:, :2].cumsum(0, dtype=np.float64), offsets[:, 2] > 0.5)


def _resampled(line: Line, density: float) -> Line:
    """Return `line` with `density` times as many points per stroke."""
    if line.offsets is None or density == 1.0:
        return line
    rows = resampled(ink_of(line), density).offsets
    return replace(line, offsets=rows.astype(np.float32))


def _scaled(line: Line, factor: float, units: str) -> Line:
    """Return `line` with its offsets multiplied by `factor`, then in `units`."""
    if line.offsets is None:
        return line
    rows = (line.offsets * np.array([factor, factor, 1.0])).astype(np.float32)
    return replace(line, offsets=rows, units=units, grain=factor * line.grain)


def _mended(line: Line, survey: Survey) -> Line:
    """Return a line mended; the same object if it needs nothing."""
    old = ink_of(line)
    new = mend(old, survey)
    if new is old:
        return line
    return replace(
        line, offsets=compact(new.offsets), units=INK, grain=0.0 if survey.is_coarse else line.grain
    )
