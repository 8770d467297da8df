"""Small training runs for tests, and readers of what they wrote."""

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


def trainer(data, run, resume=False, model=MODEL, start=None, **train) -> Trainer:
    """A trainer with the settings above, except for those given."""
    run.mkdir(exist_ok=True)
    settings = Config(model=model, train=TrainConfig(**(vars(TRAIN) | train)))
    return Trainer(data, run, settings, seed=5, resume=resume, start=start)


def stop_after(run: Trainer, steps: int) -> None:
    """Make the run stop after this many steps, as Ctrl-C would."""
    step = run._step

    def stepping(*arguments):
        step(*arguments)
        run.stop = run.progress.step >= steps

    run._step = stepping


def rows(run) -> list[dict]:
    """The rows of metrics.jsonl."""
    return [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]


def without_speed(run) -> list[dict]:
    """The rows of metrics.jsonl without points_per_second, which differs from run to run."""
    return [{k: v for k, v in row.items() if k != "points_per_second"} for row in rows(run)]


def epoch_rows(run) -> list[dict]:
    """The rows of metrics.jsonl at the ends of epochs."""
    return [row for row in rows(run) if "train_nats_per_point" in row]


def weights(run, name="last") -> dict[str, np.ndarray]:
    """The tensors of a run's model file."""
    return dict(model_file.read(run / f"{name}.safetensors").tensors)


def same_weights(a, b) -> bool:
    """Whether two sets of tensors are equal, bit for bit."""
    return a.keys() == b.keys() and all((a[k] == b[k]).all() for k in a)
