"""Where results go: stdout or a file, text or bytes, and what a terminal is spared."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hwcli import console
from hwcli.atomic import write_atomically
from hwcli.errors import HwError, UsageError, os_error

if TYPE_CHECKING:
    from hwcli.config.load import Settings
    from renderers.drawing import Drawing
    from renderers.ink import Ink
    from renderers.page.page import Page

INK_FORMATS = ("ndjson",)
SUFFIXES = {".ndjson": "ndjson", ".jsonl": "ndjson"}
# Settings of [render] that are options of some formats alone.
FORMAT_SETTINGS = ("scale", "dpi", "fps", "duration", "speed", "hold", "loop")


@contextmanager
def checked_usage() -> Iterator[None]:
    """What renderers refuse in here was put wrongly on the command line: exit status 2."""
    from renderers.errors import RenderError

    try:
        yield
    except RenderError as error:
        raise UsageError(error.message, error.hint) from None


def stdout_is_terminal() -> bool:
    """Whether a person reads stdout."""
    return sys.stdout is not None and sys.stdout.isatty()


def write_stdout(data: bytes) -> None:
    """Put `data` on stdout and see that it gets there; a reader that has left raises BrokenPipeError."""
    if sys.stdout is None:
        raise HwError("stdout is closed: there is nowhere to write to", "name a file with -o")
    left = memoryview(data)
    try:
        while left:  # with PYTHONUNBUFFERED a write may take a part, and says how much
            left = left[sys.stdout.buffer.write(left) :]
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise os_error(error, "write to stdout") from None


def format_of(output: Path | None, format_: str | None, default: str) -> str:
    """The format's name: as asked, else by the suffix of `output`, else `default`.

    UsageError for what is neither an ink format nor a drawing's, and for bytes that would only disturb a
    terminal.
    """
    from renderers.registry import FORMATS, format_for, format_name, format_names

    to_stdout = _to_stdout(output)
    if format_ is not None:
        if format_ in INK_FORMATS:
            return format_
        if format_ not in FORMATS and format_ not in format_names():
            known = [*INK_FORMATS, *format_names()]
            raise UsageError(f"--format {format_}: no such format", f"there is: {', '.join(known)}")
        with checked_usage():
            binary = format_for(format_).binary
        if to_stdout and stdout_is_terminal() and binary:
            hint = f"-o picture.{format_}, or > picture.{format_}"
            raise UsageError(f"{format_} is binary data, and stdout is a terminal", hint)
        return format_
    if output is None or to_stdout:
        return default
    if output.suffix.lower() in SUFFIXES:
        return SUFFIXES[output.suffix.lower()]
    if not output.suffix:
        raise UsageError(
            f"-o {output}: the suffix should say the format", "or give -f svg, png, gif or ndjson"
        )
    with checked_usage():
        return format_name(output)


@dataclass(frozen=True)
class Plan:
    """A picture to be made: everything about it but the ink, all of it checked."""

    style: str
    style_options: Mapping[str, str]
    page: Page
    columns: int
    caption: tuple[str, ...]
    format: str
    format_options: Mapping[str, Any]


def plan(settings: Settings, style: str, format_: str, pairs: Iterable[str]) -> Plan:
    """The picture that the settings of [render] and `-O` pairs ask for.

    UsageError for whatever does not fit, before anything is sampled or read.
    """
    from renderers.page.page import Page
    from renderers.registry import split_options
    from renderers.scene.arrange import check_parts

    r = settings.config.render
    with checked_usage():
        its = _format_settings(settings, format_)
        style_options, more = split_options(style, format_, pairs, its)
        caption = check_parts(r.caption.split(",") if r.caption else ())
        page = Page(r.width, r.height, r.margin, r.plotter, r.background, r.paper, r.landscape)
    return Plan(style, style_options, page, r.grid, caption, format_, {**its, **more})


def _format_settings(settings: Settings, format_: str) -> dict[str, Any]:
    """Those settings of [render] that are options of the format; UsageError for a flag that is none."""
    from renderers.registry import format_for, option_names

    known = option_names(format_for(format_))
    its: dict[str, Any] = {}
    for key in FORMAT_SETTINGS:
        value = getattr(settings.config.render, key)
        if value is None:
            continue
        if key in known:
            its[key] = value
        elif (flag := settings.origins[f"render.{key}"]).startswith("--"):
            # a setting of a file or the environment is there for other pictures too
            raise UsageError(f"{flag} is no option of {format_}", _formats_with(key))
    return its


def _formats_with(key: str) -> str:
    from renderers.registry import FORMATS, format_for, option_names

    having = [name for name in FORMATS if key in option_names(format_for(name))]
    return f"it is one of {' and '.join(having)}: -f {having[0]}, or -o with such a suffix"


def draw_to(inks: Sequence[Ink], plan: Plan, output: Path | None, preview: bool = False) -> None:
    """Draw `inks` and write the picture; with `preview`, show it in the terminal first."""
    from renderers.drawing import draw

    drawing = draw(
        inks, plan.style, plan.page, columns=plan.columns, caption=plan.caption, **plan.style_options
    )
    if preview:
        write_drawing(drawing, "term", {}, None)
    write_drawing(drawing, plan.format, plan.format_options, output)


def write_drawing(drawing: Drawing, format_: str, options: Mapping[str, Any], output: Path | None) -> None:
    """Write a picture in a format, to stdout where there is no `output` or it is "-"."""
    write_output(_encode(drawing, format_, options, output), output)


def write_output(data: bytes, output: Path | None) -> None:
    """Write `data` to a file, or to stdout if `output` is None or "-"."""
    if output is None or _to_stdout(output):
        write_stdout(data)
    else:
        write_atomically(output, data)
        console.note(f"wrote {output}")


def _to_stdout(output: Path | None) -> bool:
    return output is None or str(output) == "-"


def _encode(drawing: Drawing, name: str, given: Mapping[str, Any], output: Path | None) -> bytes:
    from renderers.registry import format_for

    format_, options = format_for(name), dict(given)
    if name == "term":
        # a file has no width of its own, and must not depend on the terminal's
        here = _to_stdout(output) and stdout_is_terminal()
        options.setdefault("columns", shutil.get_terminal_size().columns if here else 80)
        options.setdefault("ansi", _to_stdout(output) and console.colour(sys.stdout))
    if not format_.reports:
        return format_.encode(drawing.scene, drawing.page, options)
    with console.progress(f"{name}, frame by frame") as report:
        return format_.encode(drawing.scene, drawing.page, options, report)


def free_name(path: Path) -> Path:
    """`path`, or with a number before its suffix where it is taken: nobody's file is written over."""
    candidate, number = path, 1
    while candidate.exists():
        number += 1
        candidate = path.with_suffix(f".{number}{path.suffix}")
    return candidate
