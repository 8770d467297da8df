"""The fused log-loss against autograd (whose loss is tested in engine/test_mixture.py)."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from hwcli.network import fused_loss
from hwcli.network.fused_loss import fused_log_loss, loss_and_gradient
from loss_cases import M, assert_same, both, by_output, unfused, window


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
