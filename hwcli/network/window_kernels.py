"""The steps of hwcli.network.window_steps as Triton kernels: three a step and direction instead of thirty.

On a GPU, a step's arithmetic takes less time than the start of its kernels, so each of these does all that
lies between two matrix products. They compute what `ForwardSteps`, `BackwardSteps` and the window's own steps
do, in float32 and in the same memory, whose names they use. The terms of phi are not stored but computed
again in the backward pass. The window's kernels run one program per lane and add in a fixed order, so runs
repeat bit by bit.

Triton comes with torch for CUDA.
"""

from __future__ import annotations

from typing import Any

import triton
import triton.language as tl
from torch import Tensor

from hwcli.model.shape import WINDOW_MAX, WINDOW_MIN

CELLS = 256  # per program
PART = 64  # rows of the head's product taken together
MAX = tl.constexpr(WINDOW_MAX)
MIN = tl.constexpr(WINDOW_MIN)


def _power(n: int) -> int:
    return max(16, triton.next_power_of_2(n))


def lstm_forward(
    product: Tensor, gates: Tensor, before: Tensor, cell: Tensor, tanh_cell: Tensor, h: Tensor, next_h: Tensor
) -> None:
    """Compute a step from `product`, the gates (4 H, batch) before their nonlinearity, to `h` (H, batch)."""
    n = cell.numel()
    _lstm_forward[(triton.cdiv(n, CELLS),)](product, gates, before, cell, tanh_cell, h, next_h, n, CELLS)


def lstm_backward(
    from_above: Tensor,
    from_next: Tensor,
    d_c: Tensor,
    gates: Tensor,
    before: Tensor,
    tanh_cell: Tensor,
    d_gates: Tensor,
    last: bool,
) -> None:
    """Compute `d_gates` (4 H, batch) of a step and `d_c` of the one before; none follows the `last`."""
    n = tanh_cell.numel()
    _lstm_backward[(triton.cdiv(n, CELLS),)](
        from_above, from_next, d_c, gates, before, tanh_cell, d_gates, n, last, CELLS
    )


def window_forward(window: Any, t: int, h: Tensor, next_w: Tensor) -> None:
    """Advance the window by the output `h` (H, batch); `next_w` (characters, batch) is its place in z."""
    longest, batch = window.codes.shape[1:]
    _window_forward[(batch,)](
        window.head,
        window.bias,
        h,
        window.codes[t],
        window.keep[t],
        window.raw[t],
        window.beta_step[t],
        window.kappa[t],
        window.kappa[t + 1],
        window.w[t],
        next_w,
        batch,
        longest,
        len(h),
        window.k,
        window.characters,
        _power(window.k),
        _power(longest),
        _power(window.characters),
        PART,
    )


def window_backward(window: Any, t: int, d_w: Tensor, from_next: Tensor, above: Tensor, last: bool) -> None:
    """Compute `d_raw` of a step, and add to `above` (H, batch), the gradient of the layer's output.

    `d_w` (characters, batch) is the window vector's gradient from the layers above, `from_next` that from the
    next step.
    """
    longest, batch = window.codes.shape[1:]
    _window_backward[(batch,)](
        window.head,
        window.codes[t],
        window.keep[t],
        window.raw[t],
        window.beta_step[t],
        window.kappa[t + 1],
        d_w,
        from_next,
        window.d_kappa,
        window.d_raw[t],
        above,
        batch,
        longest,
        len(above),
        window.k,
        window.characters,
        last,
        _power(window.k),
        _power(longest),
        PART,
    )


@triton.jit
def _tanh(x):
    return 2 * tl.sigmoid(2 * x) - 1


