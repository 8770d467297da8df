"""Breaking written lines into pages, so that no line of a paragraph is alone on one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from hwcli.pages.line_breaking import RunningText
from hwcli.pages.line_writer import LineWriter
from hwcli.pages.written_line import WrittenLine

# Lines that a page gives up at most, so that none is alone: a salutation and a paragraph of three lines of
# which two would fit. It keeps half of its lines in any case.
MOST_MOVED = 3


@dataclass(frozen=True)
class Row:
    """A line of a page, None for an empty one, and where it stands in its text.

    A paragraph is what empty lines surround. A line of the text that is broken into several is one, too.
    """

    line: WrittenLine | None
    starts: bool = True  # the first that a line of the text is broken into
    ends: bool = True  # the last one
    first: bool = True  # of its paragraph
    last: bool = True


class RowWriter:
    """Writes the rows of a text one by one. `on_line` receives the tries and the text of each line."""

    def __init__(self, writer: LineWriter, text: RunningText, on_line: Callable[[int, str], None]) -> None:
        self._writer, self.text, self._on_line = writer, text, on_line
        self._starts = self._first = True

    def row(self) -> Row:
        """Write the next row; there must be text left."""
        before = self.text
        line, self.text = self._writer.write(before)
        if line is None:
            self._starts = self._first = True
            return Row(None)
        self._on_line(line.tries, line.text)
        ends = len(self.text.lines) < len(before.lines)
        last = ends and not (self.text and self.text.lines[0].words)
        row = Row(replace(line, align=before.lines[0].align), self._starts, ends, self._first, last)
        self._starts, self._first = ends, last
        return row

    def skip_blanks(self) -> None:
        """Drop the empty lines that come next."""
        self.text = self.text.without_leading_blanks()


def pages_of(rows: RowWriter, most: int | None) -> Iterator[tuple[list[Row], bool]]:
    """Yield pages of up to `most` rows, without empty ones at their ends, and whether others follow.

    A row more is written before a page is broken off, which tells whether it would be alone on the next.
    """
    page: list[Row] = []
    while page or rows.text:
        if not page:
            rows.skip_blanks()
        while rows.text and (most is None or len(page) <= most):
            page.append(rows.row())
        count = len(page) if most is None else break_at(page, most)
        page, left = page[:count], page[count:]
        while left and left[0].line is None:
            left.pop(0)
        if not left:
            rows.skip_blanks()
        while page[-1].line is None:
            page.pop()
        yield page, bool(left or rows.text)
        page = left


def break_at(rows: Sequence[Row], most: int) -> int:
    """Return how many of `rows`, which begin a page, are on it: `most`, or fewer so that no line is alone.

    The first line of a paragraph is alone at the bottom of a page, and the last one at the top of the next.
    """
    if len(rows) <= most:
        return len(rows)
    least = max(most - MOST_MOVED, (most + 1) // 2, 1)
    good = (count for count in range(most, least - 1, -1) if not _is_lonely(rows[count - 1], rows[count]))
    return next(good, most)


def _is_lonely(above: Row, below: Row) -> bool:
    """Return whether a page must not end between two rows."""
    if above.line is None or below.line is None:
        return False
    if not above.ends:  # within one line of the text
        return above.starts or below.ends
    return above.first or below.last
