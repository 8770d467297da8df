"""Which checkpoint a run continues from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from shlex import quote
from typing import Any

from hwcli import console
from hwcli.errors import HwError
from hwcli.training.checkpoint import FOLDER, Checkpoint, checkpoints


def restore_newest(
    run: Path, dataset: Path, identity: Mapping[str, Any], restore: Callable[[Checkpoint], None]
) -> None:
    """Call `restore` with the newest checkpoint of `run` that is complete and fits; warn of newer ones.

    A checkpoint that does not fit makes `restore` raise an exception of PyTorch's or Python's. Raises HwError
    if none is left, or if one is of another dataset than the one in the folder `dataset`.
    """
    passed: list[str] = []
    for saved in checkpoints(run / FOLDER):
        if isinstance(saved, HwError):
            passed.append(saved.message)
            continue
        _check_dataset(run, dataset, identity, saved)
        try:
            _check_run(identity, saved)
            restore(saved)
        except (LookupError, RuntimeError, TypeError, ValueError) as error:
            passed.append(f"{saved.path.name} does not fit: {str(error).partition(chr(10))[0]}")
            continue
        if passed:
            console.warn(f"resuming from the older checkpoint {saved.path.name}: {'; '.join(passed)}")
        return
    why = f": {'; '.join(passed)}" if passed else ""
    hint = f"start it again: hw train {quote(str(dataset))} -o {quote(str(run))} --overwrite"
    raise HwError(f"no complete checkpoint in {run / FOLDER}{why}", hint)


def _check_dataset(run: Path, dataset: Path, identity: Mapping[str, Any], saved: Checkpoint) -> None:
    hint = "resume with the same dataset, or start a new run"
    if saved.identity.get("dataset") != identity["dataset"]:
        raise HwError(f"{dataset} is not the dataset that {run} was trained on", hint)
    # checkpoints written before this was a part of the identity do not have it
    if saved.identity.get("offsets", identity["offsets"]) != identity["offsets"]:
        raise HwError(f"{dataset} has changed since {run} was trained on it: its ink is another", hint)


def _check_run(identity: Mapping[str, Any], saved: Checkpoint) -> None:
    """Raise ValueError if a checkpoint is of a run with another seed or optimiser."""
    for key in ("seed", "optimiser"):  # checkpoints of older versions do not name the second
        if (theirs := saved.identity.get(key, identity[key])) != identity[key]:
            raise ValueError(f"its {key} is {theirs}, the run's is {identity[key]}")
