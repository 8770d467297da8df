"""One optimisation step, the prefetching of batches, and the lines behind a non-finite loss."""

import copy
import math

import numpy as np
import pytest
import torch

from handmade import dataset_of, offsets_of, tiny_dataset
from hwcli.dataset.epochs.batches import Epoch
from hwcli.dataset.store import Dataset
from hwcli.errors import HwError
from hwcli.network.network import Network
from hwcli.training.nonfinite import describe_nonfinite_lines
from hwcli.training.prefetch import prefetch
from learning import CPU, batches, learner, run_steps, same, weights
from small_runs import trainer


@pytest.fixture
def data(tmp_path):
    return tiny_dataset(tmp_path / "data")


def test_step_matches_torch_adam_with_clipped_gradient(data):
    """Compare with torch's own LSTM, autograd and Adam on the mean loss."""
    ours, (batch, *_) = learner(data, clip=0.5, lr=0.01), batches(data)
    twin = Network(ours.network.shape, data.normalisation.sigma_min).train()
    twin.load_state_dict(ours.network.state_dict())
    ((nats, norm, skipped),) = run_steps(ours, [batch])
    adam = torch.optim.Adam(twin.parameters(), lr=0.01)
    state, outputs, below = twin.zero_state(3), [], batch.inputs
    for layer, lstm in enumerate(twin.layers):
        parts = [below, batch.inputs] if layer else [below]
        below, _ = lstm(torch.cat([*parts, batch.reset.unsqueeze(-1)], -1), state[layer])
        outputs.append(below)
    total = ours.loss(twin.output(torch.cat(outputs, -1)), batch, twin.sigma_min).sum()
    (total / batch.points).backward()
    length = math.sqrt(sum(float((p.grad**2).sum()) for p in twin.parameters()))
    assert length > 0.5  # so clipping matters
    results = (float(nats), float(norm), float(skipped))
    assert results == pytest.approx((float(total.detach()), length, 0), rel=1e-5)
    for p in twin.parameters():
        p.grad *= 0.5 / length
    adam.step()
    twin.pin_reset()
    for one, other in zip(ours.network.parameters(), twin.parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)


def test_average_is_over_the_weights_of_all_steps(data):
    ours = learner(data, average=0.9)
    expected = weights(ours.network)
    state = ours.network.zero_state(3)
    for k, batch in enumerate(batches(data)):
        state, _ = ours.step(batch, state, k, 0.01)
        keep = min(0.9, (1 + k) / (10 + k))
        expected = [keep * e + (1 - keep) * w for e, w in zip(expected, weights(ours.network), strict=True)]
    assert ours.result is ours.average
    for p, wanted in zip(ours.result.parameters(), expected, strict=True):
        torch.testing.assert_close(p, wanted)
    assert not same(weights(ours.result), weights(ours.network))


def test_result_is_the_network_itself_without_average(data):
    ours = learner(data)
    assert ours.result is ours.network


def test_dropout_depends_only_on_seed_and_step(data):
    one, other, third = (learner(data, dropout=0.5) for _ in range(3))
    some = batches(data)
    first = run_steps(one, some)
    torch.manual_seed(99)
    assert same(first, run_steps(other, some))
    third.seed = 8
    assert not same(first, run_steps(third, some))


@pytest.mark.parametrize("times", [math.nan, 1e9], ids=["not a number", "exploded"])
def test_skipped_step_changes_neither_weights_nor_optimiser_state(data, times):
    ours = learner(data)
    some = batches(data)
    run_steps(ours, some[:2])
    before = weights(ours.network)
    memory = copy.deepcopy(ours.optimiser.state_dict()["state"])
    real, ours.loss = ours.loss, lambda *a: real(*a) * times
    _, (nats, _, skipped) = ours.step(some[2], ours.network.zero_state(3), 2, 0.01)
    assert math.isnan(nats) == math.isnan(times)
    assert skipped == 1
    assert same(before, weights(ours.network))
    for k, slots in ours.optimiser.state_dict()["state"].items():
        assert same(memory[k].values(), slots.values())


