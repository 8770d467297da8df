"""Which GPU to compute on, if any; the CPU needs no PyTorch."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from hwcli.errors import UsageError, needs_extra

if TYPE_CHECKING:
    import torch


def gpu_of(name: str) -> torch.device | None:
    """Return the GPU called `name`, cuda or cuda:N; None for the CPU. `auto` is the CPU if there is no GPU.

    Without PyTorch, `auto` is the CPU. Raises HwError for a GPU by name that is not present or needs PyTorch,
    UsageError for an unknown kind of device.
    """
    if name == "cpu" or (name == "auto" and find_spec("torch") is None):
        return None
    if name != "auto" and not name.startswith("cuda"):  # known without importing PyTorch
        raise UsageError(
            f"--device cannot be {name}: hw computes on cpu and cuda only", "use auto, cpu, cuda or cuda:N"
        )
    with needs_extra("train", f"--device cannot be {name}"):
        from hwcli.network.device import choose_device
    device = choose_device(name)
    return device if device.type == "cuda" else None
