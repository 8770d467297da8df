"""Finding a model: bundled, by its name, or in a model file or run folder, by its path."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import NamedTuple

from hwcli.errors import HwError
from hwcli.hw_warning import warn
from hwcli.model.container import BEST, LAST, read_header
from hwcli.weights import bundled as weights

PARTS = ("checkpoint", "samples", "tensorboard")  # folders in a run folder


class Found(NamedTuple):
    """A model file, and what the model is called."""

    path: Path
    name: str

    @property
    def kind(self) -> str:
        """The kind of model; HwError if the file cannot be read or is not a model."""
        return str(read_header(self.path).get("kind"))


def find(name: str | Path, kind: str) -> Found:
    """Find the bundled model called `name`, or the model in the file or run folder `name`.

    "default" is the bundled model for its `kind`. In a run folder it is the best model so far, or else the
    last one, which a warning reports. Raises HwError if there is none; a file is not read.
    """
    if isinstance(name, str) and (bundled := weights.path_of(name, kind)) is not None:
        return Found(bundled, bundled.stem)
    path = Path(name)
    if path.is_dir():
        return Found(_in_folder(path), path.absolute().name)
    if not path.exists() and path.suffix == "":
        names = ", ".join(weights.names()) or "none"
        raise HwError(
            f"model {str(name)!r} not found (no bundled model, file or run folder of that name)",
            f"bundled: {names}; see hw models",
        )
    # the models of a run are named after its folder
    return Found(path, path.absolute().parent.name if path.name in (BEST, LAST) else path.stem)


def _in_folder(folder: Path) -> Path:
    """Return the best model in a run folder, or else the last; HwError if there is neither."""
    if (folder / BEST).is_file():
        return folder / BEST
    if not (folder / LAST).is_file():
        raise _no_model(folder)
    about = read_header(folder / LAST).get("about")
    training = about.get("training") if isinstance(about, dict) else None
    step = training.get("steps") if isinstance(training, dict) else None
    saved = f", saved at step {step:,}" if isinstance(step, int) else ""
    warn(f"{folder} has no {BEST} yet: using {LAST}{saved}", is_note=True)
    return folder / LAST


def _no_model(folder: Path) -> HwError:
    """Return the error for a folder without a model: what it seems to be, and what to do."""
    if (folder / "config.toml").is_file():
        return HwError(
            f"{folder} has no model yet: neither {BEST} nor {LAST}",
            f"the first checkpoint after its first step writes {LAST}, its first epoch {BEST}; "
            f"wait, or resume a stopped run: hw train --resume -o {quote(str(folder))}",
        )
    if (folder / "manifest.json").is_file():
        return HwError(
            f"{folder} is a dataset, not a model",
            f"train a model on it: hw train {quote(str(folder))} -o run",
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
