"""One step of learning, and what a run is told when steps go wrong."""

import copy
import math

import numpy as np
import pytest
import torch

from handmade import dataset_of, offsets_of, tiny_dataset
from hwcli.dataset.batches import Epoch
from hwcli.dataset.store import Dataset
from hwcli.errors import HwError
from hwcli.network.network import Network
from hwcli.training.nonfinite import culprits
from hwcli.training.prefetch import feed
from learning import CPU, batches, learn, learner, same, weights
from small_runs import trainer


@pytest.fixture
def data(tmp_path):
    return tiny_dataset(tmp_path / "data")


def test_a_step_is_that_of_adam_on_the_mean_loss_with_the_gradient_clipped(data):
    """The same step by torch's own LSTM, autograd and Adam."""
    who, (batch, *_) = learner(data, clip=0.5, lr=0.01), batches(data)
    twin = Network(who.network.shape, data.normalisation.sigma_min).train()
    twin.load_state_dict(who.network.state_dict())
    ((nats, norm, skipped),) = learn(who, [batch])
    adam = torch.optim.Adam(twin.parameters(), lr=0.01)
    state, outputs, below = twin.zero_state(3), [], batch.inputs
    for layer, lstm in enumerate(twin.layers):
        parts = [below, batch.inputs] if layer else [below]
        below, _ = lstm(torch.cat([*parts, batch.reset.unsqueeze(-1)], -1), state[layer])
        outputs.append(below)
    total = who.loss(twin.output(torch.cat(outputs, -1)), batch, twin.sigma_min).sum()
    (total / batch.points).backward()
    length = math.sqrt(sum(float((p.grad**2).sum()) for p in twin.parameters()))
    assert length > 0.5  # it is clipped
    told = (float(nats), float(norm), float(skipped))
    assert told == pytest.approx((float(total.detach()), length, 0), rel=1e-5)
    for p in twin.parameters():
        p.grad *= 0.5 / length
    adam.step()
    twin.pin_reset()
    for one, other in zip(who.network.parameters(), twin.parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)


def test_the_average_is_over_the_weights_of_the_steps(data):
    who = learner(data, average=0.9)
    expected = weights(who.network)
    state = who.network.zero_state(3)
    for k, batch in enumerate(batches(data)):
        state, _ = who.step(batch, state, k, 0.01)
        keep = min(0.9, (1 + k) / (10 + k))
        expected = [keep * e + (1 - keep) * w for e, w in zip(expected, weights(who.network), strict=True)]
    assert who.result is who.average
    for p, wanted in zip(who.result.parameters(), expected, strict=True):
        torch.testing.assert_close(p, wanted)
    assert not same(weights(who.result), weights(who.network))


def test_without_an_average_the_network_itself_is_the_result(data):
    who = learner(data)
    assert who.result is who.network


def test_dropout_depends_on_the_seed_and_the_step_alone(data):
    one, other, third = (learner(data, dropout=0.5) for _ in range(3))
    some = batches(data)
    first = learn(one, some)
    torch.manual_seed(99)
    assert same(first, learn(other, some))
    third.seed = 8
    assert not same(first, learn(third, some))


def test_a_skipped_step_moves_neither_the_weights_nor_adams_memory(data):
    who = learner(data)
    some = batches(data)
    learn(who, some[:2])
    before = weights(who.network)
    memory = copy.deepcopy(who.optimiser.state_dict()["state"])
    real, who.loss = who.loss, lambda *a: real(*a) * math.nan
    _, (nats, _, skipped) = who.step(some[2], who.network.zero_state(3), 2, 0.01)
    assert math.isnan(nats)
    assert skipped == 1
    assert same(before, weights(who.network))
    for k, slots in who.optimiser.state_dict()["state"].items():
        assert same(memory[k].values(), slots.values())


