"""What hw render --list prints: styles and formats with their options."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from hwcli.cli.help import layout
from hwcli.errors import UsageError

if TYPE_CHECKING:
    from renderers.descriptions import Info

COLUMN = 30  # where explanations start
WIDTH = 100  # where there is no terminal


def described(names: Sequence[str]) -> list[str]:
    """Describe the styles and formats called `names`, or all; UsageError if there is none of a name."""
    from hwcli.cli.streams import stdout_is_terminal
    from renderers.descriptions import describe, describe_formats
    from renderers.registry import format_names, style_names

    known = [*style_names(), *format_names()]
    for name in names:
        if name not in known:
            from renderers.errors import nearest

            raise UsageError(f"there is no style or format {name!r}", nearest(name, dict.fromkeys(known)))
    width = layout.width_of(shutil.get_terminal_size().columns) if stdout_is_terminal() else WIDTH
    lines: list[str] = []
    for heading, every in (("Styles", describe()), ("Formats", describe_formats())):
        chosen = [info for info in every if not names or info.name in names]
        if not chosen:
            continue
        lines += [f"{heading}:", ""]
        for info in chosen:
            lines += [*_entry(info, width), ""]
    return lines[:-1]


def _entry(info: Info, width: int) -> Iterator[str]:
    """Yield a style or a format with its options, as lines of text."""
    origin = f" (from {info.origin})" if info.origin else ""
    first, *more = layout.wrapped(f"{info.name}: {info.trouble or info.summary + origin}", width)
    yield first
    yield from ("    " + line for line in layout.wrapped(" ".join(more), width - 4))
    narrow = width < layout.NARROW
    for one in info.options:
        left = f"    -O {one.name}={one.default}"
        about = layout.wrapped(f"{one.help} ({one.type})", width, 8 if narrow else COLUMN)
        if not narrow and len(left) < COLUMN - 1:
            left = left.ljust(COLUMN) + about.pop(0).lstrip()
        yield left
        yield from about
