"""A network that is told the source of its lines learns sources apart, and writes in the manner of one."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from handmade import offsets_of
from hwcli.config.sections import ModelConfig
from hwcli.dataset import store
from hwcli.dataset.epochs.batches import Epoch, whole_lines
from hwcli.dataset.epochs.told_sources import NONE, UNTOLD, ToldSources
from hwcli.dataset.store import LineInfo, LineTable, Source, open_dataset
from hwcli.engine.lstm import Engine, Weights
from hwcli.errors import HwError
from hwcli.evaluation.scores import lines_to_score
from hwcli.evaluation.scoring import score_lines
from hwcli.model import file as model_files
from hwcli.model.file import ModelFile
from hwcli.model.shape import Shape
from hwcli.network.fused_loss import fused_log_loss
from hwcli.network.network import Network
from hwcli.network.window_steps import Text
from hwcli.normalisation import Normalisation
from hwcli.sampling.load import load_model
from hwcli.training.trainer import StopRequestedError
from hwcli.training.validation import score_in_torch
from small_runs import same_weights, stop_after, trainer, weights

MODEL = ModelConfig(layers=2, hidden=16, mixtures=3, skip=True, dropout=0, sources=True)
KINDS = [MODEL, replace(MODEL, skip=False), replace(MODEL, kind="synthesis", gaussians=2)]


@pytest.fixture
def data(tmp_path):
    """A dataset whose sources write the same lines to the right and to the left."""
    folder = tmp_path / "data"
    folder.mkdir()
    infos, lines = [], []
    for k in range(40):
        source, split = k % 2, "valid" if k >= 36 else "train"
        rows = offsets_of(30 + k % 5, k // 2, learnable=True)
        rows[:, 0] *= 1 - 2 * source
        infos.append(LineInfo(f"line{k}", f"line{k}", split, "abba", source))
        lines.append(rows)
    starts = np.concatenate([[0], np.cumsum([len(line) for line in lines])]).astype(np.int64)
    store.write(folder, np.concatenate(lines), starts, infos, {}, [Source("right"), Source("left")])
    return open_dataset(folder)


def rows_of(data, **settings):
    """Return the inputs of a first epoch's only batch and, lane by lane, its line."""
    told = ToldSources.of(data, ["left", "right"])
    lines = data.split("train")
    epoch = Epoch(data, lines, len(lines), 40, seed=1, epoch=0, told=told, **settings)
    return epoch[0], [lane[0] for lane in epoch.lanes]


def test_each_row_of_a_line_has_a_1_in_the_column_of_its_source(data):
    batch, lines = rows_of(data)
    untold = 0
    for lane, line in enumerate(lines):
        steps = 1 - batch.reset[:, lane]
        columns = batch.inputs[:, lane, 3:]
        own = 1 - data.lines[line].source  # in the order of `told`
        assert not columns[:, 1 - own].any()
        assert (columns[:, own] == steps).all() or not columns.any()
        untold += not columns.any()
    assert 0 < untold < len(lines) / 2


def test_about_as_many_lines_are_untold_as_documented_and_other_ones_each_epoch():
    told = ToldSources(("a",), np.zeros(20_000, np.int64))
    first, second = (told.in_epoch(1, epoch).of_line == NONE for epoch in (0, 1))
    assert first.mean() == pytest.approx(UNTOLD, abs=0.01)
    assert (first & second).mean() == pytest.approx(UNTOLD**2, abs=0.01)


def test_a_source_that_is_not_known_is_not_told(data):
    told = ToldSources.of(data, ["left"])
    inputs = whole_lines(data, [0, 1], data.normalisation, told=told).inputs
    assert inputs.shape[2] == 4
    assert not inputs[:, 0, 3].any()
    assert inputs[:, 1, 3].all()


@pytest.mark.parametrize("model", KINDS, ids=("skip", "plain", "synthesis"))
def test_it_learns_the_sources_apart_and_writes_in_the_manner_of_each(data, tmp_path, model):
    trainer(data, tmp_path / "run", model=model, epochs=30, lr=0.03, batch_size=12).train()
    written = load_model(tmp_path / "run" / "last.safetensors")
    assert written.file.sources == ("right", "left")
    text = "abba" if written.file.alphabet else None
    widths = {}
    for written.source in ("right", "left"):
        inks = written.sample_many(12, points=30, seed=1, text=text, tries=1)
        widths[written.source] = np.median([ink.points[-1, 0] for ink in inks])
    assert widths["right"] > 0 > widths["left"]


@pytest.mark.parametrize("model", KINDS, ids=("skip", "plain", "synthesis"))
def test_lines_of_several_sources_cost_what_the_network_in_training_says(data, tmp_path, model):
    trainer(data, tmp_path / "run", model=model, epochs=8, lr=0.02).train()
    file = model_files.read(tmp_path / "run" / "last.safetensors")
    lines, texts = lines_to_score(data, "train", file.alphabet)
    told = ToldSources.of(data, file.sources)
    network = Network.of(file)
    scores = score_lines(file, data, lines, texts=texts, told=told)
    batch = whole_lines(data, lines, file.normalisation, texts, told)
    text = None if batch.text is None else Text(torch.from_numpy(batch.text.codes), (0,))
    arrays = (torch.from_numpy(a) for a in (batch.targets, batch.offset_weight, batch.eos_weight))
    with torch.no_grad():
        state = network.eval().zero_state(len(lines))
        raw, _ = network(torch.from_numpy(batch.inputs), torch.zeros(batch.reset.shape), state, text)
        nats = fused_log_loss(raw, *arrays, network.sigma_min).sum(0)
    assert scores.nats == pytest.approx(nats.numpy(), rel=1e-4)
    unknown = ToldSources.of(data, ["x", "y"])
    untold = score_lines(file, data, lines, texts=texts, told=unknown)
    assert abs(untold.nats - scores.nats).max() > 0.01


