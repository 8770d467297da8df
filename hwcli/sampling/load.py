"""Loading a model that writes: bundled, by its name, or from a model file or run folder, by its path."""

from __future__ import annotations

from pathlib import Path

from hwcli.model.file import KINDS, read
from hwcli.model.find import find
from hwcli.sampling.model import Model


def load_model(name: str | Path = "default", kind: str = "prediction") -> Model:
    """Load the bundled model called `name`, or the model in the file or run folder `name`.

    "default" is the bundled model for its `kind`: "prediction", or "synthesis" of given text. In a run folder
    it is the best model so far, or else the last one, which a note on stderr reports.

    >>> load_model(), load_model(kind="synthesis")  # doctest: +ELLIPSIS
    (<Model iam-prediction: prediction, ...>, <Model unipen-synthesis: synthesis, ...>)

    Raises ValueError for an unknown `kind`; HwError if the model is not found, is a reader, or its file is
    damaged, of another format or another version.
    """
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}, not {kind!r}")
    found = find(name, kind)
    return Model(read(found.path), found.name)
