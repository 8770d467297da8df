"""Shared by the speed benchmarks: timing in pairs, and a table on stdout."""

from __future__ import annotations

import platform
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from hwcli.openmp import limit_spinning

limit_spinning()  # as hw does; before any benchmark imports torch


def seconds(job: Callable[[], object]) -> float:
    """Return the seconds that one run of `job` takes."""
    start = time.perf_counter()
    job()
    return time.perf_counter() - start


def pairs(
    first: Callable[[], float], second: Callable[[], float], rounds: int
) -> tuple[list[float], list[float]]:
    """Measure both alternately, `rounds` times, so that other load on the machine affects both."""
    a, b = [], []
    for _ in range(rounds):
        a.append(first())
        b.append(second())
    return a, b


def machine() -> str:
    """Name the processor, for a line below a table."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        name = next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
        flags = next(line for line in lines if line.startswith("flags"))
        amx = ", AMX" if "amx_bf16" in flags else ""
        return f"{name}{amx}, Python {platform.python_version()}"
    except (OSError, StopIteration):
        return f"{platform.machine()}, Python {platform.python_version()}"


def table(rows: Sequence[tuple[str, Sequence[float]]], unit: str) -> None:
    """Print the median and the range of every row."""
    for name, values in rows:
        low, high = min(values), max(values)
        print(
            f"{name:50s} {statistics.median(values):10.3f} {unit}"
            f"  ({low:.3f} - {high:.3f}, n = {len(values)})"
        )
    print(machine())
