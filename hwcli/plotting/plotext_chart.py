"""Draw a chart as text for a terminal with plotext."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from hwcli.errors import HwError, needs_extra
from hwcli.plotting.history import Series
from hwcli.plotting.matplotlib_chart import PALETTE
from hwcli.plotting.run_chart import Chart, Curve

if TYPE_CHECKING:
    from matplotlib.ticker import MaxNLocator

COLORS = [tuple(bytes.fromhex(color[1:])) for color in PALETTE]
GREY = 128
SHAPES, STAR, LINE = "●■▲◆○□", "★", "⠒⠒"
# Lines of text per column, within limits, and the smallest plot that shows a curve.
ASPECT, LEAST_LINES, MOST_LINES = 0.3, 20, 34
LEAST_COLUMNS, LEAST_ROWS = 30, 8
# Columns or rows from tick to tick, and columns from marker to marker.
X_TICKS, Y_TICKS, MARKERS = 14, 3, 2
# With more runs than this, training lines would cover the validation lines.
MOST_TRAINING = 3


def chart_text(chart: Chart, columns: int, lines: int | None = None, color: bool = False) -> str:
    """Return the chart in at most `columns` × `lines` characters, with 24-bit colours if `color`.

    By default the number of lines follows from the width. A legend of many runs may exceed it. Raises HwError
    without plotext, or with too few columns.
    """
    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # hide notices about its cache
    with needs_extra("plot", "hw plot cannot draw"):
        import plotext
        from matplotlib.ticker import MaxNLocator
    head = [_cut(text, columns, rgb, color) for text, rgb in _legend(chart, columns)]
    head.append(_cut(chart.y_label, columns, None, color))
    usual = min(max(round(ASPECT * columns), LEAST_LINES), MOST_LINES)
    rows = max(min(usual, lines or usual) - len(head), LEAST_ROWS)
    if columns < LEAST_COLUMNS:
        hint = f"it needs {LEAST_COLUMNS} columns; -o FILE writes a picture"
        raise HwError(f"no room for a chart in {columns} columns", hint)
    figure = plotext.figure.clear()  # plotext keeps one figure per process
    plotext.terminal.limit(False, False)
    figure.theme("simple").plot_size(columns, rows).label(chart.x_label, "x")
    figure.axes(False, side=1)
    _set_ticks(figure, chart, columns, rows, MaxNLocator)
    _draw(figure, chart, columns)
    plot = figure.build().string(colorless=not color)
    return "\n".join([*head, *(line.rstrip() for line in plot.rstrip("\n").split("\n"))])


def _set_ticks(figure: Any, chart: Chart, columns: int, rows: int, max_n_locator: type[MaxNLocator]) -> None:
    low, high = chart.y_range
    for axis, ends, most in (
        ("x", (0.0, chart.x_end), columns // X_TICKS),
        ("y", (low, high), rows // Y_TICKS),
    ):
        whole = axis == "x" and chart.x_end >= 2
        values = max_n_locator(max(most, 2), steps=[1, 2, 5, 10], integer=whole).tick_values(*ends)
        step = values[1] - values[0]
        digits = max(0, -math.floor(math.log10(step) + 1e-9))
        shown = [float(value) for value in values if ends[0] <= value <= ends[1]]
        plain = digits < 6 and max(map(abs, ends)) < 1e9
        labels = [f"{value:,.{digits}f}" if plain else f"{value:.3g}" for value in shown]
        figure.ruler(axis).lim(*ends).ticks(shown, [label.replace("-", "−") for label in labels])


def _draw(figure: Any, chart: Chart, columns: int) -> None:
    """Draw references and training first, so that validation covers them."""
    import plotext

    low, high = chart.y_range
    for reference in chart.references:
        if low <= reference.y <= high:
            figure.line(reference.y, pixel=plotext.pixel((GREY, GREY, GREY)), style="dotted")
    for kind in ("training", "epochs"):
        for number, curve in enumerate(chart.curves):
            rgb, series = COLORS[number % len(COLORS)], getattr(curve, kind)
            if series is None or (kind == "training" and not _shows_training(chart, curve)):
                continue
            faded = kind == "training" and curve.epochs is not None
            pen = plotext.marker("braille", tuple((c + GREY) // 2 for c in rgb) if faded else rgb)
            for x, y in _pieces(series, low, high):
                figure.draw(figure.signal(x, y, marker=pen).lines())
                inside = [(a, b) for a, b in zip(x, y, strict=True) if low <= b <= high]
                if kind == "epochs" and inside and _has_markers(curve, columns):
                    marker = plotext.marker(SHAPES[number % len(SHAPES)], rgb)
                    figure.draw(figure.signal(*map(list, zip(*inside, strict=True)), marker=marker))
    for number, curve in enumerate(chart.curves):
        if curve.best is not None and low <= curve.best.y <= high:
            marker = plotext.marker(STAR, COLORS[number % len(COLORS)])
            figure.draw(figure.signal([curve.best.x], [curve.best.y], marker=marker))


def _pieces(series: Series, low: float, high: float) -> Iterator[tuple[list[float], list[float]]]:
    """The stretches of finite values. Those far outside come closer: plotext allocates memory by distance."""
    far = 5 * (high - low)
    edges = np.flatnonzero(np.diff(np.isfinite(series.y), prepend=False, append=False))
    for begin, end in edges.reshape(-1, 2).tolist():
        yield series.x[begin:end].tolist(), np.clip(series.y[begin:end], low - far, high + far).tolist()


def _shows_training(chart: Chart, curve: Curve) -> bool:
    return curve.training is not None and (curve.epochs is None or len(chart.curves) <= MOST_TRAINING)


def _has_markers(curve: Curve, columns: int) -> bool:
    return curve.epochs is not None and MARKERS * len(curve.epochs.x) <= columns


def _legend(chart: Chart, columns: int) -> Iterator[tuple[str, tuple[int, ...] | None]]:
    """The legend's lines, each with the colour of its symbol."""
    for number, curve in enumerate(chart.curves):
        symbol = f"⠒{SHAPES[number % len(SHAPES)]}⠒" if _has_markers(curve, columns) else LINE
        yield f"{symbol} {curve.label}", COLORS[number % len(COLORS)]
    line = f"⠒{SHAPES[0]}⠒" if any(_has_markers(curve, columns) for curve in chart.curves) else LINE
    notes = [f"{line} {chart.epochs_label}"] if chart.epochs_label else []
    if chart.training_label and any(_shows_training(chart, curve) for curve in chart.curves):
        notes.append(f"{LINE} {chart.training_label}")
    notes += [f"{STAR} best epoch"] if any(curve.best for curve in chart.curves) else []
    notes += [f"┄┄ {reference.label}" for reference in chart.references]
    if notes:
        yield "  ".join(notes), None


def _cut(text: str, columns: int, rgb: tuple[int, ...] | None, color: bool) -> str:
    """The text, cut to the terminal's width, its first word in colour."""
    from rich.cells import cell_len, set_cell_size

    if cell_len(text) > columns:
        text = set_cell_size(text, columns - 1) + "…"
    if not color or rgb is None:
        return text
    symbol, space, rest = text.partition(" ")
    return f"\x1b[38;2;{rgb[0]};{rgb[1]};{rgb[2]}m{symbol}\x1b[0m{space}{rest}"
