"""metrics.jsonl: the measurements of a run, one JSON object per line."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hwcli.atomic import write_atomically
from hwcli.errors import os_error


class Metrics:
    """The metrics file of one run: appended to row by row, or replaced whole.

    Every row has the step it was measured at.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def record(self, row: Mapping[str, Any]) -> None:
        """Append a row; numbers that are not finite are written as null, since JSON cannot express them."""
        clean = {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in row.items()}
        try:
            # in one write, and after a line break if a row before was cut short
            with self.path.open("a+b", buffering=0) as file:
                size = file.seek(0, os.SEEK_END)
                torn = size > 0 and os.pread(file.fileno(), 1, size - 1) != b"\n"
                left = memoryview(b"\n" * torn + json.dumps(clean).encode() + b"\n")
                while left:  # a partial write is followed by one that says why
                    left = left[file.write(left) :]
        except OSError as error:
            raise os_error(error, f"write {self.path}") from None

    def rewind(self, step: int, epochs: int, validated: int = 0) -> None:
        """Drop the rows after `step`, and those of validations that are not counted; both come again.

        Counted are those at the ends of `epochs` epochs, and those up to the step `validated`. That matters:
        a run can stop after it wrote such a row and before the checkpoint that counts it, and the two have
        the same step. Rows that cannot be read, such as one that was cut short, are dropped as well.
        """
        try:
            rows = self.path.read_bytes().split(b"\n") if self.path.exists() and step else []
        except OSError as error:
            raise os_error(error, f"read {self.path}") from None
        kept = [row + b"\n" for row in rows if _is_until(row, step, epochs, validated)]
        write_atomically(self.path, b"".join(kept))


def _is_until(row: bytes, step: int, epochs: int, validated: int) -> bool:
    try:
        values = json.loads(row)
        if any(key.startswith("train_") for key in values):  # written after a validation
            return bool(values["step"] <= step and (values["epoch"] <= epochs or values["step"] <= validated))
        return bool(values["step"] <= step)
    except (AttributeError, LookupError, RecursionError, TypeError, ValueError):
        return False
