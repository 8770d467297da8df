"""The training loop: it learns, resumes bit-exactly and leaves global state alone."""

import errno
import math
import signal

import numpy as np
import pytest
import torch

from handmade import files_in, tiny_dataset
from hwcli.config.sections import ModelConfig, TrainConfig
from hwcli.dataset.epochs.batches import Epoch
from hwcli.dataset.rescale import size_of_lines
from hwcli.errors import HwError
from hwcli.ink_size import Size
from hwcli.model import file as model_file
from hwcli.network.network import Network
from hwcli.training import trainer as trainer_module
from hwcli.training.schedule import learning_rate
from hwcli.training.trainer import StopRequestedError
from hwcli.training.validation import evaluate
from small_runs import epoch_rows, rows, same_weights, stop_after, trainer, weights, without_speed


@pytest.fixture
def data(tmp_path):
    return tiny_dataset(tmp_path / "data")


def test_loss_falls_far_below_its_start(tmp_path):
    data = tiny_dataset(tmp_path / "d", train=(60,) * 8, valid=(60,) * 2, learnable=True)
    run = trainer(
        data,
        tmp_path / "run",
        epochs=15,
        batch_size=4,
        window=40,
        lr=0.02,
        model=ModelConfig(1, 16, 3, dropout=0),
    )
    run.train()
    epochs = epoch_rows(tmp_path / "run")
    assert epochs[-1]["train_nats_per_point"] < epochs[0]["train_nats_per_point"] - 1.5
    assert epochs[-1]["valid_nats_per_sequence"] < epochs[0]["valid_nats_per_sequence"] - 60


def test_validation_covers_all_whole_lines_without_dropout(data, tmp_path):
    run = trainer(data, tmp_path / "run")
    run.train()
    last = epoch_rows(tmp_path / "run")[-1]
    network = Network.of(model_file.read(tmp_path / "run" / "last.safetensors"))
    again = evaluate(network, data, data.split("valid"), data.normalisation)
    assert last["valid_nats_per_sequence"] == pytest.approx(again.nats_per_sequence, rel=1e-6)
    assert (again.lines, again.points) == (2, 12 + 25)


def test_scoring_is_repeatable_and_restores_training_mode(data, tmp_path):
    run = trainer(data, tmp_path / "run")
    run.network.train()
    one, two = (evaluate(run.network, data, run.data.valid_lines, data.normalisation) for _ in range(2))
    assert one == two
    assert run.network.training


def test_resume_after_an_epoch_is_bit_exact(data, tmp_path):
    trainer(data, tmp_path / "whole").train()
    trainer(data, tmp_path / "parts", epochs=1).train()
    trainer(data, tmp_path / "parts", resume=True).train()
    assert same_weights(weights(tmp_path / "whole"), weights(tmp_path / "parts"))
    assert without_speed(tmp_path / "whole") == without_speed(tmp_path / "parts")


@pytest.mark.parametrize("steps", [1, 2, 5, 7, 11])
def test_resume_after_any_step_is_bit_exact(data, tmp_path, steps):
    whole = trainer(data, tmp_path / "whole")
    whole.train()
    assert whole.progress.step > 11
    parts = trainer(data, tmp_path / "parts")
    stop_after(parts, steps)
    with pytest.raises(StopRequestedError):
        parts.train()
    assert parts.progress.step == steps
    trainer(data, tmp_path / "parts", resume=True).train()
    assert same_weights(weights(tmp_path / "whole"), weights(tmp_path / "parts"))
    assert same_weights(weights(tmp_path / "whole", "best"), weights(tmp_path / "parts", "best"))
    assert without_speed(tmp_path / "whole") == without_speed(tmp_path / "parts")


@pytest.mark.parametrize("stopped_at", [1, 2, 3])
def test_run_stopped_in_a_validation_resumes_before_it(data, tmp_path, stopped_at):
    trainer(data, tmp_path / "whole").train()
    run, validations = trainer(data, tmp_path / "run"), []
    score = run._score

    def scoring(report, share):
        validations.append(run.progress.step)
        if len(validations) == stopped_at:
            run.request_stop(signal.SIGTERM)
            report(1, 2)  # ends it
        return score(report, share)

    run._score = scoring
    with pytest.raises(StopRequestedError) as stop:
        run.train()
    assert stop.value.number == signal.SIGTERM
    assert run.progress.step == validations[-1]
    trainer(data, tmp_path / "run", resume=True).train()
    for name in ("last", "best"):
        assert same_weights(weights(tmp_path / "whole", name), weights(tmp_path / "run", name))
    assert without_speed(tmp_path / "whole") == without_speed(tmp_path / "run")