@triton.jit
def _lstm_forward(product, gates, before, cell, tanh_cell, h, next_h, n, block: tl.constexpr):
    at = tl.program_id(0) * block + tl.arange(0, block)
    inside = at < n
    i = tl.sigmoid(tl.load(product + at, inside, 0.0).to(tl.float32))
    f = tl.sigmoid(tl.load(product + n + at, inside, 0.0).to(tl.float32))
    o = tl.sigmoid(tl.load(product + 2 * n + at, inside, 0.0).to(tl.float32))
    g = _tanh(tl.load(product + 3 * n + at, inside, 0.0).to(tl.float32))
    c = f * tl.load(before + at, inside, 0.0) + i * g
    tanh_c = _tanh(c)
    out = o * tanh_c
    tl.store(gates + at, i, inside)
    tl.store(gates + n + at, f, inside)
    tl.store(gates + 2 * n + at, o, inside)
    tl.store(gates + 3 * n + at, g, inside)
    tl.store(cell + at, c, inside)
    tl.store(tanh_cell + at, tanh_c, inside)
    tl.store(h + at, out, inside)
    tl.store(next_h + at, out.to(next_h.dtype.element_ty), inside)


@triton.jit
def _lstm_backward(
    from_above, from_next, d_c, gates, before, tanh_cell, d_gates, n, last: tl.constexpr, block: tl.constexpr
):
    at = tl.program_id(0) * block + tl.arange(0, block)
    inside = at < n
    i = tl.load(gates + at, inside, 0.0)
    f = tl.load(gates + n + at, inside, 0.0)
    o = tl.load(gates + 2 * n + at, inside, 0.0)
    g = tl.load(gates + 3 * n + at, inside, 0.0)
    tanh_c = tl.load(tanh_cell + at, inside, 0.0)
    d_h = tl.load(from_above + at, inside, 0.0)
    d_cell = d_h * 0
    if not last:
        d_h += tl.load(from_next + at, inside, 0.0).to(tl.float32)
        d_cell = tl.load(d_c + at, inside, 0.0)
    d_cell += d_h * o * (1 - tanh_c * tanh_c)
    kind = d_gates.dtype.element_ty
    tl.store(d_gates + at, (d_cell * g * i * (1 - i)).to(kind), inside)
    tl.store(d_gates + n + at, (d_cell * tl.load(before + at, inside, 0.0) * f * (1 - f)).to(kind), inside)
    tl.store(d_gates + 2 * n + at, (d_h * tanh_c * o * (1 - o)).to(kind), inside)
    tl.store(d_gates + 3 * n + at, (d_cell * i * (1 - g * g)).to(kind), inside)
    tl.store(d_c + at, d_cell * f, inside)


@triton.jit
def _window_forward(
    head, bias, h, codes, keep, raw, beta_step, kappa_before, kappa_after, w, next_w,
    batch, longest, hidden: tl.constexpr, k: tl.constexpr, characters: tl.constexpr,
    gaussians: tl.constexpr, places: tl.constexpr, letters: tl.constexpr, part: tl.constexpr,
):  # fmt: skip
    lane = tl.program_id(0)
    gaussian = tl.arange(0, gaussians)
    real = gaussian < k
    alpha = tl.load(bias + gaussian, real, 0.0)
    beta = tl.load(bias + k + gaussian, real, 0.0)
    step = tl.load(bias + 2 * k + gaussian, real, 0.0)
    for begin in range(0, hidden, part):
        row = begin + tl.arange(0, part)
        out = tl.load(h + row * batch + lane, row < hidden, 0.0)[None, :]
        weight = head + gaussian[:, None] * hidden + row[None, :]
        both = real[:, None] & (row < hidden)[None, :]
        alpha += tl.sum(tl.load(weight, both, 0.0) * out, 1)
        beta += tl.sum(tl.load(weight + k * hidden, both, 0.0) * out, 1)
        step += tl.sum(tl.load(weight + 2 * k * hidden, both, 0.0) * out, 1)
    alpha, beta, step = tl.minimum(alpha, MAX), tl.minimum(beta, MAX), tl.minimum(step, MAX)
    place = gaussian * batch + lane
    tl.store(raw + place, alpha, real)
    tl.store(raw + k * batch + place, beta, real)
    tl.store(raw + 2 * k * batch + place, step, real)
    beta, step = tl.exp(beta), tl.exp(step)
    tl.store(beta_step + place, beta, real)
    tl.store(beta_step + k * batch + place, step, real)
    kept = tl.load(keep + lane)
    kappa = (tl.load(kappa_before + place, real, 0.0) + step) * kept
    tl.store(kappa_after + place, kappa, real)
    u = tl.arange(0, places)
    distance = kappa[:, None] - (u + 1).to(tl.float32)[None, :]
    terms = tl.exp(tl.maximum(alpha[:, None] - beta[:, None] * distance * distance, MIN))
    phi = tl.sum(tl.where(real[:, None], terms, 0.0), 0)
    code = tl.load(codes + u * batch + lane, u < longest, letters)
    character = tl.arange(0, letters)
    same = character[:, None] == code[None, :]
    vector = tl.sum(tl.where(same, phi[None, :], 0.0), 1) * kept
    tl.store(w + character * batch + lane, vector, character < characters)
    tl.store(next_w + character * batch + lane, vector.to(next_w.dtype.element_ty), character < characters)


