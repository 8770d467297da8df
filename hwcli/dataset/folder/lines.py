"""What is known of the lines of a dataset, in columns that are read when they are needed.

`about.npy`, (lines, 6), has whole numbers in the columns SPLIT … LEGIBILITY. The strings 2k and 2k + 1 are id
and text of line k; those after 2 * lines are names of groups, forms and writers.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hwcli.dataset.folder.arrays import damaged, read_array, read_header, save_array
from hwcli.dataset.folder.strings import HeldStrings, Strings, StringWriter

ABOUT = "about.npy"
COLUMNS = 6
SPLIT, SOURCE = 0, 1  # numbers in the manifest's lists of splits and sources
GROUP, FORM, WRITER = 2, 3, 4  # numbers of names, or NONE; a group that is NONE is the line's id
LEGIBILITY = 5  # in thousandths, or UNREAD
NONE, UNREAD = -1, -(2**31)
THOUSANDTHS = 1000


@dataclass(frozen=True)
class LineInfo:
    """What is known of one line."""

    id: str
    group: str
    split: str
    text: str | None = None  # an empty one counts as none
    source: int = 0  # its position among the sources of the dataset
    writer: str | None = None  # if the ink says who wrote it; then it is the group as well
    form: str | None = None  # if it is known and not the group
    legibility: float | None = None  # if a reader read it: log-likelihood of its text per character, in nats


class _Coder:
    """Turns lines into rows of numbers, and gathers the names that these stand for."""

    def __init__(self) -> None:
        self.splits: dict[str, int] = {}
        self.names: dict[str, int] = {}

    def row(self, line: LineInfo) -> tuple[int, ...]:
        group = None if line.group == line.id else line.group
        score = line.legibility
        return (
            self.splits.setdefault(line.split, len(self.splits)),
            line.source,
            *(NONE if one is None else self.names.setdefault(one, len(self.names))
              for one in (group, line.form, line.writer)),
            UNREAD if score is None else round(THOUSANDTHS * min(max(score, -1e6), 1e6)),
        )  # fmt: skip


class LineWriter:
    """Writes lines into a dataset folder, in order; only their numbers and names are held in memory."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._strings = folder, StringWriter(folder)
        self._about, self._coder = array("i"), _Coder()

    def add(self, line: LineInfo) -> None:
        """Append a line."""
        self._about.extend(self._coder.row(line))
        self._strings.add(line.id)
        self._strings.add(line.text or "")

    def close(self) -> list[str]:
        """Write what is left; return the names of the splits."""
        for name in self._coder.names:
            self._strings.add(name)
        self._strings.close()
        save_array(self._folder / ABOUT, np.frombuffer(self._about, np.int32).reshape(-1, COLUMNS))
        return list(self._coder.splits)


class LineTable(Sequence[LineInfo]):
    """The lines of a dataset. A line is put together when it is asked for."""

    def __init__(
        self,
        count: int,
        strings: Strings | HeldStrings,
        splits: Sequence[str],
        load: Callable[[], NDArray[np.int32]],
    ) -> None:
        self._count, self._strings, self._load = count, strings, load
        self.splits = tuple(splits)

    @classmethod
    def of(cls, lines: Iterable[LineInfo]) -> LineTable:
        """Return a table in memory."""
        coder, rows, strings = _Coder(), array("i"), []
        for line in lines:
            rows.extend(coder.row(line))
            strings += [line.id, line.text or ""]
        held = HeldStrings([*strings, *coder.names])
        about = np.frombuffer(rows, np.int32).reshape(-1, COLUMNS)
        return cls(len(about), held, list(coder.splits), lambda: about)

    @classmethod
    def open(cls, folder: Path, count: int, splits: Sequence[str], sources: int) -> LineTable:
        """Open the table of `count` lines in `folder`; HwError if a file of it is damaged."""
        strings = Strings.open(folder)
        header = read_header(folder / ABOUT, (np.int32,), axes=2)
        if header.shape != (count, COLUMNS) or len(strings) < 2 * count:
            raise damaged(folder / ABOUT, "it does not match the other files")
        most = np.array([len(splits), sources, *[len(strings) - 2 * count] * 3])

        def load() -> NDArray[np.int32]:
            about = read_array(folder / ABOUT, header)
            numbers = about[:, :LEGIBILITY]
            if count and ((numbers.max(0) >= most) | (numbers.min(0) < [0, 0, NONE, NONE, NONE])).any():
                raise damaged(folder / ABOUT, "a number of nothing")
            return about

        return cls(count, strings, splits, load)

    @cached_property
    def about(self) -> NDArray[np.int32]:
        """The columns SPLIT … LEGIBILITY of all lines, (lines, 6)."""
        return self._load()

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> LineInfo: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[LineInfo]: ...
    def __getitem__(self, index: int | slice) -> LineInfo | Sequence[LineInfo]:
        if isinstance(index, slice):
            return [self[k] for k in range(*index.indices(self._count))]
        k = index + self._count if index < 0 else index
        if not 0 <= k < self._count:
            raise IndexError(index)
        split, source, group, form, writer, score = self.about[k].tolist()
        line_id = self._strings[2 * k]
        return LineInfo(
            line_id,
            line_id if group == NONE else self.name(group),
            self.splits[split],
            self._strings[2 * k + 1] or None,
            source,
            None if writer == NONE else self.name(writer),
            None if form == NONE else self.name(form),
            None if score == UNREAD else score / THOUSANDTHS,
        )

    def name(self, number: int) -> str:
        """Return a name by its number in the columns GROUP, FORM and WRITER."""
        return self._strings[2 * self._count + number]

    def column(self, column: int, lines: ArrayLike) -> NDArray[np.int64]:
        """Return a column of `about` for some lines."""
        found: NDArray[np.int64] = self.about[np.asarray(lines, np.int64), column].astype(np.int64)
        return found

    def ids(self, lines: ArrayLike) -> Iterator[str]:
        """Yield the ids of some lines."""
        return self._strings.some(2 * np.asarray(lines, np.int64))

    def texts(self, lines: ArrayLike) -> Iterator[str]:
        """Yield the texts of some lines, empty ones of those without."""
        return self._strings.some(2 * np.asarray(lines, np.int64) + 1)

    def has_text(self, lines: ArrayLike) -> NDArray[np.bool_]:
        """Return which of some lines have a text."""
        begins, texts = self._strings.begins, 2 * np.asarray(lines, np.int64) + 1
        return np.asarray(begins[texts] < begins[texts + 1])
