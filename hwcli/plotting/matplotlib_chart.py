"""Draw a chart as SVG, PNG or PDF with matplotlib, without a display."""

from __future__ import annotations

import io
import logging
import math
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hwcli.errors import UsageError, needs_extra
from hwcli.plotting.run_chart import Chart, Curve

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

FORMATS = ("svg", "png", "pdf")
# Without dates and versions, equal charts are equal bytes.
METADATA: dict[str, dict[str, Any]] = {
    "svg": {"Date": None, "Creator": "hw plot"},
    "png": {"Software": "hw plot"},
    "pdf": {"CreationDate": None, "Creator": "hw plot", "Producer": None},
}
# Six colours for all kinds of colour vision (Petroff 2021, arXiv:2107.02270), reordered. Further runs
# differ by dashes and markers.
PALETTE = ("#5790fc", "#e42536", "#f89c20", "#964a8b", "#7a21dd", "#9c9ca1")
DASHES: tuple[Any, ...] = ("solid", (0, (4, 1.5)), (0, (1, 1)), (0, (5, 1, 1, 1)))
MARKERS = "osD^vP"
MUTED, GRID = "#555b66", "#e3e5ea"
INCH = 96.0  # px
# Width in px and height as a fraction of it, by default; letters scale with the size, but stay legible.
WIDTH, ASPECT = 1200.0, 0.56
LETTER, LEAST_LETTER = 1 / 64, 10.5
MOST_MARKERS = 40  # per curve
MOST_LABELLED = 3  # curves whose best value is written beside the marker
# A legend entry takes about this much of a letter per character, and as many characters for its line.
CHARACTER, LEGEND_LINE = 0.6, 8
MOST_COLUMNS, LONGEST_LABEL = 4, 80


def encode_chart(
    chart: Chart, format_: str, width: float | None = None, height: float | None = None
) -> bytes:
    """Encode the chart in one of the FORMATS; `width` and `height` are in px, 1/96 inch or one PNG pixel.

    Raises HwError without matplotlib, UsageError if the size leaves no room for the curves.
    """
    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # hide notices about fonts and caches
    with needs_extra("plot", "hw plot cannot draw"):
        import matplotlib.style
        from matplotlib.figure import Figure
    width = width or WIDTH
    letter = max(LEAST_LETTER, LETTER * min(width, (height or math.inf) / ASPECT))
    points = letter * 72 / INCH
    data = io.BytesIO()
    with matplotlib.style.context(["default", _style(points)]), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        warnings.filterwarnings("error", message=".*layout not applied")
        legend = _legend(chart, points)
        longest = max(len(str(entry.get_label())) for entry in legend)
        columns = int(width / letter / CHARACTER) // (longest + LEGEND_LINE)
        columns = min(max(columns, 1), MOST_COLUMNS)
        # a long legend must not squeeze the curves
        height = height or ASPECT * width + 1.7 * letter * max(math.ceil(len(legend) / columns) - 2, 0)
        try:
            figure = Figure(figsize=(width / INCH, height / INCH), dpi=INCH, layout="constrained")
            axes = figure.add_subplot()
            _draw(chart, axes, points)
            figure.legend(handles=legend, loc="outside upper left", ncols=columns)
            figure.savefig(data, format=format_, metadata=METADATA[format_])
        except UserWarning:
            hint = "choose a larger --width or --height"
            raise UsageError(f"no room for a chart of {width:g} × {height:g} px", hint) from None
    return data.getvalue()


def _style(points: float) -> dict[str, Any]:
    """Settings of matplotlib for letters of this size in pt."""
    return {
        "font.size": points,
        "font.family": ["DejaVu Sans", "sans-serif"],
        "text.parse_math": False,
        "svg.fonttype": "none",  # text stays text
        "svg.hashsalt": "hw",
        "pdf.fonttype": 42,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.edgecolor": MUTED,
        "axes.labelcolor": MUTED,
        "axes.grid": True,
        "axes.axisbelow": True,
        "axes.linewidth": points / 14,
        "grid.color": GRID,
        "grid.linewidth": points / 14,
        "xtick.color": MUTED,
        "ytick.color": MUTED,
        "legend.frameon": False,
        "legend.handlelength": 2.2,
        "legend.borderaxespad": 0.2,
        "lines.solid_capstyle": "round",
    }


