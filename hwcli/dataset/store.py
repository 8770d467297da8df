"""The dataset folder: `offsets.npy`, `lines.npy` and `manifest.json`.

`offsets.npy`, (rows, 3), holds the lines end to end, with columns dx, dy, eos; the first row of a line is
(0, 0, eos). `lines.npy`, (lines + 1,), holds the first row of each line and, at the end, the number of rows.
The manifest names the sources of the lines; a folder written before there were sources has one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwcli.dataset.arrays import open_array, save_array, sha256
from hwcli.dataset.rows import StoredRows
from hwcli.errors import HwError, os_error
from hwcli.normalisation import Normalisation
from hwcli.typed_data import DamageError, parse_json, record, typed

VERSION = 1
FORMAT = "hw-dataset"
ARRAYS = {"offsets": (np.int16, np.float32), "lines": (np.int64,)}  # the types of each
OTHER = "ink"  # name of a source that has no better one
# units of a source's ink: whole numbers, as a tablet gives them; any other numbers; one body height
TABLET, INK, BODY_UNITS = "tablet", "ink", "body"


def normalisation(
    offsets: NDArray[Any], starts: NDArray[Any], chosen: Sequence[int], resolution: float = 0.0
) -> Normalisation:
    """Return the statistics of the lines `chosen`, without their first rows, which are not offsets."""
    count, total, squares = 0, np.zeros(2), np.zeros(2)
    for line in chosen:
        rows = offsets[starts[line] + 1 : starts[line + 1], :2].astype(np.float64)
        count += len(rows)
        total += rows.sum(0)
        squares += (rows**2).sum(0)
    mean = total / max(count, 1)
    std = np.sqrt(np.maximum(squares / max(count, 1) - mean**2, 0.0))
    std[std < 1e-6 * np.maximum(1.0, np.abs(mean))] = 1.0  # a constant coordinate has no scale
    return Normalisation((float(mean[0]), float(mean[1])), (float(std[0]), float(std[1])), resolution)


@dataclass(frozen=True)
class LineInfo:
    """One line in the manifest."""

    id: str
    group: str
    split: str
    text: str | None = None
    source: int = 0  # its position among the sources of the dataset
    writer: str | None = None  # if the ink says who wrote it; then it is the group as well
    form: str | None = None  # if it is known and not the group
    legibility: float | None = None  # if a reader read it: log-likelihood of its text per character, in nats


@dataclass(frozen=True)
class Source:
    """Where a part of the lines is from, such as a database."""

    name: str
    units: str = INK
    grain: float = 0.0  # grid step of its coordinates, in the dataset's units; 0 if they are on no grid
    height: float | None = None  # median body height; None if it cannot be measured
    spacing: float | None = None  # median distance between points
    scaling: Mapping[str, Any] | None = None  # if scaled hand by hand: how many hands, range of factors


def write(
    folder: Path,
    offsets: NDArray[Any],
    starts: NDArray[np.int64],
    lines: Sequence[LineInfo],
    source: Mapping[str, Any],
    sources: Sequence[Source] | None = None,
) -> None:
    """Write a dataset into the empty `folder`. The same arguments give the same bytes.

    `source` says where all of it comes from; `sources` are those that `lines` refer to, by default one. The
    statistics are those of the first source that has training lines, so that further ones do not change the
    unit of log-losses.
    """
    if sources is None:
        whole = np.issubdtype(offsets.dtype, np.integer)
        sources = [Source(OTHER, TABLET, 1.0) if whole else Source(OTHER)]
    train = [i for i, line in enumerate(lines) if line.split == "train"]
    first = min((lines[i].source for i in train), default=0)
    train = [i for i in train if lines[i].source == first]
    units = {one.units for one in sources}
    # One source on a grid of whole units is enough to need the floor of half a unit; ink of one body height
    # is in IAM-OnDB's units, and lies on scaled grids of any step.
    norm = normalisation(offsets, starts, train or range(len(lines)), 0.0 if units <= {INK} else 1.0)
    save_array(folder / "offsets.npy", offsets)
    save_array(folder / "lines.npy", starts)
    manifest = {
        "format": FORMAT,
        "version": VERSION,
        "source": dict(source),
        "units": units.pop() if len(units) == 1 else "mixed",
        "statistics": {"mean": norm.mean, "std": norm.std, "resolution": norm.resolution},
        "sha256": {name: sha256(folder / f"{name}.npy") for name in ARRAYS},
        "sources": [_compact(vars(one)) for one in sources],
        "lines": [_compact(vars(line) | {"source": line.source or None}) for line in lines],
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=1)
    (folder / "manifest.json").write_text(text + "\n", encoding="utf-8")


def _compact(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if value is not None}


@dataclass(frozen=True, eq=False)
class Dataset:
    """An open dataset folder. Only the rows of `offsets` in use are read."""

    path: Path
    offsets: NDArray[Any] | StoredRows  # (rows, 3), int16 or float32
    starts: NDArray[np.int64]  # (lines + 1,)
    lines: tuple[LineInfo, ...]
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

    def split(self, name: str) -> list[int]:
        """Return the lines of a split, in the order of the dataset."""
        return [i for i, line in enumerate(self.lines) if line.split == name]

    def by_source(self, lines: Sequence[int]) -> dict[str, list[int]]:
        """Return `lines` by the name of their source, in the order of the sources; leave out empty ones."""
        found: list[list[int]] = [[] for _ in self.sources]
        for line in lines:
            found[self.lines[line].source].append(line)
        return {one.name: part for one, part in zip(self.sources, found, strict=True) if part}

    @property
    def splits(self) -> list[str]:
        """The names of the splits that have lines, sorted."""
        return sorted({line.split for line in self.lines})


def open_dataset(path: Path, verify: bool = True) -> Dataset:
    """Open the dataset in the folder `path`; `verify` compares the sha256 of the arrays, reading them once.

    Raises HwError if the folder does not exist, is not a dataset, or is damaged.
    """
    manifest = _manifest(path)
    arrays = {}
    for name, types in ARRAYS.items():
        file = path / f"{name}.npy"
        try:
            if verify and sha256(file) != manifest["sha256"][name]:
                raise DamageError("its sha256 is not the one in manifest.json")
            arrays[name] = open_array(file, types)
        except OSError as error:
            raise os_error(error, f"read {file}") from None
        except DamageError as error:
            raise _damaged(file, str(error)) from None
    offsets, starts = arrays["offsets"], np.array(arrays["lines"])
    if offsets.ndim != 2 or offsets.shape[1] != 3:
        raise _damaged(path / "offsets.npy", f"shape {offsets.shape}")
    lines = manifest["lines"]
    if starts.shape != (len(lines) + 1,) or starts[0] != 0 or starts[-1] != len(offsets):
        raise _damaged(path / "lines.npy", "it does not match the other files")
    if (np.diff(starts) < 1).any():
        raise _damaged(path / "lines.npy", "a line without points")
    try:
        rows = StoredRows(path / "offsets.npy", getattr(offsets, "offset", 0), offsets.dtype, offsets.shape)
    except OSError as error:
        raise os_error(error, f"read {path / 'offsets.npy'}") from None
    digest, source, sources = manifest["sha256"]["offsets"], manifest["source"], manifest["sources"]
    return Dataset(path, rows, starts, lines, manifest["statistics"], source, sources, str(digest))


def _manifest(path: Path) -> dict[str, Any]:
    file = path / "manifest.json"
    if not path.is_dir():
        raise HwError(f"dataset folder {path} not found", f"make one: hw preprocess SOURCE -o {path}")
    try:
        manifest = parse_json(file.read_bytes())
    except FileNotFoundError:
        raise HwError(f"{path} is not a dataset: no manifest.json", "make one with hw preprocess") from None
    except OSError as error:
        raise os_error(error, f"read {file}") from None
    except DamageError as error:
        raise _damaged(file, str(error)) from None
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise HwError(f"{path} is not an hw dataset (unexpected manifest format)")
    if (found := manifest.get("version")) != VERSION:
        raise HwError(
            f"{path} is a dataset of version {found}; this hw reads version {VERSION}",
            "make the dataset again with hw preprocess --overwrite",
        )
    try:
        return _checked(manifest)
    except DamageError as error:
        raise _damaged(file, str(error)) from None


def _checked(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return the contents of a manifest as what they stand for; raise DamageError if they are damaged."""
    known = {key: manifest.get(key) for key in ("statistics", "lines", "sha256", "source")}
    rows = typed(known["lines"], tuple[Any, ...], "lines")
    lines = tuple(record(LineInfo, row, f"line {k}") for k, row in enumerate(rows, 1))
    norm = Normalisation.of(known["statistics"])
    if {*typed(known["sha256"], dict, "sha256")} != {*ARRAYS}:
        raise DamageError("sha256 has other keys than the arrays")
    sources: tuple[Source, ...] = (Source(OTHER, TABLET, 1.0) if norm.resolution > 0 else Source(OTHER),)
    if "sources" in manifest:
        rows = typed(manifest["sources"], tuple[Any, ...], "sources")
        sources = tuple(record(Source, row, f"source {k}") for k, row in enumerate(rows, 1))
    _check_sources(lines, sources)
    source = typed(known["source"], dict, "source")
    return known | {"statistics": norm, "lines": lines, "source": source, "sources": sources}


def _check_sources(lines: Sequence[LineInfo], sources: Sequence[Source]) -> None:
    if not {line.source for line in lines} <= {*range(len(sources))}:
        raise DamageError("a line of an unknown source")
    if not {one.units for one in sources} <= {TABLET, INK, BODY_UNITS}:
        raise DamageError("a source in unknown units")
    if len({one.name for one in sources}) != len(sources):
        raise DamageError("two sources of one name")


def _damaged(file: Path, why: str) -> HwError:
    return HwError(f"{file} is damaged: {why}", "make the dataset again with hw preprocess --overwrite")
