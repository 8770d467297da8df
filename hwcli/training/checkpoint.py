"""Checkpoints: everything that a run needs to resume bit-exactly, in one safetensors file each.

A checkpoint is written to a temporary file and then renamed, and the one before it is kept. Whatever stops a
run, a complete checkpoint remains. A checksum tells whether it is still what was written.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from hwcli.atomic import write_atomically
from hwcli.errors import HwError
from hwcli.training.run.optimisation import Optimisation

FOLDER = "checkpoint"  # in the run folder
FORMAT = "hw-checkpoint"
VERSION = 2
UNCHECKED = 1  # a version without a checksum
KEPT = 2
CHECKSUM = "sha256"  # of the file, in which NO_CHECKSUM stands for it
NO_CHECKSUM = "0" * 64


@dataclass
class Progress:
    """How far a run is."""

    epoch: int = 0  # completed epochs
    window: int = 0  # completed batches of the current epoch
    step: int = 0  # steps of all epochs
    skipped: int = 0  # steps skipped because their loss or gradient was not finite
    valid: float | None = None  # what the last validation found; the lower, the better
    best: float | None = None  # the lowest that any has found
    best_epoch: float = 0  # after how many epochs; within one only in runs of limited time
    epoch_nats: float = 0.0  # sums since the last validation
    epoch_points: int = 0  # points, or characters to read
    valid_step: int = 0  # step of the last validation
    # of a run of limited time (hwcli.training.run.time_limit)
    seconds: float = 0.0  # used so far
    reserve: float = 0.0  # to keep for the end
    validated_at: float = 0.0  # second of the last validation
    valid_share: float | None = None  # of the validation lines that are scored, once that is known


def save_checkpoint(
    folder: Path,
    learner: Optimisation[Any],
    state: Mapping[str, Tensor],
    progress: Progress,
    identity: Mapping[str, Any],
) -> Path:
    """Write a checkpoint into `folder`, keep only the one before it besides, and return its path.

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
        CHECKSUM: NO_CHECKSUM,
    }
    folder.mkdir(exist_ok=True)
    path = folder / f"{progress.step:010d}.safetensors"
    data = save({k: v.detach().cpu().contiguous() for k, v in tensors.items()}, metadata)
    write_atomically(path, _with_checksum(data, NO_CHECKSUM, hashlib.sha256(data).hexdigest()))
    others = [other for other in sorted(folder.glob("*.safetensors")) if other != path]
    before = [other for other in others if other.name < path.name]
    # those of later steps could not be resumed from, or the run would be there
    for other in {*others} - {*before[1 - KEPT :]}:
        other.unlink(missing_ok=True)
    return path


def _with_checksum(data: bytes, old: str, new: str) -> list[bytes]:
    """Return the pieces of a checkpoint file, with its checksum `old` replaced by `new`."""
    head, key, tail = data.partition(f'"{CHECKSUM}":"{old}"'.encode())
    return [head, f'"{CHECKSUM}":"{new}"'.encode() if key else b"", tail]


@dataclass(frozen=True)
class Checkpoint:
    """The contents of a checkpoint file."""

    path: Path
    tensors: Mapping[str, Tensor]
    progress: Progress
    identity: Mapping[str, Any]

    def restore(self, learner: Optimisation[Any]) -> dict[str, Tensor]:
        """Load the weights and the optimiser into `learner`; return the state, on its device.

        Raises ValueError or RuntimeError if they do not fit; then `learner` needs another checkpoint.
        """
        learner.network.load_state_dict(self._part("network."))
        average = self._part("average.")
        if learner.average is not None:
            learner.average.load_state_dict(average)
        elif average:
            raise ValueError("it has an average of the weights, and the run has none")
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


def checkpoints(folder: Path) -> Iterator[Checkpoint | HwError]:
    """Yield each checkpoint in `folder`, the newest first, or why it cannot be read."""
    for path in sorted(folder.glob("*.safetensors"), reverse=True):
        try:
            yield _read(path)
        except OSError as error:
            yield HwError(f"{path.name} cannot be read: {error.strerror}")
        except (SafetensorError, KeyError, TypeError, ValueError, RecursionError) as error:
            yield HwError(f"{path.name} is damaged: {error}")


def _read(path: Path) -> Checkpoint:
    data = path.read_bytes()
    size = int.from_bytes(data[:8], "little")
    metadata = json.loads(data[8 : 8 + size])["__metadata__"]
    if metadata["format"] != FORMAT or metadata["version"] not in (str(UNCHECKED), str(VERSION)):
        raise ValueError("unknown format or version")
    if metadata["version"] != str(UNCHECKED) or CHECKSUM in metadata:
        digest = hashlib.sha256()
        for piece in _with_checksum(data, metadata[CHECKSUM], NO_CHECKSUM):
            digest.update(piece)
        if digest.hexdigest() != metadata[CHECKSUM]:
            raise ValueError("its checksum does not match")
    progress = Progress(**json.loads(metadata["progress"]))
    return Checkpoint(path, load(data), progress, dict(json.loads(metadata["settings"])))
