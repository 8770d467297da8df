"""Training on lines that are changed at random."""

import pytest

from handmade import tiny_dataset
from hwcli.training.trainer import StopRequestedError
from small_runs import same_weights, stop_after, trainer, weights


@pytest.fixture
def data(tmp_path):
    return tiny_dataset(tmp_path / "data", train=(60, 40, 80, 50), valid=(30,))


def test_strength_falls_with_the_learning_rate(data, tmp_path):
    run = trainer(data, tmp_path / "run", augment=0.8, epochs=4, schedule="trapezoid", cooldown=0.5, warmup=9)
    strengths = []
    for run.progress.epoch in range(4):
        strengths.append(run._epoch().augment)
    assert strengths == pytest.approx([0.8, 0.8, 0.8, 0.4])


def test_validation_lines_are_not_changed(data, tmp_path):
    runs = [trainer(data, tmp_path / f"{a}", augment=a, lr=1e-9, epochs=1) for a in (0.0, 2.0)]
    one, two = (run.train().best for run in runs)
    assert one == pytest.approx(two, rel=1e-5)


def test_resume_within_an_epoch_is_bit_exact(data, tmp_path):
    trainer(data, tmp_path / "whole", augment=1.0).train()
    parts = trainer(data, tmp_path / "parts", augment=1.0)
    stop_after(parts, 7)
    with pytest.raises(StopRequestedError):
        parts.train()
    trainer(data, tmp_path / "parts", augment=1.0, resume=True).train()
    assert same_weights(weights(tmp_path / "whole"), weights(tmp_path / "parts"))
