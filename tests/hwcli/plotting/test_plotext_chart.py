"""Charts as text: they fit the terminal, and survive values far outside it."""

from __future__ import annotations

import re

import numpy as np
import pytest

from hwcli.errors import HwError
from hwcli.plotting.plotext_chart import chart_text
from hwcli.plotting.quantities import ChartOptions
from hwcli.plotting.run_chart import Chart, build_chart
from metrics_rows import history_of

ANSI = re.compile(r"\x1b\[[\d;]*m")


def chart(runs: int = 2, options: ChartOptions | None = None) -> Chart:
    losses = list(np.linspace(-1, -1.5, 200))
    histories = [
        history_of(losses, [-1.0 - 0.01 * (k + n) for k in range(20)], name=f"n{n}") for n in range(runs)
    ]
    return build_chart(histories, options or ChartOptions())


@pytest.mark.parametrize("columns", [40, 50, 80, 133])
@pytest.mark.parametrize("lines", [14, 23, None])
def test_chart_fits_the_terminal(columns: int, lines: int | None) -> None:
    text = chart_text(chart(), columns, lines).split("\n")
    assert len(text) <= (lines or 34)
    assert columns - 1 <= max(map(len, text)) <= columns
    for word in ("n0: best", "n1: best", "nats per point", "epochs", "●", "★", "−1.2"):
        assert word in "\n".join(text)


def test_colours_are_the_only_difference() -> None:
    plain, coloured = (chart_text(chart(), 80, color=color) for color in (False, True))
    assert "\x1b" not in plain
    assert "\x1b[38;2;87;144;252m" in coloured
    assert [line.rstrip() for line in ANSI.sub("", coloured).split("\n")] == plain.split("\n")


def test_charts_do_not_accumulate() -> None:
    first = chart_text(chart(1), 80)
    chart_text(chart(2, ChartOptions(references=(("", -1.1),))), 80)
    assert chart_text(chart(1), 80) == first


def test_values_far_outside_the_range_are_cut() -> None:
    losses: list[float | None] = [*np.linspace(-1, -1.5, 100), 1e90, -1e90, None, -1.5]
    text = chart_text(build_chart([history_of(losses, [])], ChartOptions(smooth=0)), 80)
    assert "−1.5" in text


def test_more_than_three_runs_show_validation_only() -> None:
    assert "training" in chart_text(chart(3), 80)
    assert "training" not in chart_text(chart(4), 80)


def test_too_narrow_a_terminal_is_refused() -> None:
    with pytest.raises(HwError, match="no room for a chart in 20 columns"):
        chart_text(chart(), 20)
