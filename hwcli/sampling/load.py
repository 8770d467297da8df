"""Loading a model: bundled, by its name, or from a model file or run folder, by its path."""

from __future__ import annotations

from pathlib import Path

from hwcli.errors import HwError
from hwcli.model.file import KINDS, read
from hwcli.sampling.model import Model
from hwcli.weights import bundled as weights


def load_model(name: str | Path = "default", kind: str = "prediction") -> Model:
    """Load the bundled model called `name`, or the model in the file or run folder `name`.

    "default" is the bundled model for its `kind`: "prediction", or "synthesis" of given text.

    >>> load_model(), load_model(kind="synthesis")  # doctest: +ELLIPSIS
    (<Model iam-prediction: prediction, ...>, <Model iam-synthesis: synthesis, ...>)

    Raises ValueError for an unknown `kind`; HwError if the model is not found, or its file is damaged, of
    another format or another version.
    """
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}, not {kind!r}")
    if isinstance(name, str) and (bundled := weights.path_of(name, kind)) is not None:
        return Model(read(bundled), bundled.stem)
    path = Path(name)
    if path.is_dir() and (path / "best.safetensors").is_file():
        path = path / "best.safetensors"
    if not path.exists() and path.suffix == "":
        names = ", ".join(weights.names()) or "none"
        raise HwError(
            f"model {str(name)!r} not found (no bundled model, file or run folder of that name)",
            f"bundled: {names}; see hw models",
        )
    # the models of a run are named after its folder
    name = path.absolute().parent.name if path.stem in ("best", "last") else path.stem
    return Model(read(path), name)
