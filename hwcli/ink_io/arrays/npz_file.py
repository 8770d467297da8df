"""The arrays of a .npz file: a zip of .npy files."""

from __future__ import annotations

import io
import zipfile
import zlib

from hwcli.errors import HwError
from hwcli.ink_io import limit
from hwcli.ink_io.arrays.damage import ArrayError
from hwcli.ink_io.arrays.npy_file import array_in
from hwcli.ink_io.arrays.numpy_parts import Pickled

MAGIC = b"PK\x03\x04"
MOST_ARRAYS = 100_000
_UNPACKED = 4  # bytes of memory per byte of an array: itself, and as ink
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # those that NumPy writes


def arrays_in(data: bytes) -> dict[str, Pickled]:
    """Return the arrays in the bytes of a .npz file by their names.

    Raises ArrayError if it is damaged, and HwError, without a name, if it unpacks to too much.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [one for one in archive.infolist() if one.filename.endswith(".npy")]
            if len(members) > MOST_ARRAYS:
                raise ArrayError(f"{len(members):,} arrays, more than {MOST_ARRAYS:,}")
            _check_size(sum(one.file_size for one in members))
            return {one.filename.removesuffix(".npy"): array_in(_unpacked(archive, one)) for one in members}
    except (ArrayError, HwError):
        raise
    except (zipfile.BadZipFile, zlib.error, ValueError, OSError, EOFError, IndexError, NotImplementedError,
            RuntimeError, LookupError) as error:  # fmt: skip
        raise ArrayError(f"the .npz file is damaged ({str(error)[:100]})") from None


def _check_size(size: int) -> None:
    if (trouble := limit.exceeded(_UNPACKED * size)) is not None:
        raise HwError(trouble, limit.HINT)


def _unpacked(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """Return the bytes of an array, of which there are no more than its entry says."""
    if info.compress_type not in _METHODS or info.flag_bits & 1:
        raise ArrayError(f"{info.filename[:40]!r} is packed as no .npz file is")
    with archive.open(info) as file:
        return file.read(info.file_size)
