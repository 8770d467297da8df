"""Lines of one size, one density and without the grid of their tablet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from hwcli.dataset.body_height import BODY, body_size
from hwcli.dataset.packing import Line, compact
from hwcli.dataset.store import BODY_UNITS, TABLET
from hwcli.ink_size import Size, resampled
from renderers.ink import Ink

Points = NDArray[np.float64]
UNEVEN = 1.1  # ratio of a line's body height to BODY's up to which it stays, either way
ROUNDS = 2  # of resampling
ALIKE = 1.1  # ratio of densities up to which a line is not resampled, either way
SURVEY = 50  # lines that the grid of a hand is measured on
LEAST = 0.02  # share of the steps that may be below the grid's
COARSE = 2.0  # grid step from which the steps of a grid are smoothed, in units of one body height
SMOOTH = 0.75  # deviation of the smoothing along the path, in grid steps
FINE = 0.25  # step of the smoothing along the path, in its deviations


def path_of(line: Line) -> tuple[Points, NDArray[np.bool_]]:
    """Return the points (n, 2) of a line, and flags at the ends of its strokes (n,)."""
    assert line.offsets is not None
    points, ends = line.offsets[:, :2].cumsum(0, dtype=np.float64), line.offsets[:, 2] > 0.5
    ends[-1] = True
    return points, ends


def with_path(line: Line, points: Points, ends: NDArray[np.bool_], even: bool = False) -> Line:
    """Return a line with other ink; if that is `even`, at one body height.

    This and a tablet's are rounded to whole units.
    """
    points = np.rint(points) if even or line.units == TABLET else points
    rows = compact(np.column_stack([np.diff(points, axis=0, prepend=points[:1]), ends]))
    return replace(line, offsets=rows, units=BODY_UNITS, grain=1.0) if even else replace(line, offsets=rows)


def body_height(points: Points, ends: NDArray[np.bool_], text: str) -> Size | None:
    """Return body height and spacing of a line; None if it has no extent."""
    size = Size.of_points(points, ends)
    return None if size is None else body_size([(size, text)])


def sized(points: Points, ends: NDArray[np.bool_], text: str) -> Points:
    """Scale a line so that its body height is BODY's, nearly."""
    size = body_height(points, ends, text)
    if size is None:
        return points
    ratio = size.height / BODY.height
    return points * (min(max(ratio, 1 / UNEVEN), UNEVEN) / ratio)


def grain_of(lines: Sequence[Line]) -> float:
    """Return the grid step of a hand's lines, as their ink shows it; about 0 if they are on no grid."""
    some = [line.offsets for line in lines[:: max(len(lines) // SURVEY, 1)] if line.offsets is not None]
    steps = np.abs(np.concatenate([rows[:, :2] for rows in some]) if some else np.zeros(0))
    steps = steps[steps > 0]
    return float(np.quantile(steps, LEAST)) if len(steps) else 0.0


def smoothed(points: Points, ends: NDArray[np.bool_], grain: float) -> Points:
    """Smooth the steps of a grid of `grain` units; a finer one than COARSE stays."""
    if grain < COARSE:
        return points
    strokes = np.split(points, np.flatnonzero(ends)[:-1] + 1)
    return np.concatenate([_smooth(stroke, SMOOTH * grain) for stroke in strokes])


def _smooth(stroke: Points, sigma: float) -> Points:
    """Average a stroke (n, 2) along its path, with a Gaussian; its ends stay."""
    along = np.concatenate([[0.0], np.hypot(*np.diff(stroke, axis=0).T).cumsum()])
    if along[-1] < 2 * sigma:
        return stroke
    count = int(np.ceil(along[-1] / (FINE * sigma))) + 1
    at = np.linspace(0, along[-1], count)
    fine = np.column_stack([np.interp(at, along, axis) for axis in stroke.T])
    reach = min(round(3 / FINE), count - 1)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) * at[1] / sigma) ** 2)
    kernel /= kernel.sum()
    # continued beyond its ends by reflection at them, so that smoothing does not move them
    before, after = 2 * fine[0] - fine[reach:0:-1], 2 * fine[-1] - fine[-2 : -reach - 2 : -1]
    wide = np.concatenate([before, fine, after])
    even = np.column_stack([np.convolve(axis, kernel, "valid") for axis in wide.T])
    return np.column_stack([np.interp(along, at, axis) for axis in even.T])


def dense(points: Points, ends: NDArray[np.bool_], height: float) -> tuple[Points, NDArray[np.bool_]]:
    """Resample ink of that body height to the density of BODY, unless it is near."""
    made, density = Ink.from_points(points, ends), 1.0
    for _ in range(ROUNDS):  # straight lines between sparse points are shorter than the curve
        size = Size.of(made)
        ratio = 1.0 if size is None else (size.spacing / height) / (BODY.spacing / BODY.height)
        if 1 / ALIKE <= ratio <= ALIKE:
            break
        density *= ratio
        made = resampled(Ink.from_points(points, ends), density)
    return made.points, made.ends
