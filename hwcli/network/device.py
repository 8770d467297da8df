"""Which device, how many threads, and which arithmetic a run uses."""

from __future__ import annotations

import os
from pathlib import Path

import torch

from hwcli import console
from hwcli.errors import HwError, UsageError


def choose_device(name: str, local_rank: int | None = None) -> torch.device:
    """`auto` is CUDA where there is one, else the CPU; HwError for a device that is not there.

    Of several processes on a machine each passes its `local_rank` and gets a GPU of its own.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cuda" and local_rank is not None:
        name = f"cuda:{local_rank}"
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


def choose_threads(wanted: int, processes: int = 1) -> int:
    """The CPU threads of one of `processes` on this machine: as asked, or its part of the usable cores."""
    affinity = getattr(os, "sched_getaffinity", None)  # not on every system
    cores = len(affinity(0)) if affinity else os.cpu_count() or 1
    return wanted or max(1, cores // processes)


def choose_bfloat16(precision: str, device: torch.device) -> bool:
    """Whether the LSTM runs in bfloat16: as asked, or where the hardware multiplies matrices in it."""
    if device.type == "cuda":
        able = torch.cuda.get_device_capability(device) >= (8, 0)
    else:
        able = _multiplies_bfloat16()
    if precision == "auto":
        return able
    if precision == "bfloat16" and not able:
        console.warn("bfloat16 is emulated on this hardware, which is very slow; --precision float32 is not")
    return precision == "bfloat16"


def _multiplies_bfloat16() -> bool:
    """Whether the processor has instructions for it: AMX tiles, or AVX-512's dot products."""
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    return " amx_bf16" in flags or " avx512_bf16" in flags
