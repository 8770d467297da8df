"""Letters to many: a text with `{column}` in it, filled in from each row of a table in CSV."""

from __future__ import annotations

import csv
import io
import re
import shlex
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from hwcli.atomic import check_parent
from hwcli.cli.given_text import GivenText
from hwcli.errors import HwError, UsageError
from hwcli.pages.alignment import outside_marks

DELIMITERS = ",;\t"  # spreadsheets of some countries write semicolons
_FIELD = re.compile(r"\{\{|\}\}|\{([^{}\n]*)\}")
_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]+')  # in names of files, on one system or another
_LONGEST = 200  # bytes of a file's name
_SHOWN = 8  # columns that an error names


@dataclass(frozen=True)
class Row:
    """A row of a table: where it stands, and its values by column."""

    origin: str  # `guests.csv, row 3`; the header is row 1
    values: Mapping[str, str]
    error: HwError | None = None  # why it cannot be used, without the origin


@dataclass(frozen=True)
class Table:
    """The rows of a CSV file under their header."""

    name: str
    columns: Sequence[str]
    rows: Sequence[Row]

    @classmethod
    def read(cls, path: Path) -> Table:
        """Return the table in a file, or on stdin for `-`, in UTF-8, or UTF-16 with its mark.

        Raises HwError if there is none in it.

        Fields are separated by commas, semicolons or tabs, whichever the header has most of. Rows are
        numbered as in a spreadsheet. Empty ones are left out.
        """
        given = GivenText.of_source(str(path), "--fields")
        if given.error is not None:
            raise given.error
        name, text = given.origin, given.text
        header = text.lstrip().partition("\n")[0]
        lines = csv.reader(
            io.StringIO(text, newline=""), delimiter=max(DELIMITERS, key=header.count), strict=True
        )
        try:
            records = [
                (number, fields) for number, fields in enumerate(lines, 1) if any(map(str.strip, fields))
            ]
        except csv.Error as error:
            raise HwError(f"{name}, line {lines.line_num}: not CSV ({error})") from None
        if len(records) < 2:
            raise HwError(
                f"{name} has no row below a header", "the first row names the columns, the others fill them"
            )
        columns = [_plain(field) for field in records[0][1]]
        while columns and not columns[-1]:
            columns.pop()
        if "" in columns or len({*columns}) < len(columns):
            raise HwError(f"{name}: the first row must name the columns, each differently")
        return cls(
            name, columns, [_row(f"{name}, row {number}", columns, fields) for number, fields in records[1:]]
        )

    def check(self, template: str, where: str) -> None:
        """Raise UsageError if `template` names a column that the table lacks."""
        for name in _names(template):
            if name not in self.columns:
                shown = ", ".join(self.columns[:_SHOWN]) + (", …" if len(self.columns) > _SHOWN else "")
                raise UsageError(
                    f"{where}: {{{name}}} is not a column of {self.name}",
                    f"its columns: {shown}; {{{{ and }}}} stand for braces",
                )


class MergedTexts(Iterator[GivenText]):
    """Each of `texts` filled in with each row of a table, row by row, with the file that each is for.

    `output` is the name of a file with a column in it, as in `letters/{name}.svg`; None gives texts without
    files. A text whose file exists, or its first page, is marked as done; `style` is what names of files
    have before their suffix. Raises UsageError or HwError, before any text is returned, if a column is
    missing, two rows would get the same file, or the files' folder does not exist.
    """

    is_single = False
    is_typed = False
    in_one_hand = True

    def __init__(
        self, texts: Sequence[GivenText], table: Table, output: Path | None, style: str = ""
    ) -> None:
        for text in texts:
            if text.error is not None:
                raise text.error
            table.check(text.text, text.origin or "--text")
        self._table, self._texts, self._style = table, texts, style
        self._files = [None] * len(table.rows) if output is None else _files(table, output)
        self._filled = self._all()

    def __next__(self) -> GivenText:
        return next(self._filled)

    def is_ready(self) -> bool:
        """Return whether the next text is there without waiting."""
        return True

    def all_texts(self) -> list[str]:
        """Return all texts that are to be written, without taking them."""
        return [given.text for given in self._all() if given.is_to_write]

    def _all(self) -> Iterator[GivenText]:
        for row, file in zip(self._table.rows, self._files, strict=True):
            done = file is not None and self._is_done(file)
            for text in self._texts:
                # a value never aligns a paragraph
                letter = outside_marks(text.text, partial(filled, values=row.values))
                given = GivenText(letter, row.origin, file=file, is_done=done)
                if row.error is not None:
                    given = given.failing(row.error)
                elif not given.text.strip():
                    given = given.failing(HwError("the text is empty"))
                yield given

    def _is_done(self, file: Path) -> bool:
        endings = (f"{page}{self._style}{file.suffix}" for page in ("", ".p1"))
        return any(
            file.with_name(file.name.removesuffix(file.suffix) + ending).exists() for ending in endings
        )


def filled(template: str, values: Mapping[str, str]) -> str:
    """Return `template` with `{column}` replaced by its value, and doubled braces by single ones.

    >>> filled("Dear {name}, {{yes}}", {"name": "Zoë"})
    'Dear Zoë, {yes}'
    """
    return _FIELD.sub(lambda found: found[0][0] if found[1] is None else values[_plain(found[1])], template)


def _names(template: str) -> list[str]:
    return [_plain(found[1]) for found in _FIELD.finditer(template) if found[1] is not None]


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", " ".join(name.split()))


def _row(origin: str, columns: Sequence[str], fields: Sequence[str]) -> Row:
    more = [field for field in fields[len(columns) :] if field.strip()]
    error = None
    if more or len(fields) < len(columns):
        error = HwError(
            f"{len(fields)} fields, but the header has {len(columns)}", "quote fields that contain a comma"
        )
    values = dict(zip(columns, [*fields, *[""] * len(columns)], strict=False))
    return Row(origin, values, error)


def _files(table: Table, output: Path) -> list[Path]:
    """Return the file of each row."""
    table.check(output.name, f"-o {output}")
    if not _names(output.name):
        named = output.with_stem(f"{output.stem}-{{{table.columns[0]}}}")
        raise UsageError(
            f"-o {output} names the same file for every row",
            f"put a column into its name: -o {shlex.quote(str(named))}",
        )
    if _names(str(output.parent)):
        raise UsageError(f"-o {output}: only the file's own name can contain columns, not its folder")
    check_parent(output)
    files: list[Path] = []
    taken: dict[str, Row] = {}
    for row in table.rows:
        values = {
            name: _UNSAFE.sub("-", " ".join(value.split())).strip(" .-") for name, value in row.values.items()
        }
        name = filled(output.name, values).strip()
        stem, name = name.removesuffix(output.suffix).strip(" .-"), name.lstrip(".")
        if row.error is None and (not stem or len(name.encode()) > _LONGEST):
            raise HwError(f"{row.origin}: {name!r} cannot be the name of a file", "use other columns in -o")
        same = unicodedata.normalize("NFC", name).casefold()  # as file systems compare names that ignore case
        if row.error is None and (other := taken.setdefault(same, row)) is not row:
            raise HwError(
                f"{row.origin}: its file {name!r} is also that of row {other.origin.rpartition(' ')[2]}",
                "use further columns in -o",
            )
        files.append(output.with_name(name or "-"))
    return files
