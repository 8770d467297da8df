"""The fused log-loss at extreme outputs and targets, and where weights are 0, against autograd."""

from __future__ import annotations

import math

import pytest
import torch

from hwcli.model.shape import LOG_SIGMA_MAX
from hwcli.network.fused_loss import fused_log_loss
from loss_cases import Arguments, M, both, by_output, unfused, window


def extreme(target: tuple[float, float], lift: float, dtype: torch.dtype, **parts: float) -> Arguments:
    """Return two steps, the first with these values in parts of the outputs: in all components, or in one."""
    raw, targets, _, _, floor = window(2, 1, seed=11)
    names = dict(
        zip(("eos", "pi", "mu", "sigma", "rho"), raw.split([1, M, 2 * M, 2 * M, M], -1), strict=True)
    )
    for name, value in parts.items():
        name, _, one = name.partition("_")
        names[name][0, :, :: M if one else 1] = value
    targets[0] = torch.tensor([[*target, lift]], dtype=torch.float64)
    ones = torch.ones(2, 1, dtype=torch.float64)
    return tuple(t.to(dtype) for t in (raw, targets, ones, ones, floor))


NEAR, FAR = (0.3, -0.2), (1e4, -1e4)
EXTREMES = {
    "huge target": (FAR, {}),
    "target 1e6": ((1e6, 1e6), {}),
    "means at 1e4": (NEAR, {"mu": 1e4}),
    "one means at 1e4": (NEAR, {"mu_one": 1e4}),
    "sigma^ 1e4": (NEAR, {"sigma": 1e4}),
    "sigma^ 1e4, huge target": (FAR, {"sigma": 1e4}),
    "sigma^ -1e4": (NEAR, {"sigma": -1e4}),
    "sigma^ -1e4, huge target": (FAR, {"sigma": -1e4}),
    "one sigma^ 1e4": (FAR, {"sigma_one": 1e4}),
    "one sigma^ -1e4": (FAR, {"sigma_one": -1e4}),
    "rho^ 1e4": (NEAR, {"rho": 1e4}),
    "rho^ 1e4, along": ((1e4, 1e4), {"rho": 1e4}),
    "rho^ 1e4, across": (FAR, {"rho": 1e4}),
    "rho^ -1e4": (NEAR, {"rho": -1e4}),
    "rho^ -1e4, across": ((1e4, 1e4), {"rho": -1e4}),
    "pi^ 1e4": (NEAR, {"pi": 1e4}),
    "pi^ -1e4": (NEAR, {"pi": -1e4}),
    "one pi^ 1e4": (NEAR, {"pi_one": 1e4}),
    "one pi^ -1e4": (FAR, {"pi_one": -1e4}),
    "likely component far away": (NEAR, {"pi_one": 1e4, "mu_one": 1e4}),
    "all at once": (FAR, {"pi_one": 1e4, "mu_one": 1e4, "sigma": -1e4, "rho": 1e4}),
    "all at once, reversed": (FAR, {"pi_one": -1e4, "mu_one": -1e4, "sigma_one": 1e4, "rho": -1e4}),
}


@pytest.mark.parametrize("lift", [(0.0, 0.5), (1e4, 0.0), (1e4, 1.0), (-1e4, 0.0), (-1e4, 1.0)], ids=str)
@pytest.mark.parametrize("name", EXTREMES)
def test_extremes(name, lift):
    target, parts = EXTREMES[name]
    logit, lifted = lift
    args = extreme(target, lifted, torch.float64, eos=logit, **parts)
    theirs = both(unfused, args)
    for t in theirs:
        assert t.isfinite().all()
    torch.testing.assert_close(both(fused_log_loss, args), theirs, rtol=1e-10, atol=1e-10)

    rough = tuple(t.float() for t in args)
    nats, gradient = both(fused_log_loss, rough)
    assert nats.isfinite().all()
    assert gradient.isfinite().all()
    torch.testing.assert_close(nats.double(), theirs[0], rtol=1e-4, atol=1e-4)
    error = (gradient.double() - theirs[1]).abs().amax(-1) / theirs[1].abs().amax(-1).clamp(min=1)
    assert float(error.max()) < 1e-3


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_sigma_has_no_gradient_above_its_bound(dtype):
    raw, *rest = window(3, 1, seed=12, dtype=dtype)
    bound = torch.tensor(LOG_SIGMA_MAX, dtype=dtype)
    sigma = raw[..., 1 + 3 * M : 1 + 5 * M]
    sigma[0], sigma[1] = bound, torch.nextafter(bound, bound + 1)
    sigma[2] = torch.nextafter(bound, bound - 1)
    args = (raw, rest[0], torch.ones_like(rest[1]), *rest[2:])
    expected_gradient = both(fused_log_loss, args)[1][..., 1 + 3 * M : 1 + 5 * M]
    assert (expected_gradient[0] != 0).all()
    assert (expected_gradient[1] == 0).all()
    assert (expected_gradient[2] != 0).all()
    expected = both(unfused, args)[1][..., 1 + 3 * M : 1 + 5 * M]
    torch.testing.assert_close(
        expected_gradient, expected, rtol=1e-4 if dtype == torch.float32 else 1e-10, atol=1e-10
    )


