"""From runs to a chart: lines of a quantity, what they are called, and the range that is worth showing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hwcli import console
from hwcli.errors import HwError, UsageError
from hwcli.plotting.history import Column, History
from hwcli.plotting.quantities import Quantity, Wanted
from hwcli.plotting.smoothing import smoothed, window_for
from renderers.axes import Range, bulk, roomy
from renderers.chart import Chart, Curve, Key, Level, Mark

# A last or best value is kept in sight unless it is so many ranges off the others: a run that blew up.
REACH = 2.0
# Details across the chart, of a page and of a terminal.
FINE, COARSE = 75.0, 40.0


@dataclass(frozen=True, eq=False)
class _Run:
    """One run's part of the chart: its rows between, smoothed, and those at its epochs' ends."""

    number: int
    history: History
    between: Column | None
    ends: Column | None

    def best(self, quantity: Quantity) -> int | None:
        """Which of the ends is best, where that is asked for."""
        if not quantity.best or self.ends is None:
            return None
        return int(np.nanargmin(self.ends.values))


def chart_of(histories: Sequence[History], wanted: Wanted, detail: float = FINE) -> Chart:
    """The chart of `wanted` over all runs, noise smoothed to about so many details across.

    A run that has not measured it is left out with a warning; HwError where none has.
    """
    quantity, window = wanted.quantity, 0.0
    runs = _measured(histories, wanted)
    if quantity.noisy:
        columns = [run.between for run in runs if run.between is not None]
        window = window_for(columns, detail) if wanted.smooth is None else wanted.smooth
        runs = [replace(run, between=run.between and smoothed(run.between, window)) for run in runs]
    unit = _unit(runs, wanted.x)
    curves = [curve for run in runs for curve in _curves(run, quantity, unit)]
    marks = [mark for run in runs for mark in _marks(run, quantity, unit)]
    levels = [Level(value, _said(name, value)) for name, value in wanted.references]
    keys, notes = _legend(runs, quantity, window)
    end = max(float(curve.x[-1]) for curve in curves)
    return Chart(
        x_label=unit,
        y_label=quantity.label,
        x_range=Range(0.0, end or 1.0),
        y_range=_y_range(curves, levels, wanted),
        curves=tuple(curves),
        marks=tuple(marks),
        levels=tuple(levels),
        keys=tuple(keys),
        notes=tuple(notes),
    )


def _measured(histories: Sequence[History], wanted: Wanted) -> list[_Run]:
    """The runs with a finite value to show; the others are named."""
    quantity = wanted.quantity
    runs: list[_Run] = []
    without: list[Path] = []
    for history in histories:
        columns = [history.column(key) if key else None for key in (quantity.steps, quantity.epochs)]
        between, ends = (c if c is not None and np.isfinite(c.values).any() else None for c in columns)
        if between is None and ends is None:
            without.append(history.path)
        else:
            runs.append(_Run(len(runs), history, between, ends))
    keys = " or ".join(quantity.keys)
    if not runs:
        when = "every 10 steps" if quantity.steps else "at the end of every epoch"
        where = ", on the dataset's split valid" if quantity.best and not quantity.steps else ""
        message = f"{', '.join(map(str, without))}: no finite {keys} to draw for --what {wanted.what}"
        raise HwError(message, f"hw train measures it {when}{where}")
    for path in without:
        console.warn(f"{path}: no finite {keys}: left out")
    return runs


def _unit(runs: Sequence[_Run], wanted: str | None) -> str:
    """What x counts: epochs, unless a run does not know yet how long one is."""
    if wanted == "steps":
        return "steps"
    young = [run.history for run in runs if run.history.epochs(np.zeros(1)) is None]
    if young and wanted == "epochs":
        names = ", ".join(str(history.path) for history in young)
        raise HwError(f"{names}: no epoch has ended, so nobody knows how long one is", "use --x steps")
    if young and len(runs) > 1:
        console.note(f"{young[0].name} has not ended an epoch yet: x counts steps")
    return "steps" if young else "epochs"


def _along(run: _Run, column: Column, unit: str) -> NDArray[np.float64]:
    epochs = run.history.epochs(column.steps) if unit == "epochs" else None
    return column.steps if epochs is None else epochs


def _curves(run: _Run, quantity: Quantity, unit: str) -> list[Curve]:
    """A thin line through the rows between, and a bold one with dots through the epochs' ends."""
    curves = []
    if run.between is not None:
        x, y = _along(run, run.between, unit), run.between.values
        curves.append(Curve(x, y, run.number, bold=not quantity.noisy, faded=run.ends is not None))
    if run.ends is not None:
        x, y = _along(run, run.ends, unit), run.ends.values
        curves.append(Curve(x, y, run.number, bold=True, dots=True))
    return curves


