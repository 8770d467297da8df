"""manifest.json of a dataset folder: what is small, checked; and the lines of one of version 1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import Any

from hwcli.dataset.folder.arrays import damaged, reading
from hwcli.dataset.folder.lines import ABOUT, LineInfo, LineTable
from hwcli.dataset.folder.strings import BEGINS, BYTES
from hwcli.errors import HwError
from hwcli.normalisation import Normalisation
from hwcli.typed_data import DamageError, parse_json, record, typed

MANIFEST = "manifest.json"
FORMAT, VERSION = "hw-dataset", 2
OFFSETS, STARTS = "offsets.npy", "lines.npy"
FILES = (OFFSETS, STARTS, ABOUT, BEGINS, BYTES)
OTHER = "ink"  # name of a source that has no better one
COMPOSED = "-composed"  # end of the name of a source whose lines nobody wrote as a whole
# units of a source's ink: whole numbers, as a tablet gives them; any other numbers; one body height
TABLET, INK, BODY_UNITS = "tablet", "ink", "body"


@dataclass(frozen=True)
class Source:
    """Where a part of the lines is from, such as a database."""

    name: str
    units: str = INK
    grain: float = 0.0  # grid step of its coordinates, in the dataset's units; 0 if they are on no grid
    height: float | None = None  # median body height; None if it cannot be measured
    spacing: float | None = None  # median distance between points
    scaling: Mapping[str, Any] | None = None  # if scaled hand by hand: how many hands, range of factors


@dataclass(frozen=True)
class Manifest:
    """What a manifest says."""

    normalisation: Normalisation
    source: Mapping[str, Any]
    sources: tuple[Source, ...]
    sha256: Mapping[str, Any]  # by file
    splits: Sequence[str] = ()
    lines: LineTable | None = None  # of a folder of version 1, whose manifest has them


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest in `folder`; HwError if that does not exist, is no dataset or is damaged."""
    file = folder / MANIFEST
    if not folder.is_dir():
        raise HwError(
            f"dataset folder {folder} not found", f"make one: hw preprocess SOURCE -o {quote(str(folder))}"
        )
    if not file.exists():
        raise HwError(f"{folder} is not a dataset: no {MANIFEST}", "make one with hw preprocess")
    with reading(file):
        manifest = parse_json(file.read_bytes())
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise HwError(f"{folder} is not an hw dataset (unexpected manifest format)")
    version = manifest.get("version")
    if type(version) is not int or version not in (1, VERSION):
        raise HwError(
            f"{folder} is a dataset of version {version}; this hw reads versions 1 and {VERSION}",
            "make the dataset again with hw preprocess --overwrite",
        )
    try:
        return _of_version_1(manifest) if version == 1 else _of_this_version(manifest)
    except DamageError as error:
        raise damaged(file, str(error)) from None


def _of_this_version(manifest: Mapping[str, Any]) -> Manifest:
    splits = typed(manifest.get("splits"), tuple[str, ...], "splits")
    sources = _sources(manifest.get("sources"))
    return Manifest(*_common(manifest), sources, _checksums(manifest, {name: name for name in FILES}), splits)


def _of_version_1(manifest: Mapping[str, Any]) -> Manifest:
    """Read a manifest that has all lines; before there were sources it has none."""
    rows = typed(manifest.get("lines"), tuple[Any, ...], "lines")
    lines = [record(LineInfo, row, f"line {k}") for k, row in enumerate(rows, 1)]
    norm, source = _common(manifest)
    sources: tuple[Source, ...] = (Source(OTHER, TABLET, 1.0) if norm.resolution > 0 else Source(OTHER),)
    if "sources" in manifest:
        sources = _sources(manifest["sources"])
    if not {line.source for line in lines} <= {*range(len(sources))}:
        raise DamageError("a line of an unknown source")
    checksums = _checksums(manifest, {"offsets": OFFSETS, "lines": STARTS})
    return Manifest(norm, source, sources, checksums, lines=LineTable.of(lines))


def _common(manifest: Mapping[str, Any]) -> tuple[Normalisation, Mapping[str, Any]]:
    return Normalisation.of(manifest.get("statistics")), typed(manifest.get("source"), dict, "source")


def _checksums(manifest: Mapping[str, Any], files: Mapping[str, str]) -> dict[str, Any]:
    found = typed(manifest.get("sha256"), dict, "sha256")
    if found.keys() != files.keys():
        raise DamageError(f"sha256 has other keys than {', '.join(files)}")
    return {files[key]: value for key, value in found.items()}


def _sources(rows: Any) -> tuple[Source, ...]:
    listed = typed(rows, tuple[Any, ...], "sources")
    sources = tuple(record(Source, row, f"source {k}") for k, row in enumerate(listed, 1))
    if not {one.units for one in sources} <= {TABLET, INK, BODY_UNITS}:
        raise DamageError("a source in unknown units")
    if len({one.name for one in sources}) != len(sources):
        raise DamageError("two sources of one name")
    return sources
