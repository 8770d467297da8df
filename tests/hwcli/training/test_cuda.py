"""Training on a GPU agrees with the CPU and never waits for the device."""

import shutil
from dataclasses import replace

import pytest
import torch

from handmade import tiny_dataset
from hwcli.config.sections import Config, ModelConfig, TrainConfig
from hwcli.training.prefetch import prefetch
from hwcli.training.trainer import Trainer
from hwcli.training.validation import evaluate
from small_runs import epoch_rows, same_weights, trainer, weights, without_speed

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
MODEL = ModelConfig(layers=2, hidden=16, mixtures=3, skip=True, dropout=0)
MODELS = [MODEL, replace(MODEL, kind="synthesis", gaussians=3)]


@pytest.fixture
def data(tmp_path):
    texts = ["two words", "one", "ten", "a bee", "sun", "toe", "on", "no", "new", "net"]
    return tiny_dataset(tmp_path / "data", train=(60,) * 8, valid=(50, 30), texts=texts, learnable=True)


def losses(run) -> list[float]:
    return [row["train_nats_per_point"] for row in epoch_rows(run)]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.kind)
@pytest.mark.parametrize("optimiser", ["adam", "muon"])
def test_gpu_and_cpu_have_the_same_losses(data, tmp_path, model, optimiser):
    for device in ("cpu", "cuda"):
        trainer(data, tmp_path / device, device=device, model=model, lr=0.003, optimiser=optimiser).train()
    assert losses(tmp_path / "cuda") == pytest.approx(losses(tmp_path / "cpu"), abs=1e-3)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.kind)
@pytest.mark.parametrize("settings", [{"precision": "bfloat16"}, {"average": 0.9}], ids=str)
def test_loss_falls_with_bfloat16_and_with_averaging(data, tmp_path, settings, model):
    run = trainer(data, tmp_path / "run", device="cuda", model=model, epochs=12, lr=0.02, **settings)
    run.train()
    assert run.progress.skipped == 0
    assert losses(tmp_path / "run")[-1] < losses(tmp_path / "run")[0] - 0.5


def test_resume_on_the_gpu_is_bit_exact(data, tmp_path):
    trainer(data, tmp_path / "whole", device="cuda").train()
    trainer(data, tmp_path / "parts", device="cuda", epochs=1).train()
    trainer(data, tmp_path / "parts", device="cuda", resume=True).train()
    assert same_weights(weights(tmp_path / "whole"), weights(tmp_path / "parts"))
    assert without_speed(tmp_path / "whole") == without_speed(tmp_path / "parts")


def test_run_can_move_between_gpu_and_cpu(data, tmp_path):
    trainer(data, tmp_path / "run", device="cuda", epochs=1).train()
    trainer(data, tmp_path / "run", device="cpu", epochs=2, resume=True).train()
    assert trainer(data, tmp_path / "run", device="cuda", resume=True).train().epochs == 3


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.kind)
def test_gpu_and_cpu_have_the_same_score(data, tmp_path, model):
    run = trainer(data, tmp_path / "run", device="cuda", model=model)
    texts = run.data.texts
    gpu = evaluate(run.network, data, data.split("train"), data.normalisation, texts=texts)
    cpu = evaluate(run.network.cpu(), data, data.split("train"), data.normalisation, texts=texts)
    assert gpu.nats_per_sequence == pytest.approx(cpu.nats_per_sequence, rel=1e-5)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.kind)
def test_a_step_never_waits_for_the_gpu(data, tmp_path, model):
    settings = TrainConfig(device="cuda", batch_size=4, window=20)
    run = Trainer(data, tmp_path, Config(model=model, train=settings), seed=1)
    epoch = run._epoch()
    made = list(prefetch(epoch, 0, run.device))
    for batch in made[:2]:  # the first step allocates, and the second captures: both wait
        run._step(batch, epoch)
    torch.cuda.set_sync_debug_mode("error")
    try:
        for batch in made[2:5]:
            run._step(batch, epoch)
    finally:
        torch.cuda.set_sync_debug_mode("default")


def test_copied_cpu_run_resumes_on_the_gpu(data, tmp_path):
    trainer(data, tmp_path / "run", epochs=1).train()
    shutil.copytree(tmp_path / "run", tmp_path / "again")
    assert trainer(data, tmp_path / "again", device="cuda", resume=True).train().epochs == 3
