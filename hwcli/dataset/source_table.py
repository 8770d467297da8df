"""The sources of a dataset's lines: what its manifest records of each, and whether they fit together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hwcli.dataset.rescale import SURVEY, Scaling, measure, summary
from hwcli.dataset.spool import Lines
from hwcli.dataset.store import BODY_UNITS, INK, Source
from hwcli.device_ink.survey import COARSE, LETTER

FITS = 1.5  # ratio of median body heights from which two sources have other units, rather than other hands


def source_table(lines: Lines, scalings: Sequence[Scaling] = ()) -> list[Source]:
    """Return the sources of `lines`, in the order in which the user named them.

    `scalings` is what was done to the hands of these lines, if anything was.
    """
    shared, column = lines.spool.shared, lines.column("shared")
    used = sorted(np.unique(column).tolist(), key=lambda k: (shared[k].place, shared[k].origin))
    rank = np.zeros(len(shared), np.int64)
    rank[used] = np.unique([shared[k].place for k in used], return_inverse=True)[1]
    sources = []
    for name in dict.fromkeys(shared[k].origin for k in used):
        places = np.flatnonzero(np.isin(column, [k for k in used if shared[k].origin == name]))
        places = places[np.argsort(rank[column[places]], kind="stable")]
        sources.append(_source(name, lines.at(places), [one for one in scalings if one.source == name]))
    return sources


def _source(name: str, lines: Lines, scalings: Sequence[Scaling]) -> Source:
    numbers, counts = np.unique(lines.column("shared"), return_counts=True)
    shared = [lines.spool.shared[k] for k in numbers.tolist()]
    units = {one.units for one in shared}
    size = measure(lines[:: max(len(lines) // SURVEY, 1)])
    recorded = lines[0].scaling if len({one.scaling for one in shared}) == 1 else None
    if scalings:
        recorded = summary(scalings)
    return Source(
        name,
        units.pop() if len(units) == 1 else BODY_UNITS if BODY_UNITS in units else INK,
        float(np.median(np.repeat([one.grain for one in shared], counts))),
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