def _marks(run: _Run, quantity: Quantity, unit: str) -> list[Mark]:
    """The best epoch."""
    if run.ends is None or (best := run.best(quantity)) is None:
        return []
    x, y = float(_along(run, run.ends, unit)[best]), float(run.ends.values[best])
    return [Mark(x, y, _written(y, quantity.digits), run.number)]


def _legend(runs: Sequence[_Run], quantity: Quantity, window: float) -> tuple[list[Key], list[Key]]:
    """The runs, and in a line of their own the kinds of lines; a single run says both in one."""
    mean = f"mean over {window:,.0f} steps" if window > 0 else "every row"
    ended = any(run.ends is not None for run in runs)
    alone = len(runs) == 1
    kinds: list[Key] = []
    shade = runs[0].number if alone else None
    if quantity.steps and quantity.epochs:
        if ended:
            kinds.append(Key("validation", shade, bold=True, dots=True))
        if any(run.between is not None for run in runs):
            kinds.append(Key(f"training, {mean}", shade, faded=ended))
    elif quantity.noisy:
        kinds.append(Key(mean, shade))
    if alone and kinds:
        first = kinds[0]
        words = ", ".join(word for word in (first.text, _best(runs[0], quantity)) if word)
        return [replace(first, text=f"{runs[0].history.name}: {words}"), *kinds[1:]], []
    keys = []
    for run in runs:
        dots = run.ends is not None
        words = ": ".join(word for word in (run.history.name, _best(run, quantity)) if word)
        keys.append(Key(words, run.number, bold=dots or not quantity.noisy, dots=dots))
    return keys, kinds


def _best(run: _Run, quantity: Quantity) -> str:
    """The best epoch in words, "" where there is none."""
    if run.ends is None or (best := run.best(quantity)) is None:
        return ""
    epochs = run.history.epochs(run.ends.steps)
    where = f"step {run.ends.steps[best]:,.0f}" if epochs is None else f"epoch {epochs[best]:g}"
    return f"best {_written(float(run.ends.values[best]), quantity.digits)} ({where})"


def _y_range(curves: Sequence[Curve], levels: Sequence[Level], wanted: Wanted) -> Range:
    """Around the bulk of the values, and every best and last one: the first steps' losses flatten nothing."""
    parts = []
    for dots in (False, True):  # epochs' ends are few beside the rows between, and count by themselves
        values = [curve.y for curve in curves if curve.dots == dots]
        if values and (part := bulk(np.concatenate(values))) is not None:
            parts.append(part)
    usual = roomy(parts)
    far = REACH * (usual.high - usual.low)
    for curve in curves:
        finite = curve.y[np.isfinite(curve.y)].tolist()
        kept = [finite[-1], min(finite)] if curve.dots else [finite[-1]]
        parts += [Range(y, y) for y in kept if usual.low - far < y < usual.high + far]
    parts += [Range(level.y, level.y) for level in levels]
    automatic = roomy(parts, least=0.0 if wanted.quantity.from_zero else None)
    low = automatic.low if wanted.low is None else wanted.low
    high = automatic.high if wanted.high is None else wanted.high
    if Range(low, high).narrow:
        known = f"the values lie from {automatic.low:g} to {automatic.high:g}"
        raise UsageError(f"--ylim: nothing can be shown from {low:g} to {high:g}", known)
    return Range(low, high)


def _said(name: str, value: float) -> str:
    """A reference with the digits that it was given with."""
    return f"{name} {_minus(repr(value).removesuffix('.0'))}".strip()


def _written(value: float, digits: int) -> str:
    return _minus(f"{value:.{digits}f}" if abs(value) < 1e9 else f"{value:.{digits}e}")


def _minus(number: str) -> str:
    return number.replace("-", "−")
