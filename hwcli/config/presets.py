"""Named presets of network and training settings: `hw train --preset NAME`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# chosen by the comparisons in docs/experiments.md, on lines of testset_t
_BEST: Mapping[str, Any] = {
    "model.layers": 3,
    "model.hidden": 400,
    "model.skip": True,
    "model.dropout": 0.15,
    "train.epochs": 18,
    "train.batch_size": 128,
    "train.window": 150,
    "train.optimiser": "muon",
    "train.lr": 0.01,
    "train.schedule": "trapezoid",
    "train.cooldown": 0.15,
    "train.average": 0.998,
    "train.warmup": 100,
    "train.weight_decay": 0.01,
    "train.clip": 3.0,
    "train.augment": 1.0,
}

PRESETS: Mapping[str, Mapping[str, Any]] = {
    # two layers of 256: the defaults
    "seed": {},
    # Graves 2013, section 4: three layers of 400 with skip connections, 20 mixtures. Adam replaces his
    # optimiser, centred RMSProp at 1e-4, which needs many times more epochs.
    "graves": {
        "model.layers": 3,
        "model.hidden": 400,
        "model.skip": True,
        "model.dropout": 0.0,
        "train.lr": 0.002,
        "train.schedule": "cosine",
        "train.warmup": 200,
        "train.clip": 3.0,
    },
    # those of iam-prediction-large, which had a cool-down of 0.5 and no average
    "best": _BEST,
    # the same for text: of what learns to write by heart, more is dropped
    "synthesis": {**_BEST, "model.kind": "synthesis", "model.dropout": 0.25, "train.epochs": 15},
    # handwriting after five minutes on two cores of a CPU, with or without --kind synthesis
    "quick": {
        "model.layers": 2,
        "model.hidden": 128,
        "model.skip": True,
        "model.dropout": 0.0,
        "train.minutes": 5.0,
        "train.epochs": 100,
        "train.batch_size": 16,
        "train.window": 100,
        "train.optimiser": "muon",
        "train.lr": 0.016,
        "train.schedule": "trapezoid",
        "train.cooldown": 0.5,
        "train.warmup": 30,
        "train.weight_decay": 0.01,
        "train.clip": 3.0,
    },
    # small enough to be trained on a CPU; found by trial on lines of UNIPEN and IAM-OnDB
    "reader": {
        "model.kind": "reader",
        "model.layers": 3,
        "model.hidden": 128,
        "model.dropout": 0.15,
        "train.epochs": 12,
        "train.batch_size": 48,
        "train.optimiser": "muon",
        "train.lr": 0.006,
        "train.schedule": "trapezoid",
        "train.cooldown": 0.6,
        "train.warmup": 100,
        "train.weight_decay": 0.01,
        "train.clip": 1.0,
        "train.augment": 1.0,
    },
}