def test_resume_replaces_rows_written_after_the_checkpoint(data, tmp_path):
    trainer(data, tmp_path / "whole", batch_size=1).train()
    parts = trainer(data, tmp_path / "parts", batch_size=1)
    stop_after(parts, 12)
    with pytest.raises(StopRequestedError):
        parts.train()
    with (tmp_path / "parts" / "metrics.jsonl").open("a") as file:
        file.write('{"step": 20, "loss": 1}\n{"step": 2')  # killed while writing a row
    trainer(data, tmp_path / "parts", resume=True, batch_size=1).train()
    assert without_speed(tmp_path / "whole") == without_speed(tmp_path / "parts")


@pytest.mark.parametrize("name", ["last", "best"])
def test_run_killed_at_an_epochs_end_records_the_epoch_once(data, tmp_path, monkeypatch, name):
    """Kill it after it wrote the epoch's row and before the checkpoint that counts the epoch."""
    often = {"checkpoint_minutes": 1e-9}
    trainer(data, tmp_path / "whole", **often).train()
    real = trainer_module.model_files.write

    def write(path, model):
        if path.stem == name and model.about["training"]["epoch"] == 2:
            raise RuntimeError("as if killed")
        real(path, model)

    monkeypatch.setattr(trainer_module.model_files, "write", write)
    with pytest.raises(RuntimeError, match="as if killed"):
        trainer(data, tmp_path / "parts", **often).train()
    monkeypatch.setattr(trainer_module.model_files, "write", real)
    assert [row["epoch"] for row in epoch_rows(tmp_path / "parts")] == [1, 2]
    trainer(data, tmp_path / "parts", resume=True, **often).train()
    assert without_speed(tmp_path / "whole") == without_speed(tmp_path / "parts")
    assert same_weights(weights(tmp_path / "whole"), weights(tmp_path / "parts"))


def test_last_model_is_written_at_every_checkpoint_with_its_own_step_and_loss(data, tmp_path):
    whole = trainer(data, tmp_path / "run", checkpoint_minutes=1e-9)
    real, seen = whole._save, []

    def save():
        real()
        if not whole.progress.step:
            assert not (tmp_path / "run" / "last.safetensors").exists()  # nothing has been learned yet
            return
        model = model_file.read(tmp_path / "run" / "last.safetensors")
        assert same_weights(model.tensors, whole.network.tensors())
        loss = model.about.get("log_loss", {}).get("nats_per_sequence")
        training = model.about["training"]
        seen.append((training["steps"], training["epoch"], loss))

    whole._save = save
    whole.train()
    ends = {row["epoch"]: row for row in epoch_rows(tmp_path / "run")}
    assert [step for step, _, loss in seen if loss is None] == list(range(1, whole.progress.step + 1))
    assert {epoch: (step, loss) for step, epoch, loss in seen if loss is not None} == {
        epoch: (row["step"], row["valid_nats_per_sequence"]) for epoch, row in ends.items()
    }


def test_weights_depend_only_on_the_seed(data, tmp_path):
    trainer(data, tmp_path / "one", epochs=1).train()
    torch.manual_seed(99)
    np.random.seed(99)
    trainer(data, tmp_path / "two", epochs=1).train()
    assert same_weights(weights(tmp_path / "one"), weights(tmp_path / "two"))


@pytest.mark.usefixtures("pictures")
def test_training_leaves_global_generators_alone(data, tmp_path):
    before = torch.get_rng_state(), np.random.get_state()[1].copy()
    trainer(data, tmp_path / "run", epochs=1).train()
    assert torch.equal(torch.get_rng_state(), before[0])
    assert (np.random.get_state()[1] == before[1]).all()


