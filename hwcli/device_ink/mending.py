"""Mends the ink of one hand where a device has left its mark, and says what was mended.

Clean ink is returned as the same objects.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hwcli.device_ink.grid import grid_step
from hwcli.device_ink.smoothing import smoothed
from hwcli.device_ink.survey import LETTER, TRUSTED, Survey, begins_with_hook
from hwcli.device_ink.timing import at_even_steps, with_points
from renderers.ink import Ink

Array = NDArray[np.float64]


def mended(inks: Sequence[Ink]) -> tuple[list[Ink], list[str]]:
    """Return `inks`, all of one hand and one device, mended, and notes for the user.

    Ink is brought to even steps of time if it has times (`extra["t"]`) and they are uneven. Points that a
    device repeats are dropped, coarse grids smoothed, and hooks at pen-down cut off, where the inks together
    show that the device makes them. Predictions of mended ink are dropped; so is what `extra` and `trace` say
    of each point, if their number changes.
    """
    timed = [at_even_steps(ink) for ink in inks]
    even = [old if new is None else new for old, new in zip(inks, timed, strict=True)]
    notes = []
    if uneven := sum(ink is not None for ink in timed):
        notes.append(f"{_lines(uneven, 'has', 'have')} uneven times: resampled at even ones")
    # interpolation hides a grid, so it is looked for in the ink as it was
    survey = Survey.of(inks)
    done = [mend(ink, survey, old) for old, ink in zip(inks, even, strict=True)]
    changed = sum(old is not new for old, new in zip(even, done, strict=True))
    return done, notes + ([] if not changed else report(survey, changed))


def mend(ink: Ink, survey: Survey, source: Ink | None = None) -> Ink:
    """Return `ink` mended as the `survey` of its hand asks for; the same object if nothing is to be done.

    `source` is the ink before it was brought to even steps of time, if it was.
    """
    if survey.is_clean:
        return ink
    strokes = list(ink.strokes)
    if survey.repeats:
        strokes = [_without_repeats(stroke) for stroke in strokes]
    if survey.is_coarse and _is_on_grid(source or ink, survey.step):
        strokes = smoothed(strokes, survey.step)
    if survey.hooks:
        strokes = [stroke[begins_with_hook(stroke, survey.height) :] for stroke in strokes]
    same = all(a is b or np.array_equal(a, b) for a, b in zip(strokes, ink.strokes, strict=True))
    return ink if same else with_points(ink, tuple(strokes))


def report(survey: Survey, lines: int) -> list[str]:
    """Return notes on what was mended in that many lines."""
    notes = []
    if survey.repeats:
        notes.append(f"{_lines(lines, 'repeats', 'repeat')} points: {survey.repeated:.0%} were dropped")
    if survey.is_coarse:
        grid = "whole pixels" if survey.step == 1 else f"a grid of {survey.step:.3g} units"
        high = LETTER * survey.height / survey.step
        notes.append(f"{_lines(lines, 'lies', 'lie')} on {grid}, {high:.0f} to a small letter: smoothed")
    if survey.hooks:
        notes.append(f"{survey.hooked:.0%} of the strokes begin with a hook: cut off")
    return notes


def _is_on_grid(ink: Ink, step: float) -> bool:
    """Return whether `ink` lies on the grid of its hand; one that is too short to tell does."""
    if len(ink) < TRUSTED:
        places = (ink.points - ink.points[:1]) / step
        return bool((np.abs(places - np.rint(places)) < 0.1).all())
    own = grid_step(ink.points)
    return own > 0.9 * step


def _without_repeats(stroke: Array) -> Array:
    moved = (np.diff(stroke, axis=0, prepend=np.nan) != 0).any(axis=1)
    return stroke if moved.all() else stroke[moved]


def _lines(count: int, one: str, several: str) -> str:
    return f"{count:,} {'line ' + one if count == 1 else 'lines ' + several}"