def test_nonfinite_lane_keeps_its_previous_state(data):
    ours = learner(data)
    batch = batches(data)[0]
    batch.inputs[3, 1] = math.nan
    state = [(torch.full_like(h, 0.25), torch.full_like(c, 0.5)) for h, c in ours.network.zero_state(3)]
    after, _ = ours.step(batch, state, 0, 0.01)
    for (h, c), (old_h, old_c) in zip(after, state, strict=True):
        assert torch.equal(h[:, 1], old_h[:, 1])
        assert torch.equal(c[:, 1], old_c[:, 1])
        assert h.isfinite().all()
        assert not torch.equal(h[:, 0], old_h[:, 0])


def test_prefetch_yields_batches_in_order_from_any_start(data):
    epoch = Epoch(data, data.split("train"), 3, 8, 1, 0)
    made = list(prefetch(epoch, 2, CPU))
    assert len(made) == len(epoch) - 2
    for k, batch in enumerate(made, 2):
        np.testing.assert_array_equal(batch.inputs.numpy(), epoch[k].inputs)
        assert batch.points == int(epoch[k].eos_weight.sum()) == epoch.points(k)


def test_prefetch_raises_the_errors_of_its_thread(data, monkeypatch):
    def broken(self, k):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Epoch, "__getitem__", broken)
    with pytest.raises(OSError, match="Input/output error"):
        next(prefetch(Epoch(data, data.split("train"), 3, 8, 1, 0), 0, CPU))


def test_shares_of_the_lanes_make_up_the_batch(data):
    whole = batches(data, lanes=5)
    left, right = (batches(data, lanes=5, part=part) for part in (slice(0, 2), slice(2, 5)))
    for one, a, b in zip(whole, left, right, strict=True):
        assert torch.equal(one.inputs, torch.cat([a.inputs, b.inputs], 1))
        assert torch.equal(one.eos_weight, torch.cat([a.eos_weight, b.eos_weight], 1))
        assert a.points == b.points == one.points


def broken_dataset(tmp_path) -> Dataset:
    """Six lines, of which `f003-01` consists of NaN."""
    data = dataset_of(tmp_path / "d", [offsets_of(90, k) for k in range(6)])
    offsets = np.array(data.offsets, np.float32)
    offsets[data.starts[3] + 1 : data.starts[4], 0] = np.nan
    return Dataset(data.path, offsets, data.starts, data.lines, data.normalisation, data.source)


def test_run_that_gives_up_names_the_broken_line(tmp_path):
    run = trainer(broken_dataset(tmp_path), tmp_path / "run", batch_size=6, window=5)
    with pytest.raises(HwError, match="10 steps in a row") as caught:
        run.train()
    assert "no finite loss in f003-01" in caught.value.message
    assert "f002-01" not in caught.value.message
    assert all(p.isfinite().all() for p in run.network.parameters())


def test_largest_losses_are_named_if_all_are_finite(tmp_path):
    data = dataset_of(tmp_path / "d", [offsets_of(40, k) for k in range(4)])
    offsets = np.array(data.offsets, np.float32)
    offsets[data.starts[2] + 5] = [9_000, -9_000, 1]
    wild = Dataset(data.path, offsets, data.starts, data.lines, data.normalisation, data.source)
    epoch = Epoch(wild, [0, 1, 2, 3], 4, 60, 1, 0)
    ours = learner(data)
    message = describe_nonfinite_lines(ours.network, wild, epoch, 0, ours.network.zero_state(4))
    assert message.startswith("the largest loss is in f002-01")


def test_at_most_five_lines_are_named(tmp_path):
    lines = [offsets_of(6, k) for k in range(9)]
    data = dataset_of(tmp_path / "d", lines)
    offsets = np.full_like(np.array(data.offsets, np.float32), np.nan)
    broken = Dataset(data.path, offsets, data.starts, data.lines, data.normalisation, data.source)
    epoch = Epoch(broken, range(9), 1, 80, 1, 0)
    message = describe_nonfinite_lines(learner(data).network, broken, epoch, 0, [])
    assert message.count("-01") == 5
    assert message.endswith("and 4 more")