@pytest.mark.usefixtures("pictures")
def test_run_folder_holds_models_metrics_pictures_and_two_checkpoints(data, tmp_path):
    trainer(data, tmp_path / "run").train()
    files = files_in(tmp_path / "run")
    checkpoints = [name for name in files if name.startswith("checkpoint")]
    assert len(checkpoints) == 2
    assert sorted(set(files) - set(checkpoints)) == [
        "best.safetensors", "last.safetensors", "metrics.jsonl",
        *(f"samples/epoch-{k:03d}.svg" for k in (1, 2, 3)),
    ]  # fmt: skip
    assert all(row.keys() >= {"step", "epoch"} for row in rows(tmp_path / "run"))


def test_best_model_has_the_lowest_validation_loss(data, tmp_path, monkeypatch):
    scores = iter([3.0, 1.0, 2.0])
    real = trainer_module.evaluate
    monkeypatch.setattr(
        trainer_module,
        "evaluate",
        lambda *a, **k: type(real(*a, **k))(next(scores), 0.0, 0.0, lines=2, points=37),
    )
    result = trainer(data, tmp_path / "run").train()
    assert (result.best, result.best_epoch, result.epochs) == (1.0, 2, 3)
    best = model_file.read(tmp_path / "run" / "best.safetensors")
    assert (best.about["training"]["epoch"], best.about["log_loss"]["nats_per_sequence"]) == (2, 1.0)
    assert not same_weights(best.tensors, weights(tmp_path / "run"))


def test_model_file_has_data_settings_and_loss(data, tmp_path):
    trainer(data, tmp_path / "run", epochs=1).train()
    model = model_file.read(tmp_path / "run" / "best.safetensors")
    assert model.normalisation == data.normalisation
    assert model.about["data"] == {"names": ["made by hand"]}
    assert model.about["training"]["train"]["seed"] == 5
    assert model.about["training"]["lines"] == 6
    assert model.about["log_loss"]["protocol"] == "graves"


def test_model_file_has_the_ink_size_of_the_training_lines(tmp_path):
    data = tiny_dataset(tmp_path / "data", valid=(60, 80, 90))
    trainer(data, tmp_path / "run", epochs=1).train()
    size = Size.from_json(model_file.read(tmp_path / "run" / "best.safetensors").about["hand"])
    assert size == size_of_lines(data, data.split("train"))
    assert size != size_of_lines(data, range(len(data)))


def break_loss(run, bad):
    """Make the loss NaN at every step, counted from 0, for which `bad(step)` is true."""
    real, count = run.learner.loss, iter(range(10**6))

    def loss(*arguments):
        nats = real(*arguments)
        return nats * math.nan if bad(next(count)) else nats

    run.learner.loss = loss


def test_nonfinite_step_is_skipped_and_counted(data, tmp_path):
    run = trainer(data, tmp_path / "run", batch_size=1)
    break_loss(run, lambda step: step == 3)
    run.train()
    assert run.progress.skipped == 1
    assert all(np.isfinite(v).all() for v in weights(tmp_path / "run").values())
    assert all(
        math.isfinite(row["train_nats_per_point"]) for row in rows(tmp_path / "run") if "loss" not in row
    )
    assert next(row for row in rows(tmp_path / "run") if "loss" in row)["skipped"] == 1


def test_skipped_step_changes_no_weight(data, tmp_path):
    run = trainer(data, tmp_path / "run", epochs=1)
    before = run.network.tensors()
    break_loss(run, lambda step: True)
    stop_after(run, 2)
    with pytest.raises(StopRequestedError):
        run.train()
    assert same_weights(before, run.network.tensors())


def test_run_stopped_after_a_skipped_step_can_be_resumed(data, tmp_path):
    run = trainer(data, tmp_path / "run")
    break_loss(run, lambda step: step == 1)
    stop_after(run, 2)
    with pytest.raises(StopRequestedError):
        run.train()
    result = trainer(data, tmp_path / "run", resume=True).train()
    assert result.epochs == 3


@pytest.mark.parametrize("window", [5, 15], ids=["within an epoch", "across short epochs"])
def test_run_gives_up_after_ten_nonfinite_steps(data, tmp_path, window):
    run = trainer(data, tmp_path / "run", epochs=9, batch_size=1, window=window)
    assert (len(Epoch(data, run.data.train_lines, 1, window, 5, 0)) < 12) == (window == 15)
    break_loss(run, lambda step: step >= 2)
    with pytest.raises(HwError, match="10 steps in a row") as caught:
        run.train()
    assert f"hw train --resume -o {tmp_path / 'run'} --lr" in caught.value.hint
    assert run.progress.step == 12