def _draw(chart: Chart, axes: Axes, points: float) -> None:
    """Draw everything but the legend, with letters of this size in pt."""
    from matplotlib.ticker import MaxNLocator, StrMethodFormatter

    low, high = chart.y_range
    axes.set(xlim=(0, 1.02 * chart.x_end), ylim=chart.y_range, xlabel=chart.x_label, ylabel=chart.y_label)
    axes.xaxis.set_major_locator(MaxNLocator("auto", integer=chart.x_end >= 2, steps=[1, 2, 5, 10]))
    if chart.x_label == "steps":
        axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.12g}"))
    for number, curve in enumerate(chart.curves):
        for line in _lines(curve, number, points):
            line.set_ydata(_kept_near(line.get_ydata(), low, high))
            axes.add_line(line)
        if curve.best is not None and len(chart.curves) <= MOST_LABELLED:
            right = curve.best.x > 0.9 * chart.x_end
            axes.annotate(
                curve.best.text,
                (curve.best.x, curve.best.y),
                xytext=(0, -0.8 * points),
                textcoords="offset points",
                ha="right" if right else "center",
                va="top",
                annotation_clip=True,
                bbox={"facecolor": "white", "alpha": 0.75, "linewidth": 0, "pad": 0.1 * points},
            )
    for reference in chart.references:
        axes.axhline(reference.y, color=MUTED, linewidth=points / 9, linestyle=(0, (4, 3)), zorder=1.5)
        axes.annotate(
            reference.label,
            (1, reference.y),
            xycoords=("axes fraction", "data"),
            xytext=(0, 0.25 * points),
            textcoords="offset points",
            ha="right",
            annotation_clip=True,
        )


def _lines(curve: Curve, number: int, points: float) -> list[Line2D]:
    """A run's thin line during training, its bold line with markers over epochs, and a star on the best."""
    from matplotlib.lines import Line2D

    lines = []
    turn, place = divmod(number, len(PALETTE))
    color, dash = PALETTE[place], DASHES[turn % len(DASHES)]
    if curve.training is not None:
        alpha = 1.0 if curve.epochs is None else 0.55
        lines.append(
            Line2D(
                curve.training.x, curve.training.y, color=color, alpha=alpha, linewidth=points / 8,
                linestyle=dash,
            )
        )  # fmt: skip
    if curve.epochs is not None:
        every = math.ceil(len(curve.epochs.x) / MOST_MARKERS)
        lines.append(
            Line2D(
                curve.epochs.x, curve.epochs.y, color=color, linewidth=points / 5, linestyle=dash, zorder=3,
                marker=MARKERS[(number + turn) % len(MARKERS)], markersize=points / 1.9, markevery=every,
            )
        )  # fmt: skip
    if curve.best is not None:
        lines.append(_star([curve.best.x], [curve.best.y], color, points))
    return lines


def _star(x: Sequence[float], y: Sequence[float], color: str, points: float) -> Line2D:
    from matplotlib.lines import Line2D

    return Line2D(
        x, y, color=color, linestyle="none", marker="*", markersize=1.5 * points,
        markeredgecolor="white", markeredgewidth=points / 12, zorder=4,
    )  # fmt: skip


def _legend(chart: Chart, points: float) -> list[Line2D]:
    """The legend's entries: the runs, then the kinds of lines in grey."""
    from matplotlib.lines import Line2D

    entries = []
    for number, curve in enumerate(chart.curves):
        line = _lines(curve, number, points)[-1 if curve.best is None else -2]  # the last before the star
        line.set_data([], [])
        line.set_alpha(None)
        line.set_label(_shortened(curve.label))
        entries.append(line)
    if chart.epochs_label:
        entries.append(
            Line2D(
                [], [], color=MUTED, linewidth=points / 5, marker="o", markersize=points / 1.9,
                label=chart.epochs_label,
            )
        )  # fmt: skip
    if chart.training_label:
        alpha = 0.6 if chart.epochs_label else 1
        line = Line2D([], [], color=MUTED, alpha=alpha, linewidth=points / 8, label=chart.training_label)
        entries.append(line)
    if any(curve.best for curve in chart.curves):
        star = _star([], [], MUTED, points)
        star.set_label("best epoch")
        entries.append(star)
    return entries


def _shortened(label: str) -> str:
    """The label without the start of a long name; matplotlib hides labels that start with an underscore."""
    label = label if len(label) <= LONGEST_LABEL else "…" + label[1 - LONGEST_LABEL :]
    return f" {label}" if label.startswith("_") else label


def _kept_near(y: Any, low: float, high: float) -> Any:
    """Bring values far beyond the range closer: the renderers cannot draw them."""
    far = 100 * (high - low)
    return np.clip(y, low - far, high + far)