def test_negligible_component_gets_only_a_gradient_of_pi():
    raw, targets, _, _, floor = window(1, 1, seed=13, dtype=torch.float32)
    raw[..., 1] = -200.0  # e^-200 is 0 in float32
    one = torch.ones(1, 1)
    _, gradient = both(fused_log_loss, (raw, targets, one, one, floor))
    assert gradient[0, 0, 1].abs() < 1e-20
    assert (gradient[0, 0, 1 + M :: M] == 0).all()
    assert (gradient[0, 0, 2 + M :: M] != 0).all()


# -- weights of 0 ------------------------------------------------------------------------------------------

GARBAGE = [math.nan, math.inf, -math.inf, 1e300]
OFFSETS = slice(1, None)


@pytest.mark.parametrize("garbage", GARBAGE)
@pytest.mark.parametrize("layout", [torch.clone, by_output], ids=["by point", "by output"])
@pytest.mark.parametrize("where", ["targets", "outputs", "both"])
def test_weight_0_hides_nan_and_inf(where, garbage, layout):
    raw, targets, *_, floor = window(6, 4, seed=14)
    weight = torch.ones(6, 4, dtype=torch.float64)
    expected, expected_gradient = both(unfused, (raw, targets, weight, weight, floor))
    off = torch.zeros(6, 4, dtype=torch.bool)
    off[2], off[4, 1] = True, True
    weight[off] = 0
    if where != "outputs":
        targets[off] = garbage
    if where != "targets":
        raw[off] = garbage
    nats, gradient = both(fused_log_loss, (layout(raw), targets, weight, weight, floor))
    assert (nats[off] == 0).all()
    assert (gradient[off] == 0).all()
    torch.testing.assert_close(nats[~off], expected[~off], rtol=1e-10, atol=1e-10)
    torch.testing.assert_close(gradient[~off], expected_gradient[~off], rtol=1e-10, atol=1e-10)


def test_weights_are_independent():
    raw, targets, *_, floor = window(6, 4, seed=15)
    one, zero = torch.ones(6, 4, dtype=torch.float64), torch.zeros(6, 4, dtype=torch.float64)
    offset = both(fused_log_loss, (raw, torch.dstack([targets[..., :2], torch.nan * one]), one, zero, floor))
    lift = both(
        fused_log_loss, (raw, torch.dstack([torch.nan * targets[..., :2], targets[..., 2]]), zero, one, floor)
    )
    assert (offset[1][..., 0] == 0).all()
    assert (lift[1][..., OFFSETS] == 0).all()
    nats, gradient = both(unfused, (raw, targets, one, one, floor))
    torch.testing.assert_close(offset[0] + lift[0], nats, rtol=1e-10, atol=1e-10)
    torch.testing.assert_close(offset[1] + lift[1], gradient, rtol=1e-10, atol=1e-10)


def test_nan_is_not_hidden_under_weight_1():
    raw, targets, *_, floor = window(3, 1, seed=16)
    weight = torch.ones(3, 1, dtype=torch.float64)
    targets[0, 0, 0] = torch.nan
    raw[1, 0, 5] = torch.nan
    nats, gradient = both(fused_log_loss, (raw, targets, weight, weight, floor))
    assert nats.isnan().tolist() == [[True], [True], [False]]
    assert gradient.isnan().any(-1).tolist() == [[True], [True], [False]]
