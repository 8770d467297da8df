"""Muon's steps compared with singular value decompositions in float64."""

import numpy as np
import pytest
import torch

from handmade import tiny_dataset
from hwcli.model.reader_shape import ReaderShape
from hwcli.network.reader_network import ReaderNetwork
from hwcli.training.muon import COEFFICIENTS, Muon, orthogonalise, reader_matrices
from learning import HIDDEN, batches, learner, run_steps, same, weights


@pytest.fixture
def data(tmp_path):
    return tiny_dataset(tmp_path / "data")


def by_svd(matrix: np.ndarray) -> np.ndarray:
    """The iteration written out: its polynomial applied to every singular value, five times."""
    u, s, vt = np.linalg.svd(matrix.astype(np.float64), full_matrices=False)
    s /= np.sqrt((s**2).sum())
    a, b, c = COEFFICIENTS
    for _ in range(5):
        s = a * s + b * s**3 + c * s**5
    return u @ np.diag(s) @ vt


def test_orthogonalise_keeps_singular_vectors_and_moves_values_to_1():
    matrices = torch.randn(4, 40, 40, generator=torch.Generator().manual_seed(1))
    found = orthogonalise(matrices).numpy()
    assert found == pytest.approx(np.stack([by_svd(m) for m in matrices.numpy()]), abs=1e-4)
    values = np.linalg.svd(found)[1]
    assert values.max() < 1.25
    assert np.median(values) == pytest.approx(1, abs=0.3)
    bfloat16 = orthogonalise(matrices.bfloat16()).float().numpy()
    assert np.linalg.norm(bfloat16 - found) < 0.05 * np.linalg.norm(found)


def test_orthogonalise_keeps_zero():
    assert not orthogonalise(torch.zeros(2, 5, 5)).any()


def parts(ours):
    """Split every parameter: its name, the part that Muon moves (4 hidden, hidden) or None, and the rest."""
    for name, p in ours.network.named_parameters():
        square = name in ("lstm.0.weight_hh_l0", "lstm.1.weight_hh_l0", "lstm.1.weight_ih_l0")
        columns = HIDDEN if square else 0
        yield name, p[:, :columns] if columns else None, p[:, columns:] if columns else p


def test_square_matrices_move_by_muon_and_the_rest_by_adam(data):
    """Take two steps, so that the momentum matters."""
    ours, twin = (learner(data, optimiser=o, clip=0.0, weight_decay=0.1) for o in ("muon", "adam"))
    some, momentum = batches(data)[:2], {}
    for k, batch in enumerate(some):
        twin.network.load_state_dict(ours.network.state_dict())
        old = {name: square.detach().numpy().copy() for name, square, _ in parts(ours) if square is not None}
        for one in (ours, twin):
            one.step(batch, one.network.zero_state(3), k, 0.01)
        for (name, square, rest), (_, _, adams) in zip(parts(ours), parts(twin), strict=True):
            assert torch.equal(rest, adams), name
            if square is None:
                continue
            gradient = ours.network.get_parameter(name).grad[:, :HIDDEN].double().numpy()
            momentum[name] = 0.95 * momentum.get(name, 0) + 0.05 * gradient
            ahead = 0.05 * gradient + 0.95 * momentum[name]
            gates = np.concatenate([by_svd(gate) for gate in ahead.reshape(4, HIDDEN, HIDDEN)])
            expected = (1 - 0.01 * 0.1) * old[name] - 0.01 * 0.2 * HIDDEN**0.5 * gates
            assert square.detach().numpy() == pytest.approx(expected, abs=2e-5), name


def test_nonfinite_step_changes_nothing(data):
    ours = learner(data, optimiser="muon")
    first, bad, last = batches(data)[:3]
    run_steps(ours, [first])
    before = weights(ours.network)
    memory = [v.clone() for slots in ours.optimiser.state.values() for v in slots.values()]
    bad.targets[0, 0, 0] = float("nan")
    ((_, _, skipped),) = run_steps(ours, [bad])
    assert skipped == 1
    assert same(before, weights(ours.network))
    assert same(memory, [v for slots in ours.optimiser.state.values() for v in slots.values()])
    run_steps(ours, [last])
    assert not same(before, weights(ours.network))
    assert all(p.isfinite().all() for p in ours.network.parameters())


def test_loss_falls_with_muon(tmp_path):
    data = tiny_dataset(tmp_path / "learnable", train=(60,) * 8, learnable=True)
    some = batches(data, lanes=8, window=60)
    results = run_steps(learner(data, optimiser="muon"), some * 20, rate=0.02)
    points = some[0].points
    assert float(results[-1][0]) / points < float(results[0][0]) / points - 2


def test_matrices_of_a_reader_move_by_muon_gate_by_gate():
    """Also those that are wider than high: the layers above the first read both directions."""
    network = ReaderNetwork(ReaderShape(2, 6, 3))
    network.initialise(torch.Generator().manual_seed(1))
    matrices = reader_matrices(network)
    assert {(len(p), columns) for p, columns in matrices} == {(24, 128), (24, 12), (24, 6)}
    assert len(matrices) == 8
    ours = Muon(network.parameters(), matrices, 0.01, 0.1)
    moved = {id(p) for p, _ in matrices}
    rng = torch.Generator().manual_seed(2)
    momentum = {}
    for _ in range(2):
        old = {id(p): p.detach().double().numpy().copy() for p, _ in matrices}
        for p in network.parameters():
            p.grad = torch.randn(p.shape, generator=rng)
        ours.step()
        for p, columns in matrices:
            gradient = p.grad.double().numpy()
            momentum[id(p)] = 0.95 * momentum.get(id(p), 0) + 0.05 * gradient
            ahead = 0.05 * gradient + 0.95 * momentum[id(p)]
            gates = np.concatenate([by_svd(gate) for gate in ahead.reshape(4, 6, columns)])
            size = 0.2 * max(6, columns) ** 0.5
            expected = (1 - 0.01 * 0.1) * old[id(p)] - 0.01 * size * gates
            assert p.detach().numpy() == pytest.approx(expected, abs=2e-5)
    others = [p for p in network.parameters() if id(p) not in moved]
    assert all("momentum_buffer" not in ours.state[p] for p in others)
    assert len(others) == 2 + 8 + 2
