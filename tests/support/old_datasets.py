"""Dataset folders as earlier versions of hw wrote them."""

from __future__ import annotations

import json
from pathlib import Path

from hwcli.dataset.store import open_dataset


def to_version_1(folder: Path) -> Path:
    """Turn a dataset folder into one whose manifest has all lines, and return the manifest's path."""
    data, file = open_dataset(folder), folder / "manifest.json"
    manifest = json.loads(file.read_text())
    lines = [{key: one for key, one in vars(line).items() if one not in (None, 0)} for line in data.lines]
    checksums = {name: manifest["sha256"][f"{name}.npy"] for name in ("offsets", "lines")}
    del manifest["splits"]
    file.write_text(json.dumps(manifest | {"version": 1, "sha256": checksums, "lines": lines}))
    for name in ("about.npy", "strings.npy", "strings.txt"):
        (folder / name).unlink()
    return file
