"""Tar and zip archives, read in place and never extracted.

Archives lie about the sizes of their members, and by being small. So a member is only read if the limit for
files (`ink.memory`) permits, and an archive may unpack to MOST_TIMES its own size, or if that is more, to a
quarter of the limit. Whatever a library raises for a damaged archive becomes an HwError that names it.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import stat
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, cast

from hwcli.errors import HwError, os_error
from hwcli.ink_io import limit

MOST_TIMES = 30  # ink as text packs to between a fifth and a tenth
LONGEST_HEADER = 1 << 20  # bytes of a header that extends another, as for a long name
_PIECE = 4096  # packed bytes at a time, where a library cannot limit what they unpack to
_OPENERS: dict[bytes, Any] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ": lzma.open,
    b"]\x00\x00": lzma.open,
}
_BAD_HEADER = (tarfile.InvalidHeaderError, tarfile.TruncatedHeaderError)  # type: ignore[attr-defined]  # not in typeshed
_EXTENDS = (b"L", b"K", tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE)


@dataclass(frozen=True)
class PackedFile:
    """A file of an archive: its path there, and its content or why it was not read."""

    name: str
    data: bytes | None = None
    trouble: str | None = None


def read_archive(path: Path) -> Iterator[tuple[PackedFile, int]]:
    """Yield every file of an archive that is not hidden, with the bytes of the archive read up to it.

    Raises HwError if the archive is damaged, or unpacks to more than it may. A damaged or refused member of a
    zip, and a refused one of a tar, are yielded with their trouble.
    """
    read = _zip if path.name.lower().endswith(".zip") else _tar
    try:
        most = max(limit.allowed() // 4, MOST_TIMES * path.stat().st_size)
        for one, position in read(path, most):
            yield PackedFile(f"{path.name}/{one.name}", one.data, one.trouble), position
    except (HwError, MemoryError):
        raise
    except Exception as error:  # the libraries raise some fifteen kinds for damaged archives
        if isinstance(error, OSError) and error.errno:
            raise os_error(error, f"read {path}") from None
        hint = "it may be truncated: download it again"
        raise HwError(f"{path}: the archive is damaged ({str(error)[:200]})", hint) from None


def _too_large(path: Path, most: int) -> HwError:
    size = f"more than {most / limit.MEGABYTE:,.0f} MB"
    why = f"{MOST_TIMES} times its size, or a quarter of the limit ({limit.NAME})"
    return HwError(f"{path} unpacks to {size}: {why}", limit.HINT)


class _Unpacked(io.RawIOBase):
    """What a packed stream unpacks to, of which only the first `most` bytes may be asked for."""

    def __init__(self, stream: BinaryIO, path: Path, most: int):
        super().__init__()
        self._stream, self._path, self._most = stream, path, most
        self._at = 0

    def read(self, size: int = -1) -> bytes:
        """Return the next `size` bytes; raise HwError if they lie beyond the limit."""
        if size < 0 or self._at + size > self._most:
            raise _too_large(self._path, self._most)
        data = self._stream.read(size)
        self._at += len(data)
        return data

    def seek(self, place: int, whence: int = 0) -> int:
        """Move to `place`; raise HwError if it lies beyond the limit."""
        if place > self._most:
            raise _too_large(self._path, self._most)
        self._at = self._stream.seek(place)
        return self._at

    def tell(self) -> int:
        """Return the place of the next byte."""
        return self._at


class _Header(tarfile.TarInfo):
    """A header of a tar that refuses absurd sizes before the library believes them."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> _Header:
        """Return a block as a header; raise ValueError if it is damaged, or for an absurd size."""
        try:
            header = super().frombuf(buf, encoding, errors)
        except _BAD_HEADER as error:
            raise ValueError(str(error)) from None  # the library would take it for the end of the archive
        if header.size < 0 or (header.type in _EXTENDS and header.size > LONGEST_HEADER):
            raise ValueError(f"a header says that {header.size:,} bytes follow")
        return header


def _tar(path: Path, most: int) -> Iterator[tuple[PackedFile, int]]:
    with path.open("rb") as raw:
        head = raw.peek(6)
        opener = next((opener for magic, opener in _OPENERS.items() if head.startswith(magic)), None)
        stream = cast(BinaryIO, opener(raw) if opener else raw)
        unpacked = cast(BinaryIO, _Unpacked(stream, path, most))
        with tarfile.open(fileobj=unpacked, mode="r:", tarinfo=_Header) as archive:
            while (info := archive.next()) is not None:
                archive.members = []  # type: ignore[attr-defined]  # in constant memory
                if info.size < 0 or archive.offset <= info.offset:
                    raise ValueError("its members lead in a circle")
                if not (info.isdir() or _hidden(info.name)):
                    yield _member(archive, info), raw.tell()


def _member(archive: tarfile.TarFile, info: tarfile.TarInfo) -> PackedFile:
    """Return a file of a tar."""
    if (trouble := _refused(info.name, info.size, info.isfile())) is not None:
        return PackedFile(info.name, trouble=trouble)
    file = archive.extractfile(info)
    assert file is not None  # _refused() checked isfile()
    return PackedFile(info.name, file.read())


def _zip(path: Path, most: int) -> Iterator[tuple[PackedFile, int]]:
    position = unpacked = 0
    with zipfile.ZipFile(path) as archive:
        for info in sorted(archive.infolist(), key=lambda i: i.filename):
            position += info.compress_size
            if info.filename.endswith("/") or _hidden(info.filename):
                continue
            one = _zipped(archive, info)
            unpacked += len(one.data or b"")
            if unpacked > most:
                raise _too_large(path, most)
            yield one, position


def _zipped(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> PackedFile:
    """Return a file of a zip; one that is damaged does not hide the others."""
    name, plain = info.filename, not stat.S_ISLNK(info.external_attr >> 16)
    if (trouble := _refused(name, info.file_size, plain)) is not None:
        return PackedFile(name, trouble=trouble)
    if info.flag_bits & 1:
        return PackedFile(name, trouble="encrypted")
    try:
        with archive.open(info) as file:
            if info.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                return PackedFile(name, file.read(info.file_size))
            return PackedFile(name, b"".join(iter(lambda: file.read(_PIECE), b"")))
    except MemoryError:
        raise
    except Exception as error:  # as above
        return PackedFile(name, trouble=f"damaged in its archive ({str(error)[:200]})")


def _hidden(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return bool(parts) and any(p.startswith(".") and p not in (".", "..") for p in parts)


def _refused(name: str, size: int, plain: bool) -> str | None:
    """Return why a member of an archive must not be read, or None."""
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts:
        return "its path leads outside the archive"
    if not plain:
        return "a link or device, not a file"
    return limit.exceeded(limit.PER_BYTE * size)
