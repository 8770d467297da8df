"""The fused log-loss against autograd (whose loss is tested in engine/test_mixture.py)."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from hwcli.model.shape import LOG_SIGMA_MAX
from hwcli.network import fused_loss
from hwcli.network.fused_loss import fused_log_loss, loss_and_gradient
from hwcli.network.mixture import eos_log_probability, mixture, offset_log_density

FLOOR = (0.013, 0.02)
M = 4
Arguments = tuple[torch.Tensor, ...]  # raw, targets, offset_weight, eos_weight, sigma_min


def unfused(raw, targets, offset_weight, eos_weight, sigma_min):
    """Compute hwcli.training.loss.log_loss from the mixture, for autograd."""
    mix = mixture(raw, sigma_min)
    offset = offset_log_density(mix, targets[..., :2]) * offset_weight
    return -(offset + eos_log_probability(mix, targets[..., 2]) * eos_weight)


def window(*lead: int, m: int = M, seed: int = 0, dtype=torch.float64, scale: float = 1.0) -> Arguments:
    """Return outputs (…, 6 m + 1), targets with some lifts, weights in 0 … 1, and sigma_min."""
    rng = torch.Generator().manual_seed(seed)
    raw = scale * torch.randn(*lead, 6 * m + 1, generator=rng, dtype=torch.float64)
    targets = torch.randn(*lead, 3, generator=rng, dtype=torch.float64)
    targets[..., 2] = (targets[..., 2] > 1).double()
    weights = (1.4 * torch.rand(2, *lead, generator=rng, dtype=torch.float64) - 0.2).clamp(0, 1)
    floor = torch.tensor(FLOOR, dtype=torch.float64)
    return tuple(t.to(dtype) for t in (raw, targets, *weights, floor))


def by_output(raw: torch.Tensor) -> torch.Tensor:
    """Return the same values, laid out output by output."""
    return raw.movedim(-1, 0).contiguous().movedim(0, -1)


def both(loss, args: Arguments, scale: torch.Tensor | None = None) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the nats, and the gradient of their sum weighted by `scale`."""
    raw = args[0].detach().requires_grad_()
    nats = loss(raw, *args[1:])
    (gradient,) = torch.autograd.grad(nats, raw, torch.ones_like(nats) if scale is None else scale)
    return nats.detach(), gradient


def assert_same(args: Arguments, rtol: float = 1e-10, atol: float = 1e-10) -> None:
    """Compare values and gradients with the unfused loss, for an arbitrary incoming gradient."""
    scale = torch.randn(args[2].shape, generator=torch.Generator().manual_seed(9), dtype=args[0].dtype)
    for ours, theirs in zip(both(fused_log_loss, args, scale), both(unfused, args, scale), strict=True):
        assert ours.shape == theirs.shape
        assert theirs.isfinite().all()
        torch.testing.assert_close(ours, theirs, rtol=rtol, atol=atol)


@pytest.mark.parametrize("layout", [torch.clone, by_output], ids=["by point", "by output"])
@pytest.mark.parametrize("m", [1, 2, 7, 20])
def test_equals_autograd(m, layout):
    raw, *rest = window(31, 5, m=m, seed=m)
    assert_same((layout(raw), *rest))


@pytest.mark.parametrize("scale", [0.1, 3.0, 10.0])
def test_equals_autograd_for_outputs_of_any_scale(scale):
    assert_same(window(40, 6, seed=1, scale=scale))


@pytest.mark.parametrize("m", [1, 3])
def test_gradcheck(m):
    raw, *rest = window(3, 2, m=m, seed=2)
    assert torch.autograd.gradcheck(lambda raw: fused_log_loss(raw, *rest), raw.requires_grad_(), atol=1e-7)


