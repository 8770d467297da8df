"""Loading a model that writes: bundled, by its name, or from a model file or run folder, by its path."""

from __future__ import annotations

from pathlib import Path

from hwcli.model.file import KINDS, read
from hwcli.model.find import find
from hwcli.sampling.model import Model


def load_model(name: str | Path = "default", kind: str = "prediction") -> Model:
    """Load a model as hw.load_model does, without telling its terms."""
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}, not {kind!r}")
    found = find(name, kind)
    return Model(read(found.path), found.name)
