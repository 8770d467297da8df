"""metrics.jsonl, read: what a run measured, by step."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwcli import console
from hwcli.errors import HwError, os_error

METRICS = "metrics.jsonl"
HINT = "name a folder that hw train has made"
# Nothing that is measured is farther from zero than this; beyond, differences would not stay finite.
LARGEST = 1e100
# Beyond this, steps could not be told apart.
LAST_STEP = 2.0**53


@dataclass(frozen=True, eq=False)
class Column:
    """One quantity of a run: its values at growing steps, NaN where it was not finite."""

    steps: NDArray[np.float64]
    values: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.steps)


@dataclass(frozen=True, eq=False)
class History:
    """What one run measured."""

    name: str
    path: Path
    rows: tuple[dict[str, Any], ...]

    def column(self, key: str) -> Column:
        """The rows that have `key`, each step once (its last row counts)."""
        found = {row["step"]: _number(row[key]) for row in self.rows if key in row}
        rows = np.array(sorted(found.items()), dtype=np.float64).reshape(-1, 2)
        return Column(rows[:, 0], rows[:, 1])

    def epochs(self, steps: NDArray[np.float64]) -> NDArray[np.float64] | None:
        """`steps` counted in epochs; None where no epoch has ended, and nobody knows how long one is."""
        ends = [(0.0, 0.0)]
        for row in sorted(self.rows, key=lambda row: float(row["step"])):
            # rows within an epoch say in which they are, the one at its end how many are done
            if "loss" in row or "lr" in row:
                continue
            step, epoch = float(row["step"]), _number(row.get("epoch"))
            if step > ends[-1][0] and epoch > ends[-1][1] and epoch.is_integer():
                ends.append((step, epoch))
        if len(ends) == 1:
            return None
        at, epochs = np.array(ends).T
        slope = (epochs[-1] - epochs[-2]) / (at[-1] - at[-2])
        beyond = np.maximum(steps - at[-1], 0.0)
        counted: NDArray[np.float64] = np.interp(steps, at, epochs) + slope * beyond
        return counted


def read_histories(runs: Iterable[Path]) -> list[History]:
    """The runs' metrics, each run with a name of its own. HwError for one that has none."""
    folders = list(runs)
    names = [_name(run) for run in folders]
    if len(set(names)) < len({os.path.abspath(run) for run in folders}):
        names = [str(run) for run in folders]  # `a/run` and `b/run` need more than their last names
    return [read_history(run, name) for run, name in zip(folders, names, strict=True)]


def read_history(run: Path, name: str) -> History:
    """The metrics of a run's folder, or of a metrics file itself.

    A last line that is cut short is passed over: the run may be writing it, or was killed in it. HwError
    where there are none, with a warning for other lines that cannot be read.
    """
    path = run
    try:
        path = run / METRICS if run.is_dir() else run
        data = path.read_bytes()
    except FileNotFoundError:
        why = f"it has no {METRICS}" if run.is_dir() else "there is no such folder"
        raise HwError(f"no run in {run}: {why}", HINT) from None
    except OSError as error:
        raise os_error(error, f"read {path}") from None
    *lines, last = data.split(b"\n")
    rows, bad = [], []
    for number, line in enumerate(lines, start=1):
        row = _row(line)
        if row is not None:
            rows.append(row)
        elif line.strip():
            bad.append(number)
    if (row := _row(last)) is not None:
        rows.append(row)
    if not rows:
        if not data.strip():
            raise HwError(f"{path} is empty: nothing is measured yet", "hw train writes to it every 10 steps")
        raise HwError(f"{path} holds no row of metrics", HINT)
    if bad:
        what = f"line {bad[0]}" if len(bad) == 1 else f"{len(bad)} lines (the first is {bad[0]})"
        console.warn(f"{path}: {what} left out: no metrics")
    return History(name, path, tuple(rows))


def _name(run: Path) -> str:
    folder = run.parent if run.name == METRICS else run
    return folder.name if folder.name not in ("", "..") else folder.resolve().name or str(run)


def _row(line: bytes) -> dict[str, Any] | None:
    """A line as a row of metrics, None if it is none."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(row, dict):
        return None
    step = _number(row.get("step"))
    return row if 0 <= step <= LAST_STEP and step.is_integer() else None


def _number(value: Any) -> float:
    """A number as a float, NaN for all that is none or beyond measure."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return math.nan
    try:
        number = float(value)
    except OverflowError:  # a whole number of hundreds of digits
        return math.nan
    return number if abs(number) <= LARGEST else math.nan
