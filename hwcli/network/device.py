"""Choosing the device, the number of threads and the arithmetic of a run."""

from __future__ import annotations

import os
from pathlib import Path

import torch

from hwcli import console
from hwcli.errors import HwError, UsageError


def choose_device(name: str, local_rank: int | None = None) -> torch.device:
    """Return the torch device `name`; `auto` is CUDA if there is a GPU, otherwise the CPU.

    Each of several processes on one machine passes its `local_rank` and gets a GPU of its own. Raises
    UsageError for an unknown kind of device, HwError for one that is not present.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cuda" and local_rank is not None:
        name = f"cuda:{local_rank}"
    try:
        device = torch.device(name)
    except RuntimeError:
        raise UsageError(
            f"--device cannot be {name}: no such kind of device", "use auto, cpu, cuda or cuda:N"
        ) from None
    if device.type not in ("cpu", "cuda"):
        raise UsageError(f"--device cannot be {name}: hw computes on cpu and cuda only")
    if device.type == "cuda":
        count = torch.cuda.device_count() if torch.cuda.is_available() else 0
        if (device.index or 0) >= count:
            found = f"{count} CUDA devices" if count else "no CUDA device"
            raise HwError(f"--device cannot be {name}: torch finds {found}", "use --device cpu")
    return device


def choose_threads(threads: int, processes: int = 1) -> int:
    """Return the CPU threads per process: `threads`, or if 0 an equal share of the cores."""
    affinity = getattr(os, "sched_getaffinity", None)  # not on every system
    cores = len(affinity(0)) if affinity else os.cpu_count() or 1
    return threads or max(1, cores // processes)


def choose_bfloat16(precision: str, device: torch.device) -> bool:
    """Return whether the LSTM trains in bfloat16: as `precision` says; if auto, where `device` supports it.

    On a GPU, cuDNN's LSTM layers have no bfloat16 in torch. They take TF32 then, which is as precise as
    float16 and has the range of float32: gradients, divided by the points of a batch, underflow in float16.
    """
    if device.type == "cuda":
        able = torch.cuda.get_device_capability(device) >= (8, 0)
    else:
        able = _cpu_has_bfloat16()
    if precision == "auto":
        return able
    if precision == "bfloat16" and not able:
        console.warn("bfloat16 is emulated on this hardware and very slow; use --precision float32")
    return precision == "bfloat16"


def _cpu_has_bfloat16() -> bool:
    """Return whether the processor has bfloat16 products: AMX tiles, or AVX-512 dot products."""
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    return " amx_bf16" in flags or " avx512_bf16" in flags