def test_a_lane_that_blew_up_goes_on_from_where_it_was(data):
    who = learner(data)
    batch = batches(data)[0]
    batch.inputs[3, 1] = math.nan
    state = [(torch.full_like(h, 0.25), torch.full_like(c, 0.5)) for h, c in who.network.zero_state(3)]
    after, _ = who.step(batch, state, 0, 0.01)
    for (h, c), (old_h, old_c) in zip(after, state, strict=True):
        assert torch.equal(h[:, 1], old_h[:, 1])
        assert torch.equal(c[:, 1], old_c[:, 1])
        assert h.isfinite().all()
        assert not torch.equal(h[:, 0], old_h[:, 0])


def test_the_windows_come_in_order_from_anywhere(data):
    epoch = Epoch(data, data.split("train"), 3, 8, 1, 0)
    made = list(feed(epoch, 2, CPU))
    assert len(made) == len(epoch) - 2
    for k, batch in enumerate(made, 2):
        np.testing.assert_array_equal(batch.inputs.numpy(), epoch[k].inputs)
        assert batch.points == int(epoch[k].eos_weight.sum()) == epoch.points(k)


def test_a_window_that_cannot_be_made_is_an_error_where_it_is_wanted(data, monkeypatch):
    def broken(self, k):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Epoch, "__getitem__", broken)
    with pytest.raises(OSError, match="Input/output error"):
        next(feed(Epoch(data, data.split("train"), 3, 8, 1, 0), 0, CPU))


def test_parts_of_the_lanes_make_the_whole_window(data):
    whole = batches(data, lanes=5)
    left, right = (batches(data, lanes=5, part=part) for part in (slice(0, 2), slice(2, 5)))
    for one, a, b in zip(whole, left, right, strict=True):
        assert torch.equal(one.inputs, torch.cat([a.inputs, b.inputs], 1))
        assert torch.equal(one.eos_weight, torch.cat([a.eos_weight, b.eos_weight], 1))
        assert a.points == b.points == one.points


def broken_dataset(tmp_path) -> Dataset:
    """Six lines, of which `f003-01` holds what is no number, over and over."""
    data = dataset_of(tmp_path / "d", [offsets_of(90, k) for k in range(6)])
    offsets = np.array(data.offsets, np.float32)
    offsets[data.starts[3] + 1 : data.starts[4], 0] = np.nan
    return Dataset(data.path, offsets, data.starts, data.lines, data.normalisation, data.source)


def test_a_run_that_gives_up_names_the_line_that_is_to_blame(tmp_path):
    run = trainer(broken_dataset(tmp_path), tmp_path / "run", batch_size=6, window=5)
    with pytest.raises(HwError, match="10 steps in a row") as caught:
        run.train()
    assert "no finite loss in f003-01" in caught.value.message
    assert "f002-01" not in caught.value.message
    assert all(p.isfinite().all() for p in run.network.parameters())


def test_where_every_loss_is_finite_the_largest_are_named(tmp_path):
    data = dataset_of(tmp_path / "d", [offsets_of(40, k) for k in range(4)])
    offsets = np.array(data.offsets, np.float32)
    offsets[data.starts[2] + 5] = [9_000, -9_000, 1]
    wild = Dataset(data.path, offsets, data.starts, data.lines, data.normalisation, data.source)
    epoch = Epoch(wild, [0, 1, 2, 3], 4, 60, 1, 0)
    who = learner(data)
    said = culprits(who.network, wild, epoch, 0, who.network.zero_state(4))
    assert said.startswith("the largest loss is in f002-01")


def test_no_more_than_five_lines_are_named(tmp_path):
    lines = [offsets_of(6, k) for k in range(9)]
    data = dataset_of(tmp_path / "d", lines)
    offsets = np.full_like(np.array(data.offsets, np.float32), np.nan)
    broken = Dataset(data.path, offsets, data.starts, data.lines, data.normalisation, data.source)
    epoch = Epoch(broken, range(9), 1, 80, 1, 0)
    said = culprits(learner(data).network, broken, epoch, 0, [])
    assert said.count("-01") == 5
    assert said.endswith("and 4 more")
