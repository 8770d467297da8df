"""Settings of network and training that go together, by name: `hw train --preset NAME`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

PRESETS: Mapping[str, Mapping[str, Any]] = {
    # the classic demo: what the defaults are
    "seed": {},
    # Graves 2013, section 4: three layers of 400 with skip connections, 20 mixtures. His own optimiser
    # (centred RMSProp at 1e-4) wants many times the passes that Adam does, so the optimiser is ours.
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
    # that of iam-prediction-large: the lowest log-loss on lines never seen that was reached here, which is a
    # matter of hours on two cores as much as of settings; docs/results.md has the runs and what was compared
    "best": {
        "model.layers": 3,
        "model.hidden": 400,
        "model.skip": True,
        "model.dropout": 0.0,
        "train.epochs": 5,
        "train.batch_size": 64,
        "train.window": 150,
        "train.optimiser": "muon",
        "train.lr": 0.008,
        "train.schedule": "trapezoid",
        "train.cooldown": 0.62,
        "train.warmup": 100,
        "train.weight_decay": 0.01,
        "train.clip": 3.0,
    },
}
