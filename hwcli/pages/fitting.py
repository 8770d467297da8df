"""Fitting a text to one page by the distance of its lines.

The number of lines follows from the width of a mean character in heights of the handwriting, its pace. That
is known of a given hand. Otherwise it is that of the usual hand at first, from which writers differ by 22 %;
so it is measured on the first lines, and if another number of lines follows, the page is begun anew. Lines
that turn out to be too many are moved together: they are then a little shorter than the page is wide.
"""

from __future__ import annotations

from collections.abc import Callable

from hwcli.errors import HwError
from hwcli.pages.layout import LEAST_LINE, LINE_DISTANCE, Layout
from hwcli.pages.line_breaking import RunningText
from hwcli.pages.line_writer import LineWriter
from hwcli.pages.lines_ahead import LANES
from hwcli.pages.page_breaking import Row, RowWriter
from hwcli.pages.page_hand import SPACE, TARGET_FILL, PageHand
from hwcli.pages.text_width import units

ENOUGH_UNITS = 60.0  # of text, about two lines: their pace is that of the page within 5 %
# Lines more than estimated, as a share, that are moved together; with more, the page is written anew, once.
MOVED = 0.06


class FittedPage:
    """A page of a layout that is being written, and who writes it."""

    def __init__(
        self,
        text: RunningText,
        layout: Layout,
        new_writer: Callable[[Layout], tuple[PageHand, LineWriter]],
        on_line: Callable[[int, str], None],
    ) -> None:
        self.layout = layout
        self.hand, self.writer = new_writer(layout)
        self.rows: list[Row] = []
        self._source = RowWriter(self.writer, text, on_line)

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left to write."""
        return not self._source.text

    @property
    def units(self) -> float:
        """The text written so far, in mean characters."""
        return sum(units(row.line.text) for row in self.rows if row.line)

    @property
    def pace(self) -> float:
        """The mean width of a character written so far, in heights of the handwriting."""
        width = sum(row.line.width for row in self.rows if row.line)
        return width / (self.units * self.hand.height)

    def write(self, is_enough: Callable[[], bool]) -> None:
        """Write rows until there are enough."""
        while not self.is_whole and not is_enough():
            self.rows.append(self._source.row())


def fitted_page(
    text: RunningText,
    layout: Layout,
    new_writer: Callable[[Layout], tuple[PageHand, LineWriter]],
    hyphen: str,
    is_given: bool,
    on_line: Callable[[int, str], None],
) -> FittedPage:
    """Write `text` on one page, with lines as far apart as they can be, and at most as in `layout`.

    `new_writer` begins a page of a layout, in a hand that `is_given` or not. Raises HwError if the lines
    would have to be closer together than LEAST_LINE.
    """

    def begun(lines: int) -> FittedPage:
        return FittedPage(text, layout.with_lines(lines), new_writer, on_line)

    lines = lines_needed(text, layout, new_writer(layout)[0].pace, hyphen, is_certain=is_given)
    page = begun(lines)
    if not is_given:
        page.writer.draw_ahead(1)  # most of the page may be in vain
        page.write(lambda: page.units >= ENOUGH_UNITS)
        if not page.is_whole and (found := lines_needed(text, layout, page.pace, hyphen)) != lines:
            page = begun(lines := found)
        page.writer.draw_ahead(LANES)
    most = int(lines * (1 + MOVED))
    page.write(lambda: len(page.rows) > most)
    if not page.is_whole:
        needed = lines_needed(text, layout, page.pace, hyphen)
        page = begun(min(max(needed, lines + 1), layout.most_lines))
        page.write(lambda: len(page.rows) > layout.most_lines)
    if len(page.rows) > layout.most_lines:
        raise _too_long(layout)
    page.layout = layout.with_lines(max(len(page.rows), page.layout.lines or 0))
    return page


def lines_needed(text: RunningText, layout: Layout, pace: float, hyphen: str, is_certain: bool = True) -> int:
    """Return for how many lines there must be room on the page of `layout`, by the pace of the hand.

    Raises HwError if they would be closer together than LEAST_LINE. If the pace is not certain, as many as
    there can be are tried first.
    """
    low, high = layout.lines or 1, layout.most_lines
    if not _fits(text, layout.with_lines(high), pace, hyphen):
        if is_certain:
            raise _too_long(layout)
        return high
    while low < high:
        middle = (low + high) // 2
        low, high = (
            (low, middle) if _fits(text, layout.with_lines(middle), pace, hyphen) else (middle + 1, high)
        )
    return low


def _fits(text: RunningText, layout: Layout, pace: float, hyphen: str) -> bool:
    """Return whether `text` is expected to fit the lines of a page."""
    for _ in range(layout.lines or 0):
        if not text:
            break
        indent = min(text.lines[0].indent * SPACE, layout.measure / 2)
        text = text.next_line(TARGET_FILL * (layout.measure - indent) * LINE_DISTANCE / pace, hyphen)[1]
    return not text


def _too_long(layout: Layout) -> HwError:
    least = min(LEAST_LINE, layout.line_mm or LEAST_LINE)
    return HwError(
        f"the text is too long for one page: it does not fit {layout.most_lines} lines, {least:g} mm apart",
        "use a larger page, a smaller margin or a shorter text, or write it on several pages",
    )
