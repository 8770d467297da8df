"""Which device, how many threads, and which arithmetic a run uses."""

from __future__ import annotations

from pathlib import Path

import torch

from hwcli.errors import HwError, UsageError


def choose_device(name: str) -> torch.device:
    """`auto` is CUDA where there is one, else the CPU; HwError for a device that is not there."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError:
        raise UsageError(
            f"--device {name}: no such kind of device", "use auto, cpu, cuda or cuda:N"
        ) from None
    if device.type not in ("cpu", "cuda"):
        raise UsageError(f"--device {name}: hw trains on cpu and cuda")
    if device.type == "cuda":
        count = torch.cuda.device_count() if torch.cuda.is_available() else 0
        if (device.index or 0) >= count:
            found = f"{count} CUDA devices" if count else "no CUDA device"
            raise HwError(f"--device {name}: torch finds {found} here", "use --device cpu")
    return device


def choose_bfloat16(precision: str, device: torch.device) -> bool:
    """Whether the LSTM runs in bfloat16: as asked, or where the hardware multiplies matrices in it."""
    if precision != "auto":
        return precision == "bfloat16"
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    return _has_amx()


def _has_amx() -> bool:
    try:
        return " amx_bf16" in Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
