"""Checkpoints: everything that a run needs to go on exactly where it stopped, in one safetensors file each.

A checkpoint is written beside its place and moved in, and the one before it is kept: whatever stops a run,
the last whole checkpoint is there.
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
from hwcli.network.network import State
from hwcli.training.learner import Learner

FORMAT = "hw-checkpoint"
VERSION = 1
KEPT = 2


@dataclass
class Progress:
    """Where a run stands, in plain numbers."""

    epoch: int = 0  # epochs done
    window: int = 0  # windows done of the epoch under way
    step: int = 0  # steps done in all
    skipped: int = 0  # steps passed over because their loss or gradient was not finite
    valid: float | None = None  # the last validation's log-loss, nats a sequence
    best: float | None = None  # lowest validation log-loss, nats a sequence
    best_epoch: int = 0
    epoch_nats: float = 0.0  # sums over the epoch under way
    epoch_points: int = 0


def save_checkpoint(
    folder: Path,
    learner: Learner,
    state: State,
    progress: Progress,
    settings: Mapping[str, Any],
) -> Path:
    """Write a checkpoint into `folder` and remove all but the last two. `state` is that of all lanes.

    There is no generator in it: what a step draws at random depends on the seed and its number.
    """
    tensors: dict[str, Tensor] = {f"network.{k}": v for k, v in learner.network.state_dict().items()}
    if learner.average is not None:
        tensors |= {f"average.{k}": v for k, v in learner.average.state_dict().items()}
    for index, slots in learner.optimiser.state_dict()["state"].items():
        tensors |= {f"optimiser.{index}.{k}": v for k, v in slots.items()}
    for layer, (h, c) in enumerate(state):
        tensors |= {f"state.{layer}.h": h, f"state.{layer}.c": c}
    metadata = {
        "format": FORMAT,
        "version": str(VERSION),
        "progress": json.dumps(asdict(progress)),
        "settings": json.dumps(dict(settings)),
    }
    folder.mkdir(exist_ok=True)
    path = folder / f"{progress.step:010d}.safetensors"
    write_atomically(path, save({k: v.detach().cpu().contiguous() for k, v in tensors.items()}, metadata))
    for old in sorted(folder.glob("*.safetensors"))[:-KEPT]:
        old.unlink(missing_ok=True)
    return path


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint as it was read."""

    tensors: Mapping[str, Tensor]
    progress: Progress
    settings: Mapping[str, Any]

    def restore(self, learner: Learner) -> State:
        """Put everything back; gives the network's state to carry on with, that of all lanes."""
        learner.network.load_state_dict(self._part("network."))
        if learner.average is not None:
            learner.average.load_state_dict(self._part("average."))
        slots: dict[int, dict[str, Tensor]] = {}
        for name, tensor in self._part("optimiser.").items():
            index, key = name.split(".")
            slots.setdefault(int(index), {})[key] = tensor
        groups = learner.optimiser.state_dict()["param_groups"]
        learner.optimiser.load_state_dict({"state": slots, "param_groups": groups})
        part = {k: v.to(learner.device) for k, v in self._part("state.").items()}
        pairs = len(learner.network.zero_state(1))
        return [(part[f"{layer}.h"], part[f"{layer}.c"]) for layer in range(pairs)]

    def _part(self, prefix: str) -> dict[str, Tensor]:
        return {k.removeprefix(prefix): v for k, v in self.tensors.items() if k.startswith(prefix)}


def load_checkpoint(folder: Path) -> Checkpoint:
    """The newest checkpoint in `folder` that is whole; HwError where there is none."""
    trouble: list[str] = []
    for path in sorted(folder.glob("*.safetensors"), reverse=True):
        try:
            with safe_open(str(path), framework="pt") as file:
                metadata = file.metadata() or {}
                if metadata.get("format") != FORMAT or metadata.get("version") != str(VERSION):
                    raise ValueError("another format or version")
                names = file.keys()  # the file is no dictionary: it cannot be iterated over itself
                tensors = {name: file.get_tensor(name) for name in names}
            progress = Progress(**json.loads(metadata["progress"]))
            return Checkpoint(tensors, progress, json.loads(metadata["settings"]))
        except OSError as error:
            raise os_error(error, f"read {path}") from None
        except (SafetensorError, KeyError, TypeError, ValueError) as error:
            trouble.append(f"{path.name}: {error}")
    why = f": {'; '.join(trouble)}" if trouble else ""
    raise HwError(f"no whole checkpoint in {folder}{why}", "start the run again without --resume")
