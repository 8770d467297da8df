"""Where results go: stdout or a file, text or bytes, and what a terminal is spared."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from hwcli import console
from hwcli.errors import UsageError, os_error
from hwcli.files import write_atomically

if TYPE_CHECKING:
    from hwcli.config import RenderConfig
    from renderers.drawing import Drawing
    from renderers.ink import Ink
    from renderers.page import Page

INK_FORMATS = ("ndjson",)
SUFFIXES = {".ndjson": "ndjson", ".jsonl": "ndjson"}


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
    return sys.stdout.isatty()


def write_stdout(data: bytes) -> None:
    """Put `data` on stdout and see that it gets there; a reader that has left raises BrokenPipeError."""
    try:
        sys.stdout.buffer.write(data)
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
    from renderers.registry import FORMATS, format_for

    known = [*INK_FORMATS, *FORMATS]
    to_stdout = output is None or str(output) == "-"
    if format_ is not None:
        if format_ not in known:
            raise UsageError(f"--format {format_}: no such format", f"there is: {', '.join(known)}")
        if to_stdout and stdout_is_terminal() and format_ in FORMATS and FORMATS[format_].binary:
            hint = f"-o picture.{format_}, or > picture.{format_}"
            raise UsageError(f"{format_} is binary data, and stdout is a terminal", hint)
        return format_
    if output is None or to_stdout:
        return default
    if output.suffix.lower() in SUFFIXES:
        return SUFFIXES[output.suffix.lower()]
    if not output.suffix:
        raise UsageError(f"-o {output}: the suffix should say the format", "or give -f svg, png or ndjson")
    with checked_usage():
        return format_for(output).name


def draw_to(
    inks: Sequence[Ink], style: str, options: Mapping[str, str], page: Page, format_: str, output: Path | None
) -> None:
    """Draw `inks` below each other in `style` and write the picture."""
    from renderers.drawing import draw

    drawing = draw(inks, style, page, **options)
    if output is None or str(output) == "-":
        write_stdout(encode(drawing, format_))
        return
    write_atomically(output, encode(drawing, format_))
    console.note(f"wrote {output}")


def encode(drawing: Drawing, format_: str) -> bytes:
    """The drawing as bytes of a format."""
    from renderers.registry import format_for

    if format_ == "term":
        width = shutil.get_terminal_size().columns if stdout_is_terminal() else 80
        return (drawing.terminal(width, color=console.colour(sys.stdout)) + "\n").encode()
    return format_for(format_).encode(drawing.scene, drawing.page)


def free_name(path: Path) -> Path:
    """`path`, or with a number before its suffix where it is taken: nobody's file is written over."""
    candidate, number = path, 1
    while candidate.exists():
        number += 1
        candidate = path.with_suffix(f".{number}{path.suffix}")
    return candidate


def page_and_options(config: RenderConfig, style: str, option: Iterable[str]) -> tuple[Page, dict[str, str]]:
    """The page that a configuration asks for and the style's options, checked before anything is drawn."""
    from renderers.options import read_pairs
    from renderers.page import Page
    from renderers.registry import parse_options

    with checked_usage():
        parse_options(style, option)
        return Page(config.width, config.height, config.margin, config.plotter), dict(read_pairs(option))
