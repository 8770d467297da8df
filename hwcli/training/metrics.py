"""metrics.jsonl: the measurements of a run, one JSON object per line."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hwcli.atomic import write_atomically
from hwcli.errors import os_error


class Metrics:
    """The metrics file of one run. Every row has the step it was measured at."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def record(self, row: Mapping[str, Any]) -> None:
        """Append a row; numbers that are not finite are written as null, since JSON cannot express them."""
        clean = {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in row.items()}
        try:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(clean) + "\n")
        except OSError as error:
            raise os_error(error, f"write {self.path}") from None

    def rewind(self, step: int, epochs: int) -> None:
        """Drop the rows after `step`, and those of epochs after `epochs`, since they will be written again.

        The epoch matters too: a run can stop after it wrote an epoch's row and before the checkpoint that
        counts the epoch, and the two have the same step.
        """
        try:
            rows = self.path.read_text(encoding="utf-8").splitlines() if self.path.exists() and step else []
        except OSError as error:
            raise os_error(error, f"read {self.path}") from None
        kept = []
        for row in rows:
            try:
                values = json.loads(row)
                ends_epoch = any(key.startswith("train_") for key in values)
                if values["step"] <= step and not (ends_epoch and values["epoch"] > epochs):
                    kept.append(row + "\n")
            except (ValueError, KeyError, TypeError):
                break  # a row cut short when the run was stopped
        write_atomically(self.path, "".join(kept).encode())
