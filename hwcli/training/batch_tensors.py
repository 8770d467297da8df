"""A training or validation batch as tensors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from hwcli.dataset.epochs.batches import ArrayBatch
from hwcli.network.window_steps import Text


@dataclass(frozen=True)
class Batch:
    """A batch on the network's device; the tensors are time-major, as in `ArrayBatch`."""

    inputs: Tensor
    reset: Tensor
    targets: Tensor
    offset_weight: Tensor
    eos_weight: Tensor
    points: int  # over the lanes of all processes
    text: Text | None = None  # the characters to write, for a synthesis network

    @classmethod
    def of(cls, arrays: ArrayBatch, device: torch.device, points: int | None = None) -> Batch:
        """Copy `arrays` to `device`, without waiting for a GPU; `points` None counts those of `arrays`."""

        def move(array: np.ndarray) -> Tensor:
            tensor = torch.from_numpy(array)
            if device.type == "cuda":
                return tensor.pin_memory().to(device, non_blocking=True)
            return tensor

        return cls(
            move(arrays.inputs),
            move(arrays.reset),
            move(arrays.targets),
            move(arrays.offset_weight),
            move(arrays.eos_weight),
            int(arrays.eos_weight.sum()) if points is None else points,
            None if arrays.text is None else Text(move(arrays.text.codes), arrays.text.begins),
        )
