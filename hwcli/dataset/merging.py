"""Dataset folders as sources of another dataset: their lines keep everything that is known about them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from hwcli.config.sections import PreprocessConfig
from hwcli.dataset.folder.lines import ABOUT
from hwcli.dataset.folder.manifest import MANIFEST
from hwcli.dataset.packing import Line, broken_rule, compact
from hwcli.dataset.store import COMPOSED, OTHER, LineInfo, open_dataset
from hwcli.errors import HwError


def is_dataset(path: Path) -> bool:
    """Return whether the folder `path` is, or was, a dataset."""
    # of an incomplete copy, what is there must not be taken for ink
    return path.is_dir() and any(map(os.path.isfile, (path / MANIFEST, path / ABOUT)))


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
        reason, form = broken_rule(rows, rules), _form_of(info, recorded.name)
        yield Line(
            info.id,
            info.group,
            str(path),
            offsets=None if reason else compact(rows),
            text=info.text,
            reason=reason,
            # the file that a line without writer and form came from is not known any more
            hand=info.group if info.writer or form else recorded.name,
            place=place,
            origin=name if recorded.name == OTHER else recorded.name,
            units=recorded.units,
            grain=recorded.grain,
            scaling=recorded.scaling,
            split=info.split,
            writer=info.writer,
            form=form,
            legibility=info.legibility,
        )


def _form_of(info: LineInfo, source: str) -> str | None:
    """Return the form of a line, None if it is unknown."""
    if info.form or info.writer or info.group == info.id:
        return info.form
    # the group of a composed line may be one of the lines that it is made of
    return None if source.endswith(COMPOSED) else info.group
