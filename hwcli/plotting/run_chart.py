"""Turn the histories of runs into a chart: curves, legend, and the range of values worth showing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hwcli import console
from hwcli.errors import HwError, UsageError
from hwcli.plotting.history import History, Series
from hwcli.plotting.quantities import ChartOptions, Quantity
from hwcli.plotting.smoothing import smoothed, window_for
from hwcli.plotting.value_range import is_narrow, value_range


@dataclass(frozen=True)
class Best:
    """A run's best epoch: where it is in the chart, and its value as text."""

    x: float
    y: float
    text: str


@dataclass(frozen=True, eq=False)
class Curve:
    """One run: its legend entry, its values in training, those at the ends of epochs, and the best epoch."""

    label: str
    training: Series | None
    epochs: Series | None
    best: Best | None


@dataclass(frozen=True)
class Reference:
    """A horizontal line."""

    y: float
    label: str


@dataclass(frozen=True, eq=False)
class Chart:
    """Everything that is drawn; the x axis starts at 0."""

    x_label: str
    y_label: str
    x_end: float
    y_range: tuple[float, float]
    curves: tuple[Curve, ...]
    references: tuple[Reference, ...] = ()
    epochs_label: str = ""  # explains the bold lines in the legend, if that is needed
    training_label: str = ""  # explains the thin lines


def build_chart(histories: Sequence[History], options: ChartOptions) -> Chart:
    """Chart one quantity over all runs. Runs that did not measure it are left out with a warning.

    Raises HwError if none did, or if epochs were asked for but none has ended; UsageError for an empty y
    axis.
    """
    quantity, window = options.quantity, 0.0
    runs = _measured(histories, options)
    if quantity.noisy:
        training = [series for _, series, _ in runs if series is not None]
        window = window_for(training) if options.smooth is None else options.smooth
    unit = _x_unit([history for history, _, _ in runs], options.x)
    curves = [_curve(*run, quantity, window, unit) for run in runs]
    average = f"mean over {window:,.0f} steps" if window > 0 else "every value"
    both = bool(quantity.training and quantity.epochs)
    drawn = [series for curve in curves for series in (curve.training, curve.epochs) if series is not None]
    return Chart(
        x_label=unit,
        y_label=_label(quantity, [history for history, _, _ in runs]),
        x_end=max(float(series.x[-1]) for series in drawn) or 1.0,
        y_range=_y_range(curves, options),
        curves=tuple(curves),
        references=tuple(
            Reference(y, f"{name} {_minus(repr(y).removesuffix('.0'))}".strip())
            for name, y in options.references
        ),
        epochs_label="validation" if both and any(curve.epochs for curve in curves) else "",
        training_label=f"training, {average}" if both else average if quantity.noisy else "",
    )


def _label(quantity: Quantity, histories: Sequence[History]) -> str:
    """Return the quantity's unit in these runs; readers count characters."""
    reads = [any("train_nats_per_character" in row for row in history.rows) for history in histories]
    if not quantity.of_readers or not any(reads):
        return quantity.label
    return quantity.of_readers if all(reads) else f"{quantity.label} or {quantity.of_readers}"


_Measured = tuple[History, Series | None, Series | None]


def _measured(histories: Sequence[History], options: ChartOptions) -> list[_Measured]:
    """The runs with finite values, each with its training series and its series at the ends of epochs."""
    quantity = options.quantity
    runs: list[_Measured] = []
    missing: list[Path] = []
    for history in histories:
        found = [history.series(key) if key else None for key in (quantity.training, quantity.epochs)]
        training, epochs = (series if series and series.measured else None for series in found)
        if training or epochs:
            runs.append((history, training, epochs))
        else:
            missing.append(history.path)
    keys = " or ".join(quantity.keys)
    if not runs:
        when = "every 10 steps" if quantity.training else "at the end of every epoch"
        split = ", if the dataset has validation lines" if quantity.best and not quantity.training else ""
        message = f"{', '.join(map(str, missing))}: no finite {keys} for --what {options.what}"
        raise HwError(message, f"hw train measures it {when}{split}")
    for path in missing:
        console.warn(f"{path}: left out, no finite {keys}")
    return runs


def _x_unit(histories: Sequence[History], asked: str | None) -> str:
    """The unit of x: epochs, unless a run has not completed one."""
    if asked == "steps":
        return "steps"
    young = [history for history in histories if history.epochs(np.zeros(1)) is None]
    if young and asked == "epochs":
        paths = ", ".join(str(history.path) for history in young)
        raise HwError(f"{paths}: no epoch has ended, so steps cannot be counted in epochs", "use --x steps")
    if young and len(histories) > 1:
        console.note(f"{young[0].name} has not completed an epoch yet, so the x axis counts steps")
    return "steps" if young else "epochs"


def _curve(
    history: History,
    training: Series | None,
    epochs: Series | None,
    quantity: Quantity,
    window: float,
    unit: str,
) -> Curve:
    def along(series: Series) -> Series:
        counted = history.epochs(series.x) if unit == "epochs" else None
        return series if counted is None else Series(counted, series.y)

    label, best = history.name, None
    if epochs is not None and quantity.best:
        k = int(np.nanargmin(epochs.y))
        counted, placed, y = history.epochs(epochs.x), along(epochs), float(epochs.y[k])
        where = f"step {epochs.x[k]:,.0f}" if counted is None else f"epoch {counted[k]:g}"
        best = Best(float(placed.x[k]), y, _written(y, quantity.digits))
        label = f"{label}: best {best.text} ({where})"
    return Curve(
        label=label,
        training=None if training is None else along(smoothed(training, window)),
        epochs=None if epochs is None else along(epochs),
        best=best,
    )


def _y_range(curves: Sequence[Curve], options: ChartOptions) -> tuple[float, float]:
    """The ends of the y axis: those asked for, else around the typical, last and best values."""
    training = [curve.training.y for curve in curves if curve.training is not None]
    epochs = [curve.epochs.y for curve in curves if curve.epochs is not None]
    # values at the ends of epochs are few, and would all be outliers among those of training
    groups = [np.concatenate(group) for group in (training, epochs) if group]
    notable = [float(y[np.isfinite(y)][-1]) for y in (*training, *epochs)]
    notable += [float(np.nanmin(y)) for y in epochs]
    found = value_range(groups, notable, [y for _, y in options.references])
    if options.quantity.from_zero and min(notable) >= 0:
        found = 0.0, found[1]
    low = found[0] if options.low is None else options.low
    high = found[1] if options.high is None else options.high
    if is_narrow(low, high):
        hint = f"the values lie between {found[0]:g} and {found[1]:g}"
        raise UsageError(f"--ylim leaves an empty or too narrow range: {low:g} to {high:g}", hint)
    return low, high


def _written(value: float, digits: int) -> str:
    return _minus(f"{value:.{digits}f}" if abs(value) < 1e9 else f"{value:.{digits}e}")


def _minus(number: str) -> str:
    return number.replace("-", "−")
