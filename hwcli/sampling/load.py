"""Finding a model: a bundled one by name, or a model file by path."""

from __future__ import annotations

from pathlib import Path

from hwcli.errors import HwError
from hwcli.model.file import read
from hwcli.sampling.model import Model
from hwcli.weights import bundled as weights


def load_model(name: str | Path = "default", kind: str = "prediction") -> Model:
    """The bundled model called `name`, or the model in the file or run folder `name`.

    "default" is the one of its `kind`: "prediction", or "synthesis" of given text.
    HwError where there is neither, or the file is damaged, foreign or of another version.
    """
    if isinstance(name, str) and (bundled := weights.path_of(name, kind)) is not None:
        return Model(read(bundled), bundled.stem)
    path = Path(name)
    if path.is_dir() and (path / "best.safetensors").is_file():
        path = path / "best.safetensors"
    if not path.exists() and path.suffix == "":
        names = ", ".join(weights.names()) or "none"
        raise HwError(
            f"no model {str(name)!r}: neither bundled nor a file", f"bundled: {names}; see hw models"
        )
    # the models of a run are called as the run is
    name = path.absolute().parent.name if path.stem in ("best", "last") else path.stem
    return Model(read(path), name)
