"""The table of error rates, by class of character, of model cards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hwcli.reader.error_rate import CLASSES


def table(titled: str, rows: Mapping[str, Mapping[str, Any]]) -> str:
    """Return a table of `rows` (`Errors.as_row`) by title; its first column is `titled` so."""
    head = f"| {titled} | lines | all | {' | '.join(CLASSES)} |\n| --- | ---: | ---: | "
    head += " | ".join("---:" for _ in CLASSES) + " |"
    return "\n".join([head, *(_row(title, row) for title, row in rows.items())])


def _row(title: str, row: Mapping[str, Any]) -> str:
    rates = (row["by_class"].get(name) for name in CLASSES)
    cells = " | ".join("" if rate is None else f"{rate:.1%}" for rate in rates)
    return f"| {title} | {row['lines']:,} | {row['rate']:.1%} | {cells} |"
