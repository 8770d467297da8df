"""Loading a model: bundled, by its name, or from a model file or run folder, by its path."""

from __future__ import annotations

from pathlib import Path

from hwcli import console
from hwcli.errors import HwError
from hwcli.model.container import BEST, LAST
from hwcli.model.file import KINDS, ModelFile, read
from hwcli.sampling.model import Model
from hwcli.weights import bundled as weights

PARTS = ("checkpoint", "samples", "tensorboard")  # folders in a run folder


def load_model(name: str | Path = "default", kind: str = "prediction") -> Model:
    """Load the bundled model called `name`, or the model in the file or run folder `name`.

    "default" is the bundled model for its `kind`: "prediction", or "synthesis" of given text. In a run folder
    it is the best model so far, or else the last one, which a note on stderr reports.

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
    if path.is_dir():
        return Model(_read_folder(path), path.absolute().name)
    if not path.exists() and path.suffix == "":
        names = ", ".join(weights.names()) or "none"
        raise HwError(
            f"model {str(name)!r} not found (no bundled model, file or run folder of that name)",
            f"bundled: {names}; see hw models",
        )
    # the models of a run are named after its folder
    name = path.absolute().parent.name if path.name in (BEST, LAST) else path.stem
    return Model(read(path), name)


def _read_folder(folder: Path) -> ModelFile:
    """Read the best model in a run folder, or else the last; HwError if there is neither."""
    if (folder / BEST).is_file():
        return read(folder / BEST)
    if not (folder / LAST).is_file():
        raise _no_model(folder)
    model = read(folder / LAST)
    training = model.about.get("training")
    step = training.get("steps") if isinstance(training, dict) else None
    saved = f", saved at step {step:,}" if isinstance(step, int) else ""
    console.note(f"{folder} has no {BEST} yet: using {LAST}{saved}")
    return model


def _no_model(folder: Path) -> HwError:
    """Return the error for a folder without a model: what it seems to be, and what to do."""
    if (folder / "config.toml").is_file():
        return HwError(
            f"{folder} has no model yet: neither {BEST} nor {LAST}",
            f"the first checkpoint after its first step writes {LAST}, its first epoch {BEST}; "
            f"wait, or resume a stopped run: hw train --resume -o {folder}",
        )
    if (folder / "manifest.json").is_file():
        return HwError(
            f"{folder} is a dataset, not a model", f"train a model on it: hw train {folder} -o run"
        )
    if folder.name in PARTS and (folder.parent / "config.toml").is_file():
        return HwError(f"{folder} is part of a run, not a model", f"name the run folder: {folder.parent}")
    if not any(folder.iterdir()):
        return HwError(f"{folder} is an empty folder, not a model", "name a run folder or a model file")
    files = ", ".join(sorted(path.name for path in folder.glob("*.safetensors")))
    return HwError(
        f"{folder} is not a run folder: it has neither {BEST} nor {LAST}",
        f"name one of its files: {files}" if files else "name a run folder or a model file",
    )