def test_run_that_gave_up_resumes_from_before_with_smaller_steps(data, tmp_path):
    """What was saved while no step changed a weight would lead to the same end."""
    run = trainer(data, tmp_path / "run", epochs=9, batch_size=1, window=5, checkpoint_minutes=1e-9)
    break_loss(run, lambda step: step >= 3)
    with pytest.raises(HwError, match="10 steps in a row"):
        run.train()
    again = trainer(data, tmp_path / "run", resume=True, epochs=1, batch_size=1, window=5, lr=0.001, clip=1.0)
    assert again.progress.step == 3
    again.train()
    steps = [row for row in rows(tmp_path / "run") if "lr" in row]
    assert {row["lr"] for row in steps} == {0.001}


def test_outlier_of_a_thousand_deviations_causes_no_skipped_step(tmp_path):
    data = tiny_dataset(tmp_path / "d", train=(30,) * 4)
    offsets = np.load(tmp_path / "d" / "offsets.npy")
    offsets[40] = [32_000, -32_000, 1]
    extreme = type(data)(data.path, offsets, data.starts, data.lines, data.normalisation, data.source)
    run = trainer(extreme, tmp_path / "run", lr=0.05, epochs=5)
    run.train()
    assert run.progress.skipped == 0
    assert all(np.isfinite(v).all() for v in weights(tmp_path / "run").values())


def test_last_model_is_the_best_without_validation_lines(tmp_path):
    data = tiny_dataset(tmp_path / "d", valid=())
    result = trainer(data, tmp_path / "run", epochs=2).train()
    assert (result.best, result.epochs) == (None, 2)
    assert same_weights(weights(tmp_path / "run", "best"), weights(tmp_path / "run"))


def test_resume_with_another_dataset_is_refused(data, tmp_path):
    trainer(data, tmp_path / "run", epochs=1).train()
    other = tiny_dataset(tmp_path / "other", train=(9, 30, 17, 5, 22, 40))
    with pytest.raises(HwError, match="is not the dataset"):
        trainer(other, tmp_path / "run", resume=True)


@pytest.mark.parametrize("write", range(8))
def test_run_survives_a_full_disk_at_any_write(data, tmp_path, monkeypatch, write):
    trainer(data, tmp_path / "whole").train()
    count = iter(range(1000))

    def fsync(_):
        if next(count) >= write:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", fsync)
    with pytest.raises(HwError, match="no space left on device"):
        trainer(data, tmp_path / "run").train()
    monkeypatch.setattr("os.fsync", lambda _: None)
    names = [path.name for path in (tmp_path / "run").rglob("*")]
    assert not [name for name in names if name.startswith(".")]
    resume = "checkpoint" in names and any((tmp_path / "run" / "checkpoint").iterdir())
    trainer(data, tmp_path / "run", resume=resume).train()
    assert same_weights(weights(tmp_path / "whole"), weights(tmp_path / "run"))
    assert without_speed(tmp_path / "whole") == without_speed(tmp_path / "run")


@pytest.mark.parametrize(
    ("settings", "rates"),
    [
        ({"schedule": "constant"}, [1, 1, 1, 1, 1, 1]),
        ({"schedule": "exponential", "decay": 0.5}, [1, 1, 0.5, 0.5, 0.25, 0.25]),
        ({"schedule": "cosine", "epochs": 3}, [0.5 * (1 + math.cos(math.pi * k / 6)) for k in range(6)]),
        ({"schedule": "constant", "warmup": 4}, [0.25, 0.5, 0.75, 1, 1, 1]),
    ],
    ids=lambda v: " ".join(map(str, v.values())) if isinstance(v, dict) else "",
)
def test_learning_rate_follows_its_schedule(settings, rates):
    config = TrainConfig(lr=1.0, **settings)
    assert [learning_rate(config, step, step / 2) for step in range(6)] == pytest.approx(rates)


def test_loss_falls_with_bfloat16(tmp_path):
    data = tiny_dataset(tmp_path / "d", train=(60,) * 4, learnable=True)
    run = trainer(data, tmp_path / "run", precision="bfloat16", epochs=8)
    run.train()
    epochs = [row["train_nats_per_point"] for row in epoch_rows(tmp_path / "run")]
    assert run.progress.skipped == 0
    assert epochs[-1] < epochs[0] - 0.3
