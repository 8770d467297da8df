"""Small training runs of readers for tests."""

from __future__ import annotations

from hwcli.config.sections import Config, ModelConfig, TrainConfig
from hwcli.model import reader_file
from hwcli.training.reader.trainer import ReaderTrainer

MODEL = ModelConfig(kind="reader", layers=1, hidden=12, dropout=0.2)
TRAIN = TrainConfig(
    epochs=2,
    batch_size=8,
    optimiser="muon",
    lr=0.01,
    clip=1.0,
    augment=1.0,
    device="cpu",
    threads=1,
    checkpoint_minutes=0,
)


def reader_trainer(data, run, resume=False, model=MODEL, start=None, **train) -> ReaderTrainer:
    """A trainer with the settings above, except for those given."""
    run.mkdir(exist_ok=True)
    settings = Config(model=model, train=TrainConfig(**(vars(TRAIN) | train)))
    return ReaderTrainer(data, run, settings, seed=5, resume=resume, start=start)


def reader_of(run, name="last") -> reader_file.ReaderFile:
    """A run's reader."""
    return reader_file.read(run / f"{name}.safetensors")


def without_pace(rows: list[dict]) -> list[dict]:
    """Rows of metrics.jsonl without what differs from run to run."""
    return [{k: v for k, v in row.items() if k != "characters_per_second"} for row in rows]
