"""Synthetic metrics of training runs, for tests of charts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hwcli.plotting.history import History


def history(*rows: dict[str, Any], name: str = "run") -> History:
    """Return the history of a run with these rows."""
    return History(name, Path(name) / "metrics.jsonl", rows)


def history_of(
    losses: list[float | None], valid: list[float | None], every: int = 10, name: str = "run"
) -> History:
    """Return a history with a loss every 10 steps, and a validation loss after each epoch of `every` rows."""
    rows: list[dict[str, Any]] = []
    for k, loss in enumerate(losses, start=1):
        rows.append({"step": 10 * k, "epoch": (k - 1) // every + 1, "loss": loss, "lr": 0.01})
        if k % every == 0 and k // every <= len(valid):
            rows.append(
                {"step": 10 * k, "epoch": k // every, "train_nats_per_point": 1.0}
                | {"valid_nats_per_point": valid[k // every - 1], "points_per_second": 100}
            )
    return history(*rows, name=name)
