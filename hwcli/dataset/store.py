"""The dataset folder: written line by line, and opened without reading its lines.

`offsets.npy`, (rows, 3), holds the lines end to end, with columns dx, dy, eos; the first row of a line is
(0, 0, eos). `lines.npy`, (lines + 1,), holds the first row of each line and, at the end, the number of rows.
What is known of the lines is in the columns of hwcli.dataset.folder.lines, what is small in the manifest.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hwcli.dataset.folder.arrays import (
    damaged,
    read_array,
    read_header,
    reading,
    save_array,
    sha256,
    write_header,
)
from hwcli.dataset.folder.lines import SOURCE, SPLIT, LineInfo, LineTable, LineWriter
from hwcli.dataset.folder.manifest import (
    BODY_UNITS,
    COMPOSED,
    FILES,
    FORMAT,
    INK,
    MANIFEST,
    OFFSETS,
    OTHER,
    STARTS,
    TABLET,
    VERSION,
    Source,
    read_manifest,
)
from hwcli.dataset.folder.rows import StoredRows
from hwcli.dataset.folder.statistics import SUMS, line_sums, normalisation, normalisation_of
from hwcli.normalisation import Normalisation
from hwcli.typed_data import DamageError

__all__ = [
    "BODY_UNITS", "COMPOSED", "INK", "OTHER", "TABLET", "Dataset", "DatasetWriter", "LineInfo", "LineTable",
    "Source", "normalisation", "open_dataset", "write",
]  # fmt: skip
BLOCK = 1 << 16  # rows that are written at once
TYPES = (np.int16, np.float32)  # of offsets


class DatasetWriter:
    """Writes a dataset into an empty folder, for a `with` block; the same lines give the same bytes.

    Only the columns of the lines are held in memory. The statistics are those of the first source that has
    training lines, so that further ones do not change the unit of log-losses.
    """

    def __init__(self, folder: Path, dtype: Any, rows: int, sources: Sequence[Source]) -> None:
        """Begin a dataset of this number of `rows` of the type `dtype`."""
        self._folder, self._sources, self._dtype = folder, sources, np.dtype(dtype)
        self._lines, self._starts = LineWriter(folder), array("q", [0])
        self._file = (folder / OFFSETS).open("wb")
        write_header(self._file, self._dtype, (rows, 3))
        self._block: list[NDArray[Any]] = []
        self._kinds: list[tuple[int, int]] = []  # of the lines in the block: whether in training, and source
        self._written = 0  # rows
        self._sums = np.zeros((2, len(sources), SUMS))  # of lines outside and in training, by source

    def __enter__(self) -> DatasetWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def add(self, line: LineInfo, rows: NDArray[Any]) -> None:
        """Append a line and its `rows`, (points, 3)."""
        self._lines.add(line)
        self._starts.append(self._starts[-1] + len(rows))
        self._kinds.append((line.split == "train", line.source))
        self._block.append(rows)
        if self._starts[-1] - self._written >= BLOCK:
            self._write()

    def _write(self) -> None:
        if not self._block:
            return
        rows = np.concatenate(self._block).astype(self._dtype, copy=False)
        starts = np.frombuffer(self._starts, np.int64)[-len(self._block) - 1 :].copy()
        np.add.at(self._sums, tuple(np.transpose(self._kinds)), line_sums(rows, starts - starts[0]))
        self._file.write(rows.data)
        self._written += len(rows)
        self._block, self._kinds = [], []

    def close(self, source: Mapping[str, Any]) -> None:
        """Write what is left, and the manifest; `source` says where all of it comes from."""
        self._write()
        self._file.close()
        save_array(self._folder / STARTS, np.frombuffer(self._starts, np.int64))
        splits = self._lines.close()
        units = {one.units for one in self._sources}
        norm = self._normalisation(units)
        manifest = {
            "format": FORMAT,
            "version": VERSION,
            "source": dict(source),
            "units": units.pop() if len(units) == 1 else "mixed",
            "statistics": {"mean": norm.mean, "std": norm.std, "resolution": norm.resolution},
            "sources": [
                {key: value for key, value in vars(one).items() if value is not None} for one in self._sources
            ],
            "splits": splits,
            "sha256": {name: sha256(self._folder / name) for name in FILES},
        }
        text = json.dumps(manifest, ensure_ascii=False, indent=1)
        (self._folder / MANIFEST).write_text(text + "\n", encoding="utf-8")

    def _normalisation(self, units: set[str]) -> Normalisation:
        # One source on a grid of whole units is enough to need the floor of half a unit; ink of one body
        # height is in IAM-OnDB's units, and lies on scaled grids of any step.
        resolution = 0.0 if units <= {INK} else 1.0
        trained = np.flatnonzero(self._sums[1, :, 0])
        sums = self._sums[1, trained[0]] if len(trained) else self._sums.sum((0, 1))
        return normalisation_of(sums, resolution)


def write(
    folder: Path,
    offsets: NDArray[Any],
    starts: NDArray[np.int64],
    lines: Sequence[LineInfo],
    source: Mapping[str, Any],
    sources: Sequence[Source] | None = None,
) -> None:
    """Write a dataset that is in memory into the empty `folder`, by default with one source."""
    if sources is None:
        whole = np.issubdtype(offsets.dtype, np.integer)
        sources = [Source(OTHER, TABLET, 1.0) if whole else Source(OTHER)]
    with DatasetWriter(folder, offsets.dtype, len(offsets), sources) as writer:
        for line, begin, end in zip(lines, starts[:-1].tolist(), starts[1:].tolist(), strict=True):
            writer.add(line, offsets[begin:end])
        writer.close(source)


@dataclass(frozen=True, eq=False)
class Dataset:
    """An open dataset folder. Only the rows of `offsets` in use are read, and columns of `lines` in use.

    Line k has the offsets `line(k)`; `lines[k]` has its `id`, `text`, `split`, `group` and `writer`. Offsets
    are in the units of the source, as in `Ink.offsets`; `normalisation` has their `mean` and `std` in the
    training split, (x, y).
    """

    path: Path
    offsets: NDArray[Any] | StoredRows  # (rows, 3), int16 or float32
    starts: NDArray[np.int64]  # (lines + 1,)
    lines: LineTable
    normalisation: Normalisation
    source: Mapping[str, Any]
    sources: tuple[Source, ...] = (Source(OTHER),)
    digest: str = ""  # sha256 of offsets.npy

    def __len__(self) -> int:
        return len(self.lines)

    @cached_property
    def lengths(self) -> NDArray[np.int64]:
        """The number of points in each line, (lines,)."""
        return np.diff(self.starts)

    def line(self, index: int) -> NDArray[np.float32]:
        """Return the offsets of one line, (points, 3), in the units of the source."""
        return np.asarray(self.offsets[self.starts[index] : self.starts[index + 1]], dtype=np.float32)

    def is_whole(self, lines: Iterable[int]) -> bool:
        """Return whether all offsets of `lines` are whole numbers."""
        if np.issubdtype(self.offsets.dtype, np.integer):
            return True
        return all(np.array_equal(rows, np.rint(rows)) for rows in map(self.line, lines))

    def split(self, name: str) -> list[int]:
        """Return the lines of a split, in the order of the dataset."""
        numbers = [k for k, split in enumerate(self.lines.splits) if split == name]
        found: list[int] = np.flatnonzero(np.isin(self.lines.about[:, SPLIT], numbers)).tolist()
        return found

    def by_source(self, lines: ArrayLike) -> dict[str, list[int]]:
        """Return `lines` by the name of their source, in the order of the sources; leave out empty ones."""
        numbers = np.asarray(lines, np.int64)
        of_line = self.lines.column(SOURCE, numbers)
        found = [numbers[of_line == k].tolist() for k in range(len(self.sources))]
        return {one.name: part for one, part in zip(self.sources, found, strict=True) if part}

    @property
    def splits(self) -> list[str]:
        """The names of the splits that have lines, sorted."""
        return sorted({self.lines.splits[k] for k in np.unique(self.lines.about[:, SPLIT]).tolist()})


def open_dataset(path: str | Path, verify: bool = False) -> Dataset:
    """Open the dataset in the folder `path`; `verify` compares the sha256 of its files, reading them once.

        data = hw.open_dataset("dataset")
        for k in data.split("train"):
            print(data.lines[k].text, data.line(k).shape)

    Raises HwError if the folder does not exist, is not a dataset, or is damaged; what is not read yet may
    also turn out to be so later.
    """
    path = Path(path)
    manifest = read_manifest(path)
    for name, expected in manifest.sha256.items() if verify else ():
        with reading(path / name):
            if sha256(path / name) != expected:
                raise DamageError(f"its sha256 is not the one in {MANIFEST}")
    header = read_header(path / OFFSETS, TYPES, axes=2)
    if header.shape[1] != 3:
        raise damaged(path / OFFSETS, f"shape {header.shape}")
    starts = read_array(path / STARTS, read_header(path / STARTS, (np.int64,), axes=1))
    if not len(starts) or starts[0] != 0 or starts[-1] != header.shape[0]:
        raise damaged(path / STARTS, "it does not match the other files")
    if (starts[1:] <= starts[:-1]).any():
        raise damaged(path / STARTS, "a line without points")
    lines = manifest.lines
    if lines is None:
        lines = LineTable.open(path, len(starts) - 1, manifest.splits, len(manifest.sources))
    elif len(lines) != len(starts) - 1:
        raise damaged(path / STARTS, "it does not match the other files")
    return Dataset(
        path, StoredRows(path / OFFSETS, header), starts, lines, manifest.normalisation, manifest.source,
        manifest.sources, str(manifest.sha256[OFFSETS]),
    )  # fmt: skip
