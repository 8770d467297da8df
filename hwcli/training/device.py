"""Which device, how many threads, and which arithmetic a run uses."""

from __future__ import annotations

import os
from pathlib import Path

import torch

from hwcli.errors import HwError, UsageError
from hwcli.training.processes import ALONE, Processes


def choose_device(name: str, processes: Processes = ALONE) -> torch.device:
    """`auto` is CUDA where there is one, else the CPU; HwError for a device that is not there.

    Of several processes on a machine each gets a GPU of its own.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cuda" and processes.size > 1:
        name = f"cuda:{processes.local_rank}"
    try:
        device = torch.device(name)
    except RuntimeError:
        raise UsageError(
            f"--device {name}: no such kind of device", "use auto, cpu, cuda or cuda:N"
        ) from None
    if device.type not in ("cpu", "cuda"):
        raise UsageError(f"--device {name}: hw computes on cpu and cuda")
    if device.type == "cuda":
        count = torch.cuda.device_count() if torch.cuda.is_available() else 0
        if (device.index or 0) >= count:
            found = f"{count} CUDA devices" if count else "no CUDA device"
            raise HwError(f"--device {name}: torch finds {found} here", "use --device cpu")
    return device


def choose_threads(wanted: int, processes: Processes = ALONE) -> int:
    """The CPU threads of this process: as asked, or an even part of the cores that it may run on."""
    affinity = getattr(os, "sched_getaffinity", None)  # not on every system
    cores = len(affinity(0)) if affinity else os.cpu_count() or 1
    return wanted or max(1, cores // processes.local_size)


def choose_bfloat16(precision: str, device: torch.device) -> bool:
    """Whether the LSTM runs in bfloat16: as asked, or where the hardware multiplies matrices in it."""
    if precision != "auto":
        return precision == "bfloat16"
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    return _multiplies_bfloat16()


def _multiplies_bfloat16() -> bool:
    """Whether the processor has instructions for it: AMX tiles, or AVX-512's dot products."""
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    return " amx_bf16" in flags or " avx512_bf16" in flags
