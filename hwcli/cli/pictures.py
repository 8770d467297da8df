"""Pictures that a command is asked for: their style, format and page, looked up and checked once."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hwcli import console
from hwcli.cli.series import Tally, write_series
from hwcli.cli.streams import (
    is_direct,
    refuse_binary,
    stdout_is_terminal,
    suffix_of,
    to_stdout,
    write_output,
)
from hwcli.errors import UsageError

if TYPE_CHECKING:
    from hwcli.config.load import Settings
    from hwcli.config.render_section import RenderConfig
    from renderers.drawing import Drawing
    from renderers.ink import Ink
    from renderers.options import Options
    from renderers.page.page import Page
    from renderers.registry import Format, Style
    from renderers.scene.scene import Scene

# settings of [render] that are options of some formats only
FORMAT_SETTINGS = ("scale", "dpi", "fps", "duration", "speed", "hold", "loop")
# of a page of text for which none was given; with a plotter, too, so that its lines break at the same places
TEXT_WIDTH, TEXT_MARGIN = "160mm", "24px"
PAPER_SETTINGS = ("width", "height", "margin", "paper")  # of [render]


@contextmanager
def checked_usage() -> Iterator[None]:
    """Turn RenderError into UsageError: the command line asked for something invalid (exit status 2)."""
    from renderers.errors import RenderError

    try:
        yield
    except RenderError as error:
        raise UsageError(error.message, error.hint) from None


def format_of(output: Path | None, format_: str | None, default: str) -> str:
    """Return the output format's name: the one given, else by the suffix of `output`, else `default`.

    It is a format of ink (`WRITERS`) or one of pictures. Raises UsageError for an unknown format, and for
    binary data that would go to a terminal.
    """
    from hwcli.ink_io.writers import WRITERS, by_suffix
    from renderers.registry import FORMATS, format_for, format_name, format_names

    if format_ is not None:
        if format_ in WRITERS:
            if WRITERS[format_].binary:
                refuse_binary(format_, output)
            return format_
        if format_ not in FORMATS and format_ not in format_names():
            known = [*WRITERS, *format_names()]
            raise UsageError(f"--format {format_}: unknown format", f"known formats: {', '.join(known)}")
        with checked_usage():
            binary = format_for(format_).binary
        if binary:
            refuse_binary(format_, output)
        return format_
    if output is None or to_stdout(output):
        return default
    if (name := by_suffix(suffix_of(output))) is not None:
        return name
    with checked_usage():
        return format_name(output)


def for_format(settings: Settings, format_: str) -> Settings:
    """Return the settings with which `format_` is drawn: pages for a machine are those of `--plotter`."""
    from renderers.registry import format_for

    with checked_usage():
        if not format_for(format_).plotter:
            return settings
    render = replace(settings.config.render, plotter=True)
    return replace(settings, config=replace(settings.config, render=render))


def page_of(render: RenderConfig) -> Page:
    """Return the page that the settings of [render] ask for; RenderError for one that cannot be."""
    from renderers.page.page import Page

    r = render
    return Page(r.width, r.height, r.margin, r.plotter, r.background, r.paper, r.landscape, r.pen, r.ruling)


def text_page_of(render: RenderConfig) -> Page:
    """Return the page that text is written for: that of `page_of`, with a width and a margin in any case."""
    width = TEXT_WIDTH if render.width is None and render.paper is None else render.width
    return page_of(
        replace(render, width=width, margin=TEXT_MARGIN if render.margin is None else render.margin)
    )


def check_page(render: RenderConfig, text: bool) -> None:
    """Raise UsageError if the page that [render] asks for cannot be, or with `text` that of text."""
    with checked_usage():
        page_of(render)
        if text:
            text_page_of(render)


def on_paper(ink: Ink, render: RenderConfig) -> Ink:
    """Return `ink` with the paper that the settings of [render] ask for, unless it has one."""
    if ink.paper is not None or all(getattr(render, key) is None for key in PAPER_SETTINGS):
        return ink
    return replace(ink, paper=page_of(replace(render, ruling=None)).sheet)  # which is for pages of text


@dataclass(frozen=True)
class Picture:
    """A picture to draw: everything but the ink, checked before anything is sampled or read."""

    style: Style
    style_options: Options
    format: Format
    format_options: Options
    page: Page  # for ink without paper of its own
    said: frozenset[str]  # settings of the page that take precedence over the ink's own paper
    columns: int
    caption: tuple[str, ...]
    in_pages: bool = False  # each ink is a page of one file

    def draw(self, inks: Sequence[Ink]) -> Drawing:
        """Draw `inks` on their own paper, or on the page that was asked for."""
        from renderers.drawing import compose

        page = self._page_for(inks)
        return compose(inks, self.style, self.style_options, page, self.columns, self.caption)

    def encode_pages(self, inks: Iterable[Ink]) -> Iterator[bytes]:
        """Yield the bytes of a file in which each of `inks` is a page; they are taken one by one."""
        return self.format.encode_pages(map(self._drawn_page, count(1), inks), self.format_options)

    def _drawn_page(self, number: int, ink: Ink) -> tuple[Scene, Page]:
        from renderers.errors import RenderError
        from renderers.scene.text import clean

        try:
            drawing = self.draw([ink])
        except RenderError as error:
            about = f" ({clean(ink.id)})" if ink.id else ""
            raise RenderError(f"page {number}{about}: {error.message}", error.hint) from error
        return drawing.scene, drawing.page

    def _page_for(self, inks: Sequence[Ink]) -> Page:
        from renderers.page.frame import common_paper
        from renderers.page.page import NO_RULING
        from renderers.page.ruling import can_rule

        page, paper = self.page, common_paper(inks)
        if paper is not None:
            own = page.on(replace(paper, **dict.fromkeys(self.said & {"margin", "ruling"})))
            page = replace(page, ruling=own.ruling) if self.said & {"width", "height", "paper"} else own
        if page.ruling is None or "ruling" in self.said or can_rule(inks, bool(self.caption)):
            return page
        return replace(page, ruling=NO_RULING)  # no flag asked for it


def are_pages(inks: Sequence[Ink]) -> bool:
    """Return whether each of `inks` is a page of text whose paper is known."""
    return bool(inks) and all(ink.frame is not None and ink.paper is not None for ink in inks)


def picture_of(
    settings: Settings,
    style: str,
    format_: str,
    pairs: Iterable[str],
    output: Path | None,
    written: bool = False,
) -> Picture:
    """Return the picture that the settings of [render] and `-O` pairs ask for.

    Only flags take precedence over the paper of an ink, and none does if the ink is `written` for the same
    settings. A format with pages gives each ink a page, unless a grid was asked for, which is one page.
    Raises UsageError for anything invalid.
    """
    from renderers.registry import format_for, split_options
    from renderers.registry import style as style_named
    from renderers.scene.arrange import check_parts

    r = settings.config.render
    with checked_usage():
        chosen, its = style_named(style), format_for(format_)
        defaults = terminal_options(output) if format_ == "term" else {}
        given = {**defaults, **_format_settings(settings, its)}
        options = split_options(chosen, its, pairs, given)
        caption = check_parts(r.caption.split(",") if r.caption else ())
        page = page_of(r)
    said = frozenset() if written else frozenset(settings.asked("render"))
    in_pages = its.write_pages is not None and "render.grid" not in settings.origins
    return Picture(chosen, options[0], its, options[1], page, said, r.grid, caption, in_pages)


def style_list(render: str | None) -> list[str]:
    """Return the known styles that `--render` names; `all` skips plug-ins that cannot be used."""
    if render is None:
        return []
    from renderers.errors import RenderError
    from renderers.registry import style, style_names

    if render != "all":
        with checked_usage():
            return [style(name.strip()).name for name in render.split(",")]
    usable = []
    for name in style_names():
        try:
            usable.append(style(name).name)
        except RenderError as error:
            console.warn(f"left out: {error.message}")
    return usable


def _format_settings(settings: Settings, format_: Format) -> dict[str, Any]:
    """Return the settings of [render] that are options of the format; UsageError for a flag that is not."""
    from renderers.registry import FORMATS, format_for, option_names

    known = option_names(format_)
    its: dict[str, Any] = {}
    for key in FORMAT_SETTINGS:
        value = getattr(settings.config.render, key)
        if value is None:
            continue
        if key in known:
            its[key] = value
        elif (flag := settings.origins[f"render.{key}"]).startswith("--"):
            # settings from a file or the environment may be meant for other pictures
            having = [name for name in FORMATS if key in option_names(format_for(name))]
            hint = f"it applies to {' and '.join(having)}: -f {having[0]}, or -o with such a suffix"
            raise UsageError(f"{flag} does not apply to {format_.name}", hint)
    return its


def terminal_options(output: Path | None) -> dict[str, Any]:
    """Return options of the format term: the terminal's width and colours, or 80 columns without colours."""
    here = to_stdout(output)
    columns = shutil.get_terminal_size().columns if here and stdout_is_terminal() else 80
    return {"columns": columns, "ansi": here and console.colour(sys.stdout)}


