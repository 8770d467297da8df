"""The files in what the user named: files, folders, and archives read in place, in a fixed order."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from hwcli.dataset.archives import read_archive
from hwcli.errors import HwError, UsageError, os_error
from hwcli.ink_io import limit
from hwcli.ink_io.included_files import IncludedFiles
from hwcli.text_encoding import utf8

ARCHIVES = (".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.bz2", ".tbz2", ".zip")
_NAME = re.compile(r"[^\W\d][\w.-]*")


@dataclass(frozen=True)
class Member:
    """One file of a source: its bytes or its path, or what kept it from being read."""

    name: str
    data: bytes | None = None
    path: Path | None = None  # if `data` is None: read by the process that needs it
    trouble: str | None = None
    named: bool = False  # whether the user named it, rather than its folder or archive
    place: int = 0  # position of its source among those of the user
    source: Path | None = None  # the file, folder or archive that the user named
    files: IncludedFiles | None = None  # finds the files that it includes

    @property
    def stem(self) -> str:
        """Its name without folders and suffix."""
        return PurePosixPath(self.name).stem

    def read(self, most: int = -1) -> bytes:
        """Return the file's bytes, at `most` that many; HwError if it cannot be read, or is too large."""
        if self.data is not None:
            return self.data if most < 0 else self.data[:most]
        if self.path is None:
            return b""
        if most < 0:
            return limit.read_file(self.path, self.name)
        try:
            with self.path.open("rb") as file:
                return file.read(most)
        except OSError as error:
            raise os_error(error, f"read {self.name}") from None


def parse_argument(argument: str) -> tuple[Path, str | None]:
    """Return the path in a SOURCE argument, PATH or NAME=PATH, and its name; UsageError without a path.

    An argument that is itself a path has no name.
    """
    name, equals, path = argument.partition("=")
    if not equals or not _NAME.fullmatch(name) or Path(argument).exists():
        return Path(argument), None
    if not path:
        raise UsageError(f"SOURCE {argument}: expected NAME=PATH", "for example iam=lineStrokes-all.tar.gz")
    return Path(path), name


def is_archive(path: Path) -> bool:
    """Return whether `path` has the suffix of an archive that can be read in place."""
    return path.name.lower().endswith(ARCHIVES)


def size_of(sources: list[Path]) -> int:
    """Return the bytes on disk of all sources, the total for `members`; raise HwError if one is missing."""
    for source in sources:
        if not source.exists():
            raise HwError(f"no such file or folder: {source}", "check the path")
    return sum(
        p.stat().st_size for source in sources for p in (walk(source) if source.is_dir() else [source])
    )


def walk(folder: Path) -> Iterator[Path]:
    """Yield the regular files below `folder`, sorted, without hidden ones."""
    for where, folders, names in os.walk(folder):
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        paths = (Path(where, name) for name in sorted(names) if not name.startswith("."))
        yield from (path for path in paths if path.is_file())  # no pipes or broken links


def members(sources: list[Path]) -> Iterator[tuple[Member, int]]:
    """Yield every file of every source, with the bytes on disk that were read up to its end.

    Archives are read, never extracted; a member whose path leads outside its archive is not read. Raises
    HwError if an archive is damaged, and OSError if a source does not exist (see `size_of`).
    """
    done = 0
    for source in sources:
        if source.is_dir():
            for path in walk(source):
                done += path.stat().st_size
                yield Member(readable(str(path)), path=path, source=source), done
            continue
        if is_archive(source):
            for one, position in read_archive(source):
                yield (
                    Member(readable(one.name), one.data, trouble=one.trouble, source=source),
                    done + position,
                )
            done += source.stat().st_size
        else:
            done += source.stat().st_size
            yield Member(readable(str(source)), path=source, named=True, source=source), done


def readable(name: str) -> str:
    """Return a file's name as valid Unicode, whatever its bytes in the file system."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def decode(data: bytes) -> str:
    """Decode text in UTF-8, as its byte-order mark says, in Windows-1252, or else in Latin-1."""
    text = utf8(data)
    if text != data:
        return text.decode(errors="replace")
    for encoding in ("utf-8", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")
