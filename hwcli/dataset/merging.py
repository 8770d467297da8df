"""Dataset folders as sources of another dataset: their lines keep everything that is known about them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from hwcli.config.sections import PreprocessConfig
from hwcli.dataset.packing import Line, broken_rule, compact
from hwcli.dataset.store import OTHER, open_dataset
from hwcli.errors import HwError


def is_dataset(path: Path) -> bool:
    """Return whether the folder `path` is, or was, a dataset."""
    return path.is_dir() and (path / "manifest.json").is_file()


def lines_of(path: Path, rules: PreprocessConfig, place: int) -> Iterator[Line]:
    """Yield the lines of a dataset folder, the SOURCE number `place`; a damaged one gives the reason.

    A source without a name of its own is called like the folder.
    """
    try:
        data = open_dataset(path, verify=True)
    except HwError as error:
        yield Line(path.name, path.name, str(path), reason=f"not read: {error.message}", place=place)
        return
    name = re.sub(r"[^\w.-]+", "-", path.resolve().name) or OTHER
    for k, info in enumerate(data.lines):
        rows, recorded = data.line(k), data.sources[info.source]
        reason = broken_rule(rows, rules)
        yield Line(
            info.id,
            info.group,
            str(path),
            offsets=None if reason else compact(rows),
            text=info.text,
            reason=reason,
            # the file that a line without a group came from is not known any more
            hand=info.group if info.group != info.id else recorded.name,
            place=place,
            origin=name if recorded.name == OTHER else recorded.name,
            units=recorded.units,
            grain=recorded.grain,
            scaling=recorded.scaling,
            split=info.split,
            writer=info.writer,
            form=info.form,
            legibility=info.legibility,
        )