@triton.jit
def _window_backward(
    head, codes, keep, raw, beta_step, kappa_after, d_w, from_next, d_kappa, d_raw, above,
    batch, longest, hidden: tl.constexpr, k: tl.constexpr, characters: tl.constexpr,
    last: tl.constexpr, gaussians: tl.constexpr, places: tl.constexpr, part: tl.constexpr,
):  # fmt: skip
    lane = tl.program_id(0)
    gaussian = tl.arange(0, gaussians)
    real = gaussian < k
    place = gaussian * batch + lane
    alpha = tl.load(raw + place, real, 0.0)
    raw_beta = tl.load(raw + k * batch + place, real, 0.0)
    raw_step = tl.load(raw + 2 * k * batch + place, real, 0.0)
    beta = tl.load(beta_step + place, real, 0.0)
    step = tl.load(beta_step + k * batch + place, real, 0.0)
    kappa = tl.load(kappa_after + place, real, 0.0)
    kept = tl.load(keep + lane)
    u = tl.arange(0, places)
    code = tl.load(codes + u * batch + lane, u < longest, characters)
    known = code < characters
    d_phi = tl.load(d_w + code * batch + lane, known, 0.0)
    if not last:
        d_phi += tl.load(from_next + code * batch + lane, known, 0.0).to(tl.float32)
    d_phi *= kept
    distance = kappa[:, None] - (u + 1).to(tl.float32)[None, :]
    terms = tl.exp(tl.maximum(alpha[:, None] - beta[:, None] * distance * distance, MIN))
    g = terms * d_phi[None, :]
    d_alpha = tl.sum(g, 1)
    g *= distance
    change = -2 * beta * tl.sum(g, 1)
    if not last:
        change += tl.load(d_kappa + place, real, 0.0)
    change *= kept
    tl.store(d_kappa + place, change, real)
    d_alpha = tl.where(alpha < MAX, d_alpha, 0.0)
    d_beta = tl.where(raw_beta < MAX, -beta * tl.sum(g * distance, 1), 0.0)
    d_step = tl.where(raw_step < MAX, change * step, 0.0)
    tl.store(d_raw + place, d_alpha, real)
    tl.store(d_raw + k * batch + place, d_beta, real)
    tl.store(d_raw + 2 * k * batch + place, d_step, real)
    for begin in range(0, hidden, part):
        row = begin + tl.arange(0, part)
        weight = head + gaussian[:, None] * hidden + row[None, :]
        both = real[:, None] & (row < hidden)[None, :]
        total = tl.sum(tl.load(weight, both, 0.0) * d_alpha[:, None], 0)
        total += tl.sum(tl.load(weight + k * hidden, both, 0.0) * d_beta[:, None], 0)
        total += tl.sum(tl.load(weight + 2 * k * hidden, both, 0.0) * d_step[:, None], 0)
        at = above + row * batch + lane
        tl.store(at, tl.load(at, row < hidden, 0.0) + total, row < hidden)