@given(
    st.lists(st.integers(1, 9), min_size=0, max_size=3),
    st.integers(1, 6),
    st.integers(1, 40),
    st.integers(0, 10**6),
    st.booleans(),
)
def test_any_shape_and_chunk(lead, m, chunk, seed, turned):
    raw, *rest = window(*lead, m=m, seed=seed)
    raw = by_output(raw) if turned else raw
    nats, gradient = loss_and_gradient(raw, *rest, chunk=chunk)
    expected, expected_gradient = both(unfused, (raw, *rest))
    torch.testing.assert_close(nats, expected, rtol=1e-10, atol=1e-10)
    torch.testing.assert_close(gradient, expected_gradient, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("shape", [(0, 3), (3, 0)])
def test_empty_window(shape):
    nats, gradient = both(fused_log_loss, window(*shape))
    assert nats.shape == shape
    assert gradient.shape == (*shape, 6 * M + 1)


# -- chunks ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("chunk", [1, 2, 3, 64, 65, 209, 210, 211, 10**6])
@pytest.mark.parametrize("layout", [torch.clone, by_output], ids=["by point", "by output"])
def test_chunk_size_does_not_matter(chunk, layout):
    raw, *rest = window(30, 7, m=3, seed=3, dtype=torch.float32)
    whole = loss_and_gradient(raw, *rest, chunk=10**6)
    parts = loss_and_gradient(layout(raw), *rest, chunk=chunk)
    for one, other in zip(whole, parts, strict=True):
        torch.testing.assert_close(other, one, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(("m", "points"), [(1, 80_000), (20, 6_000), (300, 400)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_chunk_fits_the_cache(m, points, dtype, monkeypatch):
    sizes = []

    class Spy(fused_loss._Scratch):
        def __init__(self, like, points):
            super().__init__(like, points)
            numbers = sum(
                t.numel() for t in (self.rows, self.sigma, self.inverse, self.pull, self.c, self.density)
            )
            sizes.append(numbers * like.element_size())

    monkeypatch.setattr(fused_loss, "_Scratch", Spy)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 1)  # other tests may change it
    args = window(points // 20, 20, m=m, dtype=dtype)
    nats, gradient = loss_and_gradient(*args)
    one_chunk = loss_and_gradient(*args, chunk=points)
    torch.testing.assert_close((nats, gradient), one_chunk, rtol=1e-5, atol=1e-5)
    *chunked, whole = sizes
    assert max(chunked) <= fused_loss.CACHE + 64 * (14 * m + 1) * args[0].element_size()
    assert fused_loss.CACHE / 2 < max(chunked) < whole
    assert len(chunked) <= 2  # once, and once more for the last chunk


# -- layouts and types -------------------------------------------------------------------------------------


def test_inputs_need_not_be_contiguous():
    raw, targets, offset_weight, eos_weight, floor = window(24, 10, seed=4)
    wide = torch.full((24, 10, 40), torch.nan, dtype=torch.float64)
    wide[..., 7 : 7 + raw.shape[-1]] = raw
    expected = both(unfused, (raw, targets, offset_weight, eos_weight, floor))
    for given_raw in (
        raw.transpose(0, 1).contiguous().transpose(0, 1),
        wide[..., 7 : 7 + raw.shape[-1]],
        raw.repeat_interleave(2, 0)[::2],
        by_output(torch.cat([raw, raw]))[:24],
        raw.flip(-1).contiguous().flip(-1),
    ):
        args = (
            given_raw,
            targets.movedim(-1, 0).contiguous().movedim(0, -1),
            offset_weight.t().contiguous().t(),
            eos_weight.repeat_interleave(3, 1)[:, ::3],
            floor.repeat_interleave(2)[::2],
        )
        torch.testing.assert_close(both(fused_log_loss, args), expected, rtol=1e-10, atol=1e-10)


def test_expanded_weights():
    raw, targets, _, _, floor = window(6, 5, seed=5)
    args = (
        raw,
        targets,
        torch.tensor(1.0).double().expand(6, 5),
        torch.ones(1, 5).double().expand(6, 5),
        floor,
    )
    assert_same(args)


@pytest.mark.parametrize("layout", [torch.clone, by_output], ids=["by point", "by output"])
def test_inputs_are_not_changed(layout):
    raw, *rest = window(20, 5, seed=6)
    args = (layout(raw), *rest)
    before = [t.clone() for t in args]
    both(fused_log_loss, args)
    assert all(torch.equal(a, b) for a, b in zip(args, before, strict=True))


@pytest.mark.parametrize("layout", [torch.clone, by_output], ids=["by point", "by output"])
def test_gradient_is_laid_out_output_by_output(layout):
    raw, *rest = window(20, 5)
    _, gradient = both(fused_log_loss, (layout(raw), *rest))
    assert gradient.movedim(-1, 0).is_contiguous()


def test_outputs_laid_out_by_output_are_read_in_place(monkeypatch):
    read = []
    real = fused_loss._densities
    monkeypatch.setattr(
        fused_loss, "_densities", lambda parts, *rest: read.append(parts) or real(parts, *rest)
    )
    raw, *rest = window(20, 5)
    turned = by_output(raw)
    loss_and_gradient(turned, *rest)
    loss_and_gradient(raw, *rest)
    in_place, copied = read
    assert in_place.pi.data_ptr() == turned[0, 0, 1].data_ptr()
    assert {part.stride(-1) for part in (*in_place, *copied)} == {1}


@pytest.mark.parametrize("scale", [0.5, 2.0])
def test_float32_is_close_to_float64(scale):
    args = window(60, 10, m=20, seed=7, scale=scale)
    nats, gradient = both(fused_log_loss, tuple(t.float() for t in args))
    expected, expected_gradient = both(unfused, args)
    assert nats.dtype == gradient.dtype == torch.float32
    torch.testing.assert_close(nats.double(), expected, rtol=2e-5, atol=2e-5)
    # z is a small difference over a small sigma, so the gradient is less exact than its inputs
    error = (gradient - expected_gradient).abs().amax(-1) / expected_gradient.abs().amax(-1).clamp(min=1)
    assert float(error.max()) < 2e-4
    assert float(error.median()) < 1e-6


def test_type_is_that_of_the_outputs():
    raw, *rest = window(9, 3, seed=8)
    rough = [t.float() for t in rest]
    nats, gradient = both(fused_log_loss, (raw, *rough))
    assert nats.dtype == gradient.dtype == torch.float64
    torch.testing.assert_close(
        (nats, gradient), both(unfused, (raw, *(t.double() for t in rough))), rtol=1e-10, atol=1e-10
    )


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_is_refused(dtype):
    with pytest.raises(TypeError, match="float32 or float64"):
        fused_log_loss(*(t.to(dtype) for t in window(2, 2)))


def test_never_synchronises_with_the_device():
    """Tensors on the device `meta` have no values: reading one, or branching on one, is an error."""
    raw, *rest = (t.to("meta") for t in window(30, 5, m=20))
    nats, gradient = both(fused_log_loss, (raw, *rest))
    assert nats.shape == (30, 5)
    assert gradient.shape == raw.shape


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
@pytest.mark.parametrize("layout", [torch.clone, by_output], ids=["by point", "by output"])
def test_gpu_equals_cpu(layout):
    raw, *rest = window(70, 9, m=20, seed=10)
    expected = both(unfused, (raw, *rest))
    ours = both(fused_log_loss, tuple(t.cuda() for t in (layout(raw), *rest)))
    torch.testing.assert_close(tuple(t.cpu() for t in ours), expected, rtol=1e-10, atol=1e-10)


# -- autograd ----------------------------------------------------------------------------------------------


def test_only_outputs_get_a_gradient():
    raw, *rest = window(4, 3)
    for t in rest:
        t.requires_grad_()
    assert not fused_log_loss(raw, *rest).requires_grad
    fused_log_loss(raw.requires_grad_(), *rest).sum().backward()
    assert raw.grad is not None
    assert all(t.grad is None for t in rest)


@pytest.mark.parametrize("learning", [True, False], ids=["grad mode", "no_grad"])
def test_gradient_is_computed_only_if_needed(learning, monkeypatch):
    calls = []
    real = fused_loss._gradient
    monkeypatch.setattr(fused_loss, "_gradient", lambda *args: calls.append(real(*args)))
    raw, *rest = window(4, 3)
    with torch.set_grad_enabled(learning):
        nats = fused_log_loss(raw.requires_grad_(not learning), *rest)
    assert not calls
    assert not nats.requires_grad
    torch.testing.assert_close(nats, unfused(raw.detach(), *rest), rtol=1e-10, atol=1e-10)
    fused_log_loss(raw.requires_grad_(), *rest)
    assert calls  # here it is needed


def test_keeps_one_array_for_backward():
    raw, *rest = window(4, 3)
    kept = []
    with torch.autograd.graph.saved_tensors_hooks(lambda t: kept.append(t) or t, lambda t: t):
        fused_log_loss(raw.requires_grad_(), *rest)
    assert [t.shape for t in kept] == [raw.shape]


def test_backward_twice_gives_independent_results():
    raw, *rest = window(4, 3)
    total = fused_log_loss(raw.requires_grad_(), *rest).sum()
    (once,) = torch.autograd.grad(total, raw, retain_graph=True)
    copy = once.clone()
    (again,) = torch.autograd.grad(3 * total, raw)
    torch.testing.assert_close(once, copy, rtol=0, atol=0)
    torch.testing.assert_close(again, 3 * copy)


def test_second_derivative_is_refused():
    raw, *rest = window(2, 2)
    total = fused_log_loss(raw.requires_grad_(), *rest).square().sum()
    (gradient,) = torch.autograd.grad(total, raw, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        gradient.sum().backward()


# -- extremes ----------------------------------------------------------------------------------------------


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
