"""Read what a training run measured, step by step, from its metrics.jsonl."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwcli import console
from hwcli.errors import HwError, os_error
from hwcli.typed_data import DamageError, parse_json

METRICS = "metrics.jsonl"
HINT = "name a folder written by hw train"
# Larger magnitudes count as not finite: differences between them could overflow.
LARGEST = 1e100
# Beyond this, a float64 cannot tell neighbouring steps apart.
LAST_STEP = 2.0**53


@dataclass(frozen=True, eq=False)
class Series:
    """One quantity at increasing x (steps or epochs), both (n,); values that were not finite are NaN."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]

    @property
    def measured(self) -> bool:
        """Whether any value is finite."""
        return bool(np.isfinite(self.y).any())


@dataclass(frozen=True, eq=False)
class History:
    """Everything that one run measured."""

    name: str
    path: Path
    rows: tuple[dict[str, Any], ...]

    def series(self, key: str) -> Series:
        """The values of `key` by step. If a step has several rows, the last one counts."""
        by_step = {row["step"]: as_number(row[key]) for row in self.rows if key in row}
        pairs = np.array(sorted(by_step.items()), dtype=np.float64).reshape(-1, 2)
        return Series(pairs[:, 0], pairs[:, 1])

    def epochs(self, steps: NDArray[np.float64]) -> NDArray[np.float64] | None:
        """`steps` in epochs; None until an epoch has ended, since its length is unknown before."""
        ends = [(0.0, 0.0)]
        for row in sorted(self.rows, key=lambda row: float(row["step"])):
            # Rows within an epoch hold its number. Those of validations count epochs, and parts of them in
            # runs of limited time.
            if "loss" in row or "lr" in row:
                continue
            step, epoch = float(row["step"]), as_number(row.get("epoch"))
            if step > ends[-1][0] and epoch > ends[-1][1] and (epoch.is_integer() or _validated_within(row)):
                ends.append((step, epoch))
        if len(ends) == 1:
            return None
        at, epochs = np.array(ends).T
        slope = (epochs[-1] - epochs[-2]) / (at[-1] - at[-2])
        beyond = np.maximum(steps - at[-1], 0.0)
        counted: NDArray[np.float64] = np.interp(steps, at, epochs) + slope * beyond
        return counted


def _validated_within(row: Mapping[str, Any]) -> bool:
    """Return whether a row was written after a validation, which may be within an epoch."""
    return any(key.startswith("train_") for key in row)


def read_histories(runs: Iterable[Path]) -> list[History]:
    """Read the metrics of several runs, each with a distinct name; raise HwError if a run has none."""
    folders = list(runs)
    names = [_name(run) for run in folders]
    if len(set(names)) < len({os.path.abspath(run) for run in folders}):
        names = [str(run) for run in folders]  # `a/run` and `b/run` share their last part
    return [read_history(run, name) for run, name in zip(folders, names, strict=True)]


def read_history(run: Path, name: str) -> History:
    """Read the metrics of a run's folder, or a metrics file; raise HwError if there are none.

    An incomplete last line is ignored: the run may be writing it now, or was killed while writing it. Other
    unreadable lines are skipped with a warning.
    """
    path = run
    try:
        path = run / METRICS if run.is_dir() else run
        data = path.read_bytes()
    except FileNotFoundError:
        why = f"it contains no {METRICS}" if run.is_dir() else "no such folder"
        raise HwError(f"cannot plot {run}: {why}", HINT) from None
    except OSError as error:
        raise os_error(error, f"read {path}") from None
    *lines, last = data.split(b"\n")
    rows, unreadable = [], []
    for number, line in enumerate(lines, start=1):
        row = _row(line)
        if row is not None:
            rows.append(row)
        elif line.strip():
            unreadable.append(number)
    if (row := _row(last)) is not None:
        rows.append(row)
    if not rows and not data.strip():
        raise HwError(f"{path} is empty: nothing has been measured yet", "hw train writes every 10 steps")
    if not rows:
        raise HwError(f"{path} contains no metrics", HINT)
    if unreadable:
        first, count = unreadable[0], len(unreadable)
        where = f"line {first}" if count == 1 else f"{count} lines, the first at line {first}"
        console.warn(f"{path}: skipped unreadable rows ({where})")
    return History("".join(c if c.isprintable() else " " for c in name), path, tuple(rows))


def _name(run: Path) -> str:
    folder = run.parent if run.name == METRICS else run
    return folder.name if folder.name not in ("", "..") else folder.resolve().name or str(run)


def _row(line: bytes) -> dict[str, Any] | None:
    """Parse a line of metrics; None if it is not one."""
    try:
        row = parse_json(line)
    except DamageError:
        return None
    if not isinstance(row, dict):
        return None
    step = as_number(row.get("step"))
    return row if 0 <= step <= LAST_STEP and step.is_integer() else None


def as_number(value: Any) -> float:
    """A JSON value as a float; NaN if it is not a number, or larger than LARGEST."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return math.nan
    number = float(value)
    return number if abs(number) <= LARGEST else math.nan