def draw_to(
    inks: Iterable[Ink],
    picture: Picture,
    output: Path | None,
    preview: bool = False,
    total: int | None = None,
) -> None:
    """Draw `inks` and write the picture; with `preview`, show it in the terminal first.

    A picture in pages takes the inks one by one, and no more than one is in memory. Ctrl-C keeps the finished
    pages, of `total` if that is known, unless `inks` is a sequence.
    """
    from renderers.options import make_options
    from renderers.registry import format_for

    if picture.in_pages:
        if isinstance(inks, Sequence) or output is None or is_direct(output):
            write_output(picture.encode_pages(inks), output)
        else:
            write_series(inks, output, picture.encode_pages, Tally("page", total))
        return
    inks = list(inks)
    with console.status("drawing"):
        drawing = picture.draw(inks)
    if preview:
        term = format_for("term")
        _write(drawing, term, make_options(term.options, terminal_options(None)), None)
    _write(drawing, picture.format, picture.format_options, output)


def _write(drawing: Drawing, format_: Format, options: Options, output: Path | None) -> None:
    if format_.reports:
        with console.progress(f"{format_.name}, frame by frame") as report:
            data = format_.encode(drawing.scene, drawing.page, options, report)
    else:
        with console.status(f"drawing {format_.name}"):
            data = format_.encode(drawing.scene, drawing.page, options)
    write_output(data, output)


def one_file_each(
    inks: Sequence[Ink], picture: Picture, output: Path | None
) -> list[tuple[Sequence[Ink], Path | None]]:
    """Return what to draw together, and where: pages of text get a file each, `name.p2.svg` for page 2."""
    together = picture.in_pages or picture.columns > 1 or picture.format.name == "term"
    if together or len(inks) == 1 or not are_pages(inks):
        return [(inks, output)]
    if output is None or to_stdout(output):
        hint = "use -f pdf, name a file with -o (NAME.p1.SUFFIX is written), or draw all on one with --grid 2"
        raise UsageError(f"{len(inks)} pages cannot share stdout", hint)
    return [([ink], output.with_suffix(f".p{k}{output.suffix}")) for k, ink in enumerate(inks, start=1)]


def free_name(path: Path) -> Path:
    """Return `path`, or with a number before its suffix if it exists: no file is overwritten."""
    candidate, number = path, 1
    while candidate.exists():
        number += 1
        candidate = path.with_suffix(f".{number}{path.suffix}")
    return candidate
