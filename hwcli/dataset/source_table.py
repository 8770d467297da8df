"""The sources of a dataset's lines: what its manifest records of each, and whether they fit together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from hwcli.dataset.packing import Line
from hwcli.dataset.rescale import SURVEY, Scaling, measure, summary
from hwcli.dataset.store import BODY_UNITS, INK, Source
from hwcli.device_ink.survey import COARSE, LETTER

FITS = 1.5  # ratio of median body heights from which two sources have other units, rather than other hands


def source_table(lines: Sequence[Line], scalings: Sequence[Scaling] = ()) -> list[Source]:
    """Return the sources of `lines`, in the order in which the user named them.

    `scalings` is what was done to the hands of these lines, if anything was.
    """
    by_name: defaultdict[str, list[Line]] = defaultdict(list)
    for line in sorted(lines, key=lambda line: (line.place, line.origin)):
        by_name[line.origin].append(line)
    return [
        _source(name, part, [one for one in scalings if one.source == name]) for name, part in by_name.items()
    ]


def _source(name: str, lines: Sequence[Line], scalings: Sequence[Scaling]) -> Source:
    units = {line.units for line in lines}
    recorded = lines[0].scaling
    size = measure(lines[:: max(len(lines) // SURVEY, 1)])
    if scalings:
        recorded = summary(scalings)
    elif any(line.scaling != recorded for line in lines):
        recorded = None
    return Source(
        name,
        units.pop() if len(units) == 1 else BODY_UNITS if BODY_UNITS in units else INK,
        float(np.median([line.grain for line in lines])),
        None if size is None else size.height,
        None if size is None else size.spacing,
        recorded,
    )


def grain_warnings(sources: Sequence[Source]) -> list[str]:
    """Return a warning for each source on a grid so coarse that a network may learn it."""
    return [
        f"the ink of {one.name} lies on a grid of {LETTER * one.height / one.grain:.0f} steps to a small "
        "letter, which a network may learn instead of the writing; --normalise or --fit MODEL smooths it"
        for one in sources
        if one.height is not None and one.grain >= COARSE * one.height > 0
    ]


def size_warning(sources: Sequence[Source]) -> str | None:
    """Return a warning if `sources` differ so much in height that their units differ, else None."""
    measured = sorted((one.height, one.name) for one in sources if one.height is not None)
    if len(measured) < 2 or measured[-1][0] <= FITS * measured[0][0]:
        return None
    heights = ", ".join(f"{name} {height:.3g}" for height, name in measured)
    return f"the units of the sources differ (median body height: {heights}); --normalise makes them alike"
