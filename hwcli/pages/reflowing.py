"""Joining lines that were wrapped when their paragraph was typed, and noticing that a text has such lines.

A line continues the one above it unless there is an empty line between them, it has a mark (`alignment`), it
begins an item of a list or is indented differently, or the one above ends early. Then the break is meant, as
in an address: an editor would have put the next word there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from hwcli.pages.fitting import lines_needed
from hwcli.pages.line_breaking import RunningText, TextLine
from hwcli.pages.page_hand import PageHand
from hwcli.pages.text_width import units
from hwcli.text_encoding import plain_lines

if TYPE_CHECKING:
    from hwcli.pages.layout import Layout
    from hwcli.sampling.model import Model
    from hwcli.sampling.options import SampleOptions
    from renderers.ink import Ink

# Columns that an editor is taken to wrap lines to. Text of shorter lines is not wrapped.
WIDEST, NARROWEST = 80, 40
WHOLE = 120  # characters, above which a line is a whole paragraph
# A line ends early if even with the next word it has at most this share of the columns. An editor fills all
# of them; a person who ends lines by hand does not.
EARLY = 2 / 3
# What begins an item of a list, as in CommonMark: a bullet anywhere, a number within a paragraph only if it
# is the first. Dashes also stand between words, so they must be indented.
_BULLET, _DASH = re.compile(r"[-*•]"), re.compile(r"[–—]")
_FIRST, _NUMBER = re.compile(r"[1aA][.)]"), re.compile(r"(\d{1,3}|[A-Za-z])[.)]")
# A line that is this much wider than a line of the page is expected to be is broken in any hand but a narrow
# one: the width of half of the hands differs by up to 15 %.
TOO_WIDE = 1.15
LEAST = 2  # lines that make a text look hard-wrapped


def reflowed(parts: Sequence[RunningText]) -> list[RunningText]:
    """Return the `parts` of a text with the lines of each paragraph joined."""
    columns = _columns(parts)
    return [RunningText(tuple(_joined(part.lines, columns))) for part in parts]


def hard_wrapped(parts: Sequence[RunningText], room: float) -> int:
    """Return how many lines of a text look hard-wrapped and do not fit `room`; 0 if only a few do not.

    `room` is that of a line, in mean characters. Verses are not counted: most of their lines begin with a
    capital.
    """
    columns = _columns(parts)
    wrapped = [
        (line, below)
        for part in parts
        for (line, _), (below, continues) in pairwise(_continuing(part.lines, columns))
        if continues
    ]
    wide = sum(units(" ".join(line.words)) > TOO_WIDE * (room - line.indent) for line, _ in wrapped)
    capitals = sum(below.words[0][0].isupper() for _, below in wrapped)
    return wide if wide >= LEAST and max(len(wrapped) - wide, capitals) <= len(wrapped) / 2 else 0


def hard_wrap_message(
    text: str, model: Model, layout: Layout, options: SampleOptions, prime: tuple[Ink, str | None] | None
) -> str | None:
    """Return a message if `text` looks hard-wrapped and will break badly on the pages of `layout`, else None.

    It depends on the expected width of the handwriting, that of `prime` or the usual one.
    """
    if layout.reflow or model.file.alphabet is None:  # a model that cannot write reports that itself
        return None
    parts = [part for page in plain_lines(text).split("\f") if (part := RunningText.of(page))]
    if not hard_wrapped(parts, 0.0):
        return None
    hand = PageHand(model, layout, options, prime)
    if layout.fit_page:
        lines = lines_needed(parts[0], layout, hand.pace, "-", is_certain=False)
        hand = PageHand(model, layout.with_lines(lines), options, prime)
    if not (count := hard_wrapped(parts, hand.room())):
        return None
    return (
        f"the text seems to be hard-wrapped: {count} of its lines are longer than a line of the page, "
        "so each ends in a short one"
    )


def _columns(parts: Sequence[RunningText]) -> int:
    """Return the width at which a text seems to be wrapped, in characters."""
    longest = max((_width(line) for part in parts for line in part.lines), default=0)
    return min(max(longest, NARROWEST), WIDEST)


def _width(line: TextLine) -> int:
    return line.indent + len(" ".join(line.words))


def _joined(lines: Sequence[TextLine], columns: int) -> Iterator[TextLine]:
    open_line: TextLine | None = None
    for line, continues in _continuing(lines, columns):
        if continues and open_line is not None:
            hanging = max(open_line.hanging, line.indent)
            open_line = replace(open_line, words=open_line.words + line.words, hanging=hanging)
            continue
        if open_line is not None:
            yield open_line
        open_line = line
    if open_line is not None:
        yield open_line


def _continuing(lines: Sequence[TextLine], columns: int) -> Iterator[tuple[TextLine, bool]]:
    """Yield each line, and whether it continues the one above."""
    above: TextLine | None = None  # in the same paragraph
    has_begun = in_list = False  # whether `above` begins what continues, and is in an item of a list
    for line in lines:
        if not line.words:
            above, in_list = None, False
            yield line, False
            continue
        is_item = _is_item(line, in_list or above is None)
        continues = (
            above is not None
            and not line.is_marked
            and not is_item
            and (in_list or line.indent == above.indent or (has_begun and line.indent < above.indent))
            and _width(above) <= WHOLE
            and not _ends_early(above, line.words[0], columns)
        )
        yield line, continues
        in_list = is_item or (in_list and continues)
        above, has_begun = line, not continues


def _ends_early(line: TextLine, word: str, columns: int) -> bool:
    """Return whether there was much room left for the next `word` when `line` was ended."""
    return len(" ".join((*line.words, word))) <= EARLY * max(columns - line.indent, NARROWEST)


def _is_item(line: TextLine, may_count: bool) -> bool:
    """Return whether a line begins an item of a list; any number does, if it `may_count` on."""
    first, *others = line.words
    if not others:
        return False
    number = _NUMBER if may_count else _FIRST
    return any(kind.fullmatch(first) for kind in (_BULLET, number, *([_DASH] if line.indent else [])))
