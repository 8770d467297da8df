"""Checkpoints: everything that a run needs to resume bit-exactly, in one safetensors file each.

A checkpoint is written to a temporary file and then renamed, and the one before it is kept. Whatever stops a
run, a complete checkpoint remains.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from hwcli.atomic import write_atomically
from hwcli.errors import HwError, os_error
from hwcli.training.run.optimisation import Optimisation

FOLDER = "checkpoint"  # in the run folder
FORMAT = "hw-checkpoint"
VERSION = 1
KEPT = 2


@dataclass
class Progress:
    """How far a run is."""

    epoch: int = 0  # completed epochs
    window: int = 0  # completed batches of the current epoch
    step: int = 0  # steps of all epochs
    skipped: int = 0  # steps skipped because their loss or gradient was not finite
    valid: float | None = None  # what the last validation found; the lower, the better
    best: float | None = None  # the lowest that any has found
    best_epoch: int = 0
    epoch_nats: float = 0.0  # sums over the current epoch
    epoch_points: int = 0  # points, or characters to read


def save_checkpoint(
    folder: Path,
    learner: Optimisation[Any],
    state: Mapping[str, Tensor],
    progress: Progress,
    identity: Mapping[str, Any],
) -> Path:
    """Write a checkpoint into `folder`, remove all but the last two, and return its path.

    `state` is what the next step continues from, over all processes. `identity` says which run the checkpoint
    belongs to. No random generator is saved: what a step draws depends only on the seed and its number.
    """
    tensors: dict[str, Tensor] = {f"network.{k}": v for k, v in learner.network.state_dict().items()}
    if learner.average is not None:
        tensors |= {f"average.{k}": v for k, v in learner.average.state_dict().items()}
    for index, slots in learner.optimiser.state_dict()["state"].items():
        tensors |= {f"optimiser.{index}.{k}": v for k, v in slots.items()}
    tensors |= {f"state.{k}": v for k, v in state.items()}
    metadata = {
        "format": FORMAT,
        "version": str(VERSION),
        "progress": json.dumps(asdict(progress)),
        "settings": json.dumps(dict(identity)),
    }
    folder.mkdir(exist_ok=True)
    path = folder / f"{progress.step:010d}.safetensors"
    write_atomically(path, save({k: v.detach().cpu().contiguous() for k, v in tensors.items()}, metadata))
    for old in sorted(folder.glob("*.safetensors"))[:-KEPT]:
        old.unlink(missing_ok=True)
    return path


@dataclass(frozen=True)
class Checkpoint:
    """The contents of a checkpoint file."""

    tensors: Mapping[str, Tensor]
    progress: Progress
    identity: Mapping[str, Any]

    def restore(self, learner: Optimisation[Any]) -> dict[str, Tensor]:
        """Load the weights and the optimiser into `learner`; return the state, on its device."""
        learner.network.load_state_dict(self._part("network."))
        if learner.average is not None:
            learner.average.load_state_dict(self._part("average."))
        slots: dict[int, dict[str, Tensor]] = {}
        for name, tensor in self._part("optimiser.").items():
            index, key = name.split(".")
            slots.setdefault(int(index), {})[key] = tensor
        groups = learner.optimiser.state_dict()["param_groups"]
        learner.optimiser.load_state_dict({"state": slots, "param_groups": groups})
        return {k: v.to(learner.device) for k, v in self._part("state.").items()}

    def _part(self, prefix: str) -> dict[str, Tensor]:
        return {k.removeprefix(prefix): v for k, v in self.tensors.items() if k.startswith(prefix)}


def has_checkpoint(folder: Path) -> bool:
    """Return whether there is a checkpoint in `folder`, complete or not."""
    return any(folder.glob("*.safetensors"))


def load_checkpoint(folder: Path) -> Checkpoint:
    """Read the newest complete checkpoint in `folder`; raise HwError if there is none that can be read."""
    reasons: list[str] = []
    for path in sorted(folder.glob("*.safetensors"), reverse=True):
        try:
            with safe_open(str(path), framework="pt") as file:
                metadata = file.metadata() or {}
                if metadata.get("format") != FORMAT or metadata.get("version") != str(VERSION):
                    raise ValueError("unknown format or version")
                names = file.keys()  # safe_open cannot be iterated over itself
                tensors = {name: file.get_tensor(name) for name in names}
            progress = Progress(**json.loads(metadata["progress"]))
            return Checkpoint(tensors, progress, json.loads(metadata["settings"]))
        except OSError as error:
            raise os_error(error, f"read {path}") from None
        except (SafetensorError, KeyError, TypeError, ValueError) as error:
            reasons.append(f"{path.name}: {error}")
    why = f": {'; '.join(reasons)}" if reasons else ""
    hint = f"start it again: hw train DATASET -o {folder.parent} --overwrite"
    raise HwError(f"no complete checkpoint in {folder}{why}", hint)
