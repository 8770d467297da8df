"""Small training runs for tests, and what to look at in them."""

from __future__ import annotations

import json

import numpy as np

from hwcli.config.sections import Config, ModelConfig, TrainConfig
from hwcli.model import file as model_file
from hwcli.training.trainer import Trainer

MODEL = ModelConfig(layers=1, hidden=16, mixtures=3, dropout=0.3)
TRAIN = TrainConfig(
    epochs=3,
    batch_size=3,
    window=15,
    lr=0.01,
    precision="float32",
    device="cpu",
    threads=1,
    checkpoint_minutes=0,
)


def trainer(data, run, resume=False, model=MODEL, **train) -> Trainer:
    run.mkdir(exist_ok=True)
    settings = Config(model=model, train=TrainConfig(**(vars(TRAIN) | train)))
    return Trainer(data, run, settings, seed=5, resume=resume)


def rows(run) -> list[dict]:
    return [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]


def without_speed(run) -> list[dict]:
    return [{k: v for k, v in row.items() if k != "points_per_second"} for row in rows(run)]


def weights(run, name="last") -> dict[str, np.ndarray]:
    return dict(model_file.read(run / f"{name}.safetensors").tensors)


def same_weights(a, b) -> bool:
    return a.keys() == b.keys() and all((a[k] == b[k]).all() for k in a)
