"""Turn the flags of hw plot into a checked request, and carry it out."""

from __future__ import annotations

import math
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hwcli import console
from hwcli.cli.pictures import checked_usage
from hwcli.cli.streams import refuse_binary, stdout_is_terminal, suffix_of, to_stdout, write_output
from hwcli.errors import UsageError
from hwcli.plotting.history import LARGEST, read_histories
from hwcli.plotting.matplotlib_chart import FORMATS, encode_chart
from hwcli.plotting.plotext_chart import chart_text
from hwcli.plotting.quantities import QUANTITIES, X_UNITS, ChartOptions
from hwcli.plotting.report.report import report
from hwcli.plotting.run_chart import build_chart

TERMINAL, REPORT = "term", "html"


@dataclass(frozen=True)
class PlotRequest:
    """A chart to draw, and where to write it (without `output`, or with "-": to stdout); sizes are in px."""

    runs: Sequence[Path]
    options: ChartOptions
    format: str
    output: Path | None = None
    width: float | None = None
    height: float | None = None

    def write(self) -> None:
        """Read the runs, draw the chart and write it."""
        histories = read_histories(self.runs)
        if self.format == REPORT:
            from hwcli.cli.sample_readings import reading

            with console.status("writing the report"):
                page = report(histories, self.options, self.width, self.height, reading)
            write_output(page, self.output)
            return
        chart = build_chart(histories, self.options)
        if self.format == TERMINAL:
            here, on_screen = shutil.get_terminal_size(), to_stdout(self.output) and stdout_is_terminal()
            lines = here.lines - 1 if on_screen else None  # the prompt comes below
            text = chart_text(chart, here.columns, lines, on_screen and console.colour(sys.stdout))
            data = f"{text}\n".encode()
        else:
            data = encode_chart(chart, self.format, self.width, self.height)
        write_output(data, self.output)


def format_of(output: Path | None, format_: str | None) -> str:
    """The format's name: as asked, else by the suffix of `output`, else text in a terminal and SVG elsewhere.

    Raises UsageError if hw plot does not write the format, or it is binary and stdout is a terminal.
    """
    if format_ is None and output is not None and not to_stdout(output):
        format_ = suffix_of(output).removeprefix(".")
    if format_ is None:
        return TERMINAL if output is None and stdout_is_terminal() else "svg"
    if format_ not in (known := (*FORMATS, REPORT, TERMINAL)):
        raise UsageError(f"hw plot cannot write {format_}", f"formats: {', '.join(known)}")
    if format_ in ("png", "pdf"):
        refuse_binary(format_, output)
    return format_


def chart_options(
    what: str, x: str | None, smooth: float | None, references: Sequence[str], ylim: str | None
) -> ChartOptions:
    """Parse the flags that say what a chart shows. UsageError for a value that makes no sense."""
    if what not in QUANTITIES:
        raise UsageError(f"--what {what}: unknown quantity", f"quantities: {', '.join(QUANTITIES)}")
    if x is not None and x not in X_UNITS:
        raise UsageError(f"--x {x}: unknown unit", f"x counts {' or '.join(X_UNITS)}")
    if smooth is not None and not 0 <= smooth <= LARGEST:
        raise UsageError(f"--smooth {smooth:g} is not a number of steps", "0 draws every value")
    low, high = _limits(ylim)
    return ChartOptions(what, x, smooth, tuple(map(_reference, references)), low, high)


def length_px(flag: str, length: str | None, format_: str) -> float | None:
    """A length such as 160mm in px; UsageError for anything else, and for text."""
    from renderers.page.lengths import to_px

    if length is None:
        return None
    if format_ == TERMINAL:
        raise UsageError(
            f"{flag} does not apply to {TERMINAL}",
            "remove it: text takes the width of the terminal, or COLUMNS",
        )
    with checked_usage():
        px = to_px(length, flag)
    if px > 20_000:
        raise UsageError(f"{flag} {length} is too large", "at most 20000 px")
    return px


def _reference(text: str) -> tuple[str, float]:
    name, _, value = text.rpartition("=")
    number = _number(value)
    if number is None:
        hint = "write --reference -1057.7, or --reference Graves=-1057.7"
        raise UsageError(f"--reference {text}: {value!r} is not a finite number", hint)
    return "".join(c if c.isprintable() else " " for c in name).strip(), number


def _limits(text: str | None) -> tuple[float | None, float | None]:
    if text is None:
        return None, None
    low, colon, high = text.partition(":")
    ends = [_number(end) if end.strip() else None for end in (low, high)]
    wrong = any(end is None and given.strip() for end, given in zip(ends, (low, high), strict=True))
    if not colon or wrong or ends == [None, None]:
        hint = "write --ylim -1.7:-1.2, or --ylim :-1 to set one end"
        raise UsageError(f"--ylim {text} is not a range LOW:HIGH", hint)
    if ends[0] is not None and ends[1] is not None and ends[0] >= ends[1]:
        raise UsageError(f"--ylim {text}: LOW must be below HIGH")
    return ends[0], ends[1]


def _number(text: str) -> float | None:
    """A number that can be drawn, else None. A typographic minus sign is accepted."""
    try:
        number = float(text.strip().replace("−", "-"))
    except ValueError:
        return None
    return number if math.isfinite(number) and abs(number) <= LARGEST else None
