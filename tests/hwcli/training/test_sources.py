"""Training on several sources: weights, resuming, and a stable number of steps."""

import numpy as np
import pytest

from handmade import dataset_of, offsets_of
from hwcli.dataset import store
from hwcli.dataset.store import LineInfo, Source, open_dataset
from hwcli.errors import HwError, UsageError
from hwcli.training.trainer import StopRequestedError
from hwcli.training.training_data import TrainingData
from small_runs import same_weights, stop_after, trainer, weights, without_speed

LENGTHS = {"iam": (9, 30, 17, 5), "unipen": (8, 6, 11, 7, 9, 5, 12, 6)}
TEXTS = {"iam": "abba", "unipen": "a1"}


@pytest.fixture
def data(tmp_path):
    """A dataset of two sources, each with one validation line."""
    folder = tmp_path / "data"
    folder.mkdir()
    infos, lines = [], []
    for number, (name, lengths) in enumerate(LENGTHS.items()):
        for k, points in enumerate((*lengths, 10)):
            split = "valid" if k == len(lengths) else "train"
            infos.append(LineInfo(f"{name}{k}", f"{name}{k}", split, 5 * TEXTS[name], number))
            lines.append(offsets_of(points, k))
    starts = np.concatenate([[0], np.cumsum([len(line) for line in lines])]).astype(np.int64)
    store.write(
        folder, np.concatenate(lines), starts, infos, {}, [Source(name, "tablet") for name in LENGTHS]
    )
    return open_dataset(folder)


HOW = {"source_weight": "unipen=0.4", "rare_boost": 2.0, "epochs": 4}


@pytest.mark.parametrize("steps", [1, 4, 6, 9])
def test_resume_with_weights_is_bit_exact(data, tmp_path, steps):
    trainer(data, tmp_path / "whole", **HOW).train()
    parts = trainer(data, tmp_path / "parts", **HOW)
    stop_after(parts, steps)
    with pytest.raises(StopRequestedError):
        parts.train()
    trainer(data, tmp_path / "parts", resume=True, **HOW).train()
    assert same_weights(weights(tmp_path / "whole"), weights(tmp_path / "parts"))
    assert without_speed(tmp_path / "whole") == without_speed(tmp_path / "parts")


def test_epochs_have_the_same_number_of_lines_of_each_source_but_not_the_same(data, tmp_path):
    run = trainer(data, tmp_path / "run", source_weight="unipen=0.5,iam=2")
    drawn = []
    for epoch in range(6):
        run.progress.epoch = epoch
        lines = [line for lane in run._epoch().lanes for line in lane]
        assert {name: len(part) for name, part in data.by_source(lines).items()} == {"iam": 8, "unipen": 4}
        drawn.append(frozenset(lines))
    assert len(set(drawn)) > 1
    assert set().union(*drawn) == set(data.split("train"))


def test_weights_of_one_change_nothing(data, tmp_path):
    for name, weight in (("plain", None), ("one", "iam=1,unipen=1")):
        trainer(data, tmp_path / name, source_weight=weight).train()
    assert same_weights(weights(tmp_path / "plain"), weights(tmp_path / "one"))


def test_a_source_of_weight_zero_is_validated_but_not_learned_from(data):
    chosen = TrainingData.of(data, "synthesis", source_weight="unipen=0")
    assert data.by_source(chosen.train_lines).keys() == {"iam"}
    assert data.by_source(chosen.valid_lines).keys() == {"iam", "unipen"}
    assert chosen.alphabet.characters == "ab"
    assert TrainingData.of(data, "synthesis").alphabet.characters == "1ab"


def test_a_run_cannot_resume_on_the_same_lines_in_other_sources(data, tmp_path):
    trainer(data, tmp_path / "run", epochs=1).train()
    infos = [LineInfo(**(vars(line) | {"source": 1 - line.source})) for line in data.lines]
    other = tmp_path / "other"
    other.mkdir()
    store.write(other, np.array(data.offsets), data.starts, infos, {}, data.sources)
    with pytest.raises(HwError, match="is not the dataset"):
        trainer(open_dataset(other), tmp_path / "run", resume=True)


@pytest.mark.parametrize("schedule", ["exponential", "cosine", "trapezoid"])
def test_the_learning_rate_reaches_its_end_although_epochs_differ_in_steps(data, tmp_path, schedule):
    run = trainer(data, tmp_path / "run", source_weight="unipen=0.4", epochs=5, schedule=schedule,
                  batch_size=1, window=4, lr=0.01, decay=0.5, cooldown=0.5)  # fmt: skip
    rates, sizes = [], []
    step = run.learner.step
    run.learner.step = lambda *given: rates.append(given[3]) or step(*given)
    epoch = run._epoch
    run._epoch = lambda: sizes.append(len(made := epoch())) or made
    run.train()
    assert len(set(sizes)) > 1  # else this tests nothing
    assert len(rates) == sum(sizes)
    last = rates[-sizes[-1] :]
    if schedule == "exponential":
        firsts = np.cumsum([0, *sizes[:-1]])
        assert [rates[k] for k in firsts] == pytest.approx([0.01 * 0.5**k for k in range(5)])
        assert set(last) == {last[0]}
    else:
        assert 0 < last[-1] < 0.01 * 1.5 / sizes[-1]
        assert rates == sorted(rates, reverse=True)


def test_a_mistyped_source_is_refused_before_anything_is_written(tmp_path):
    data = dataset_of(tmp_path / "d", [offsets_of(9, 1)])
    with pytest.raises(UsageError, match="no training lines of a source 'unipen'"):
        trainer(data, tmp_path / "run", source_weight="unipen=2")
    assert not list((tmp_path / "run").iterdir())
