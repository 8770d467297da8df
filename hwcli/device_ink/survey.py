"""Measures what a device did to the ink of one hand: its grid, its repeated points, its hooks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwcli.device_ink.grid import grid_step
from hwcli.ink_size import Size
from renderers.ink import Ink

Array = NDArray[np.float64]
TRUSTED = 30  # points of an ink that show a grid well
# Grid step, in heights (Size.height), from which a network learns the grid instead of the writing: 3 units of
# IAM-OnDB at its median height.
COARSE = 3 / 82.17
LETTER = 1 / 0.52  # height of a small letter, in heights, in a typical line
SPARSE = 3.0  # median step, in grid steps, from which rounding does not explain repeated points
REPEATED = 0.2  # share of steps of no length from which a device repeats points; people's ink has up to 0.09
HOOKED = 0.6  # share of strokes that begin with a hook from which a device makes them
HOOK = 0.12  # length of a hook, in heights, at most
LONG = 0.8  # length of a stroke, in heights, from which it may have one
TURN = np.deg2rad(100)  # at a hook, at least
STROKES = 1000  # that are looked at for hooks
FEW_STROKES = 10  # too few to tell a share


@dataclass(frozen=True)
class Survey:
    """What a device did to the ink of one hand."""

    height: float  # median of Size.height; 0 if none could be measured
    step: float  # of the grid that its ink lies on; 0 if none does
    repeated: float  # share of the steps within strokes that have no length
    hooked: float  # share of the longer strokes that begin with a hook

    @classmethod
    def of(cls, inks: Sequence[Ink]) -> Survey:
        """Measure `inks`, all of one hand and one device."""
        sizes = [size for ink in inks if (size := Size.of(ink)) is not None]
        if not sizes:
            return cls(0.0, 0.0, 0.0, 0.0)
        height = Size.typical(sizes).height
        step = _common_step(inks)
        lengths = np.concatenate([_lengths(ink.points)[~ink.ends[:-1]] for ink in inks if len(ink)])
        repeated = _repeated(lengths, step)
        # on a coarse grid every diagonal begins with turns
        hooked = 0.0 if step > HOOK * height else _hooked(inks, height)
        return cls(height, step, repeated, hooked)

    @property
    def is_coarse(self) -> bool:
        """Whether the grid is so coarse that a network may learn it."""
        return self.height > 0 and self.step >= COARSE * self.height

    @property
    def repeats(self) -> bool:
        """Whether the device repeats points."""
        return self.repeated >= REPEATED

    @property
    def hooks(self) -> bool:
        """Whether the device makes hooks where the pen comes down."""
        return self.hooked >= HOOKED

    @property
    def is_clean(self) -> bool:
        """Whether there is nothing to mend."""
        return not (self.is_coarse or self.repeats or self.hooks)


def begins_with_hook(stroke: Array, height: float) -> int:
    """Return the index of the point at which a hook at the start of a stroke ends; 0 if there is none."""
    lengths = _lengths(stroke)
    along = lengths.cumsum()
    if len(lengths) < 3 or along[-1] < LONG * height:
        return 0
    last = int(np.searchsorted(along, HOOK * height, "right"))  # steps that end within a hook's length
    steps, moved = np.diff(stroke[: last + 2], axis=0), np.flatnonzero(lengths[: last + 1] > 0)
    if len(moved) < 2:
        return 0
    angles = np.arctan2(steps[moved, 1], steps[moved, 0])
    turns = np.abs((np.diff(angles) + np.pi) % (2 * np.pi) - np.pi)
    sharp = np.flatnonzero(turns > TURN)
    return int(moved[sharp[-1] + 1]) if len(sharp) else 0


def _common_step(inks: Sequence[Ink]) -> float:
    """Return the median grid step of the inks that have enough points; of all, if none has."""
    long = [ink for ink in inks if len(ink) >= TRUSTED] or inks
    return float(np.median([grid_step(ink.points) for ink in long]))


def _lengths(stroke: Array) -> Array:
    lengths: Array = np.hypot(*np.diff(stroke, axis=0).T)
    return lengths


def _repeated(lengths: Array, step: float) -> float:
    """Return the share of steps without length; 0 where the grid explains them, as in slow writing."""
    moved = lengths[lengths > 0]
    if not len(moved) or np.median(moved) < SPARSE * step:
        return 0.0
    return 1 - len(moved) / len(lengths)


def _hooked(inks: Sequence[Ink], height: float) -> float:
    strokes = [stroke for ink in inks for stroke in ink.strokes if len(stroke) > 3]
    some = strokes[:: max(len(strokes) // STROKES, 1)]
    long = [stroke for stroke in some if _lengths(stroke).sum() >= LONG * height]
    if len(long) < FEW_STROKES:
        return 0.0
    return float(np.mean([begins_with_hook(stroke, height) > 0 for stroke in long]))
