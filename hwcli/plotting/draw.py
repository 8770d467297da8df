"""A chart on the page or the terminal that it goes to."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hwcli.cli.pictures import checked_usage, terminal_size, write_drawing
from renderers.chart import Chart, chart_scene
from renderers.drawing import Drawing
from renderers.page.page import Page
from renderers.sheet import page_sheet, terminal_sheet

# Lines of a chart in a terminal, of its columns, within limits.
ROWS, LEAST_ROWS, MOST_ROWS = 0.3, 20, 34


def draw_chart(
    chart: Chart, page: Page, format_: str, options: Mapping[str, Any], output: Path | None
) -> None:
    """Lay `chart` out for `format_` and write it. UsageError where the page is too small for it."""
    if format_ == "term":
        columns, lines = terminal_size(output)
        columns = options.get("columns", columns)
        rows = min(max(round(ROWS * columns), LEAST_ROWS), MOST_ROWS)
        if lines is not None:
            rows = min(rows, lines - 1)  # the prompt comes below
        sheet = terminal_sheet(columns, max(options.get("rows", rows), 1))
    else:
        sheet = page_sheet(page)
    with checked_usage():
        scene = chart_scene(chart, sheet)
    write_drawing(Drawing(scene, page), format_, options, output)
