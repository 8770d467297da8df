"""What a reader's file says about it."""

from __future__ import annotations

from typing import Any

from hwcli.config.kinds import in_use
from hwcli.config.sections import Config
from hwcli.dataset import learned_from
from hwcli.dataset.learned_from import LearnedFrom
from hwcli.reader.error_rate import PROTOCOL, Errors
from hwcli.training.checkpoint import Progress
from hwcli.training.reader.lines import ReaderData


def about_reader(
    data: ReaderData,
    config: Config,
    seed: int,
    progress: Progress,
    composed: int,
    learned: LearnedFrom,
    errors: Errors | None,
    made: int,
) -> dict[str, Any]:
    """Return the `about` of a reader's file; `composed` counts the composed lines of an epoch.

    It has an error rate only if these very weights were validated; `made` of those lines were composed.
    """
    about: dict[str, Any] = {
        "data": dict(data.dataset.source),
        "training": {
            "model": in_use(config, "model"),
            "train": in_use(config, "train") | {"seed": seed},
            "epoch": progress.epoch,  # completed epochs
            "steps": progress.step,
            "lines": len(data.whole),
            "composed_lines": composed,  # of an epoch
        },
        learned_from.KEY: learned.content(),
    }
    if progress.valid_step == progress.step and errors is not None:
        about["error"] = {"protocol": PROTOCOL, "split": "valid", **errors.as_row(), "composed_lines": made}
    return about
