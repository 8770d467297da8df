"""metrics.jsonl: what a run measured, a JSON object a line."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hwcli.errors import os_error


class Metrics:
    """The file of one run. A row belongs to a step; going back to an earlier step drops the rows after it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def record(self, row: Mapping[str, Any]) -> None:
        """Add a row. What is not a finite number is written as null, since JSON has no word for it."""
        clean = {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in row.items()}
        try:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(clean) + "\n")
        except OSError as error:
            raise os_error(error, f"write {self.path}") from None

    def back_to(self, step: int, epochs: int) -> None:
        """Drop the rows after `step`, and those of epochs after `epochs`: they are about to be made again.

        A run can stop between its last step in an epoch and the end of that epoch, whose row has that step.
        """
        try:
            rows = self.path.read_text(encoding="utf-8").splitlines() if self.path.exists() and step else []
            kept = []
            for row in rows:
                try:
                    values = json.loads(row)
                    ended = "train_nats_per_point" in values  # the row of a whole epoch
                    if values["step"] <= step and not (ended and values["epoch"] > epochs):
                        kept.append(row + "\n")
                except (ValueError, KeyError, TypeError):
                    break  # a row cut short by what stopped the run
            self.path.write_text("".join(kept), encoding="utf-8")
        except OSError as error:
            raise os_error(error, f"write {self.path}") from None