@pytest.mark.parametrize("skip", [True, False])
def test_the_engine_is_told_weights_of_sources_as_the_network_is(skip):
    shape = Shape(2, 6, 3, skip, sources=2)
    network = Network(shape, (0.01, 0.01)).double().eval()
    network.initialise(torch.Generator().manual_seed(1))
    file = ModelFile(shape, Normalisation((0, 0), (1, 1), 0.0), network.tensors(), sources=("a", "b"))
    network.load_tensors(file.tensors)
    told = np.array([0.7, -1.3])
    rows = np.random.default_rng(1).normal(size=(9, 4, 3))
    engine = Engine(Weights.of(file, np.float64, told), 4)
    found = np.stack([engine.step(row.T).T.copy() for row in rows])
    inputs = torch.from_numpy(np.concatenate([rows, np.broadcast_to(told, (9, 4, 2))], 2))
    with torch.no_grad():
        expected, _ = network(inputs, torch.zeros(9, 4).double(), network.zero_state(4))
    assert found == pytest.approx(expected.numpy(), abs=1e-6)
    untold = Engine(Weights.of(file, np.float64), 4).step(rows[0].T).T
    assert abs(untold - found[0]).max() > 1e-3


@pytest.mark.parametrize("tell", [True, False])
def test_other_devices_give_the_same_score_told_or_not(data, tell):
    """The way of GPUs, on the CPU: torch runs the network on a whole group."""
    network = Network(Shape(2, 6, 3, True, sources=2), data.normalisation.sigma_min)
    network.initialise(torch.Generator().manual_seed(1))
    told = ToldSources.of(data, ["left", "right"]) if tell else None
    file = ModelFile(network.shape, data.normalisation, network.tensors())
    here = score_lines(file, data, range(8), told=told)
    there = score_in_torch(network, data, range(8), data.normalisation, told=told)
    np.testing.assert_allclose(there.nats, here.nats, rtol=1e-5)


def test_a_run_that_is_told_sources_resumes_bit_exactly(data, tmp_path):
    how = {"model": MODEL, "epochs": 3, "batch_size": 5}
    trainer(data, tmp_path / "whole", **how).train()
    parts = trainer(data, tmp_path / "parts", **how)
    stop_after(parts, 7)
    with pytest.raises(StopRequestedError):
        parts.train()
    trainer(data, tmp_path / "parts", resume=True, **how).train()
    assert same_weights(weights(tmp_path / "whole"), weights(tmp_path / "parts"))


def test_training_goes_on_with_a_further_source_from_a_model_that_knows_none(data, tmp_path):
    trainer(data, tmp_path / "old", model=replace(MODEL, sources=False), epochs=1).train()
    start = model_files.read(tmp_path / "old" / "last.safetensors")
    run = trainer(data, tmp_path / "new", model=MODEL, epochs=1, start=start)
    file = run._model()
    assert file.sources == ("right", "left")
    for name, array in start.tensors.items():
        assert (file.tensors[name][..., : array.shape[-1]] == array).all()
        assert not file.tensors[name][..., array.shape[-1] :].any()


def test_a_hand_learned_after_others_begins_in_the_default_manner_and_becomes_the_default(data, tmp_path):
    trainer(data, tmp_path / "old", model=MODEL, epochs=2).train()
    start = model_files.read(tmp_path / "old" / "last.safetensors")
    start = replace(start, about={**start.about, "source": "left"})
    mine = replace(data, sources=(Source("mine"), Source("left")))
    only = replace(mine, lines=LineTable.of(replace(line, source=0) for line in data.lines))
    file = trainer(only, tmp_path / "new", model=MODEL, epochs=1, start=start)._model()
    assert file.sources == ("right", "left", "mine")
    assert file.about["source"] == "mine"
    for layer in range(2):
        columns = file.tensors[f"lstm.{layer}.input"]
        assert (columns[:, -1] == columns[:, -2]).all()


def test_a_model_refuses_a_source_that_it_does_not_know(data, tmp_path):
    trainer(data, tmp_path / "run", model=MODEL, epochs=1).train()
    model = load_model(tmp_path / "run" / "last.safetensors")
    for wrong, message in {"up": "knows no source 'up'", "left=x": "'left=x': expected", "": "''"}.items():
        with pytest.raises(HwError, match=message):
            model.source = wrong
    assert model.source is None


def test_statistics_are_those_of_the_first_source(data, tmp_path):
    first = [line for line in data.split("train") if not data.lines[line].source]
    rows = np.concatenate([data.line(line)[1:, :2] for line in first])
    assert data.normalisation.mean == pytest.approx(rows.mean(0), rel=1e-6)
