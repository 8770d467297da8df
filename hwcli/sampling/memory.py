"""What a long sample takes, said before it is begun."""

from __future__ import annotations

import os

from hwcli.errors import HwError
from hwcli.sampling.model import Model

# bytes a point, as measured: places and lifts while they are drawn, as ink and as text; a mixture vector and
# its prediction, each number in float32 while it is drawn, as a parameter, and as text in a growing buffer
PLACES = 150
NUMBER = 40


def check_memory(model: Model, points: int, predictions: bool) -> None:
    """HwError where a sample of `points` points would not fit into the memory that is free."""
    each = PLACES + (NUMBER * model.file.shape.outputs if predictions else 0)
    free = _free()
    if free is None or points * each < free:
        return
    without = f"; --no-prediction takes {_size(points * PLACES)}" if predictions else ""
    raise HwError(
        f"a sample of {points:,} points takes some {_size(points * each)} of memory; {_size(free)} are free",
        f"fewer --points, several samples by --count{without}",
    )


def _free() -> int | None:
    """Bytes that can be had, where the system says so."""
    try:
        with open("/proc/meminfo", encoding="ascii") as file:
            rows = dict(line.split(":") for line in file)
        return int(rows["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        pass
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None


def _size(count: float) -> str:
    return f"{count / 2**30:.1f} GiB"
