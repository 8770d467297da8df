"""Other files that an ink file names: where they are, beside it on disk or in its archive."""

from __future__ import annotations

import os
import posixpath
import zlib
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Protocol

from hwcli.ink_io import limit
from hwcli.ink_io.packed import plain

FOLDER = "include"  # a folder of this name, beside or above an ink file, holds files to include


class IncludedFiles(Protocol):
    """Finds and reads the files that others include by name."""

    def find(self, name: str, by: str) -> str | None:
        """Return the path of the file that the file `by` calls `name`, None if there is none."""

    def read(self, path: str) -> bytes:
        """Return the content of a file that `find` found; raise HwError if it cannot be read."""

    def __hash__(self) -> int:
        """Files are the key of a cache."""


def candidates(name: str, by: str) -> list[str]:
    """Return the paths that `name` can mean in the file `by`, best first.

    They are relative to the file's own folder, then to each folder above it that is called `include` or holds
    a folder of that name. A name that leads out of these folders has none.
    """
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".")]
    if not parts or ".." in parts or name.startswith(("/", "\\")):
        return []
    folder = posixpath.dirname(by)
    found = [posixpath.join(folder, *parts)]
    while True:
        inside = posixpath.basename(folder).lower() == FOLDER
        found.append(posixpath.join(folder, *([] if inside else [FOLDER]), *parts))
        if posixpath.dirname(folder) == folder:
            return found
        folder = posixpath.dirname(folder)


class OnDisk:
    """Files on disk; a name whose case differs is found too."""

    def __init__(self) -> None:
        self._names: dict[Path, Mapping[str, list[str]]] = {}
        self._found: dict[tuple[str, str], str | None] = {}

    def find(self, name: str, by: str) -> str | None:
        """Return the path of the file that the file `by` calls `name`, None if there is none."""
        by = os.path.abspath(by)
        key = (name, os.path.dirname(by))  # many files of a folder include the same ones
        if key not in self._found:
            every = candidates(name, by)
            exact = (path for path in every if os.path.isfile(path))
            self._found[key] = next(exact, None) or next(filter(None, map(self._any_case, every)), None)
        return self._found[key]

    def read(self, path: str) -> bytes:
        """Return the content of the file at `path`; raise HwError if it cannot be read."""
        return plain(limit.read_file(path), path)

    def _any_case(self, path: str) -> str | None:
        """Return the file whose path is `path` but for the case of its letters, None if there is none."""
        pure = PurePosixPath(path)
        found = Path(pure.anchor)
        for part in pure.parts[1 if pure.anchor else 0 :]:
            names = self._names_in(found).get(part.lower())
            if names is None:
                return None
            found /= part if part in names else names[0]
        return str(found) if found.is_file() else None

    def _names_in(self, folder: Path) -> Mapping[str, list[str]]:
        """Return the names in a folder, sorted, by what they are in lower case."""
        if folder not in self._names:
            names: defaultdict[str, list[str]] = defaultdict(list)
            try:
                for name in sorted(os.listdir(folder)):
                    names[name.lower()].append(name)
            except OSError:
                pass  # not a folder, or not a readable one: it holds nothing to find
            self._names[folder] = names
        return self._names[folder]


class InArchive:
    """The members of an archive that some of its ink files include, kept compressed."""

    def __init__(self, packed: Mapping[str, bytes]):
        """Hold the content of members, by name, as `pack` returns it."""
        self.packed = packed
        self._any_case = {name.lower(): name for name in sorted(packed, reverse=True)}

    @staticmethod
    def pack(data: bytes) -> bytes:
        """Return `data` compressed: coordinates as text take a fifth of their size, quickly."""
        return zlib.compress(data, 1)

    @staticmethod
    def unpack(packed: bytes) -> bytes:
        """Return what `pack` compressed."""
        return zlib.decompress(packed)

    def find(self, name: str, by: str) -> str | None:
        """Return the name of the member that the member `by` calls `name`, None if there is none."""
        every = candidates(name, by)
        exact = (path for path in every if path in self.packed)
        any_case = (found for path in every if (found := self._any_case.get(path.lower())))
        return next(exact, None) or next(any_case, None)

    def read(self, path: str) -> bytes:
        """Return the content of the member called `path`."""
        return self.unpack(self.packed[path])
