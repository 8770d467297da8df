"""The first layer of a synthesis network: an LSTM whose steps move a soft window over the text.

Graves 2013, section 5, equations 46-51. At every step the layer's output h gives, for each of K Gaussians,
its weight alpha, its sharpness beta and the step by which its position kappa advances. The window's weight on
character u (counted from 1) and the window vector w are

    phi(u) = sum_k alpha_k exp(-beta_k (kappa_k - u)^2),    w = sum_u phi(u) onehot(character u)

This layer reads w at its next step, all other layers at this one. alpha, beta and the step of kappa are
exponentials of linear outputs alpha^, beta^ and kappa^, bounded by WINDOW_MAX.

The gradient is written out, as in hwcli.network.lstm, whose steps are used here. Let g be the terms of phi(u)
times d loss / d phi(u). Then the gradients are

    alpha^    sum_u g
    beta^     -beta sum_u g (kappa - u)^2
    kappa^    step * (d loss / d kappa: -2 beta sum_u g (kappa - u), plus that of the next step's kappa)

It runs on every device. The NumPy counterpart is hwcli.engine.text_window, and its CUDA twin is in
hwcli.engine.cuda; tests compare them in float64.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from hwcli.model.shape import WINDOW_MAX, WINDOW_MIN
from hwcli.network.lstm import (
    PARAMETERS,
    BackwardSteps,
    ForwardSteps,
    Workspace,
    copied,
    joined_weight,
    weight_gradients,
)


class Text(NamedTuple):
    """The characters under the window, in spans: the torch counterpart of hwcli.dataset.batches.Spans."""

    codes: Tensor  # (spans, longest, batch) character numbers; the alphabet's size stands for no character
    begins: tuple[int, ...]  # the step at which each span begins

    def at(self, time: int) -> list[Tensor]:
        """Return the codes (longest, batch) of each of `time` steps."""
        ends = (*self.begins[1:], time)
        return [
            codes
            for codes, begin, end in zip(self.codes, self.begins, ends, strict=True)
            for _ in range(begin, end)
        ]


class WindowedLSTM:
    """Runs the weights of a one-layer `torch.nn.LSTM` with a window over text, with or without gradients."""

    def __init__(self, gaussians: int, characters: int) -> None:
        self.gaussians, self.characters = gaussians, characters
        self.free: list[Workspace] = []

    def __call__(
        self,
        lstm: nn.LSTM,
        head: nn.Linear,
        rest: Sequence[Tensor],
        text: Text,
        state: tuple[Tensor, Tensor],
        window: tuple[Tensor, Tensor],
        dtype: torch.dtype,
    ) -> tuple[Tensor, Tensor, tuple[Tensor, Tensor], tuple[Tensor, Tensor]]:
        """Return the output, the window vectors, the last state (h, c) and the last window state (kappa, w).

        The output is (time, batch, hidden), the window vectors (time, batch, characters), h and c (1, batch,
        hidden) each, kappa (1, batch, gaussians) and w (1, batch, characters); `state` and `window` have the
        same shapes. The layer's input is the window vector and then `rest`, (time, batch, …) joined along the
        last axis. The last column of `rest` is the reset flag: where it is 1, the window returns to before
        the text and its vector is 0. `head` gives alpha^, beta^ and kappa^ from the layer's output. `dtype`
        is the type of the layer's products; the window is computed in the weights' own type. No gradient
        passes through the states.
        """
        weights = [lstm.get_parameter(name) for name in PARAMETERS]
        joined = torch.cat([part.detach() for part in rest], -1)
        out, vectors, h, c, kappa, w = _Windowed.apply(  # type: ignore[no-untyped-call]  # torch has no types for it
            self, dtype, text, joined, *state, *window, *weights, head.weight, head.bias
        )
        return out, vectors, (h, c), (kappa, w)


class _Windowed(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        layer: WindowedLSTM,
        dtype: torch.dtype,
        text: Text,
        rest: Tensor,
        h0: Tensor,
        c0: Tensor,
        kappa0: Tensor,
        w0: Tensor,
        w_ih: Tensor,
        w_hh: Tensor,
        b_ih: Tensor,
        b_hh: Tensor,
        head: Tensor,
        head_bias: Tensor,
    ) -> tuple[Tensor, ...]:
        (time, batch, _), hidden, characters = rest.shape, w_hh.shape[1], layer.characters
        weight, used = joined_weight(w_ih, w_hh, b_ih, b_hh, dtype)
        work = Workspace.take(layer.free, time, weight.shape[1], hidden, batch, dtype, rest.device)
        z, learning = work.z, hidden + characters  # the rows of z that need a gradient
        z[0, :hidden] = h0[0].t()
        z[0, hidden:learning] = w0[0].t()
        z[:time, learning : used - 1] = rest.permute(0, 2, 1)
        z[:, used - 1] = 1
        work.cells[0] = c0[0].t()
        window = _Window(layer, text, rest[..., -1], kappa0, head, head_bias)
        steps = ForwardSteps(weight, work)
        for t in range(time):
            z[t + 1, hidden:learning] = window.forward(t, steps(t))
        ctx.layer, ctx.work, ctx.weight, ctx.used, ctx.window = layer, work, weight, used, window
        exact = work.cells.dtype
        out = copied(z[1:, :hidden].permute(0, 2, 1), exact)
        vectors = copied(window.w.permute(0, 2, 1), exact)
        c, kappa = (copied(a.t(), exact).unsqueeze(0) for a in (work.cells[time], window.kappa[time, :, 0]))
        return out, vectors, out[-1:].clone(), c, kappa, vectors[-1:].clone()

    @staticmethod
    def backward(ctx: Any, grad: Tensor, grad_w: Tensor, *_states: Tensor) -> tuple[Tensor | None, ...]:
        work, window, layer = ctx.work, ctx.window, ctx.layer
        if work is None:
            raise RuntimeError("a WindowedLSTM cannot be differentiated twice: its workspace is reused")
        time, _, hidden, *_ = work.size
        learning = hidden + layer.characters
        above = grad.permute(0, 2, 1).contiguous()
        d_w = grad_w.permute(0, 2, 1).contiguous()
        steps = BackwardSteps(ctx.weight[:, :learning].t().contiguous(), work, above)
        for t in reversed(range(time)):
            if t < time - 1:
                d_w[t] += work.d_z[t + 1, hidden:learning]
            above[t].addmm_(window.head.t(), window.backward(t, d_w[t]))
            steps(t)
        d_ih, d_hh, d_bias = weight_gradients(work, ctx.used)
        d_head, d_head_bias = window.gradient(work.z[1:, :hidden])
        layer.free.append(work)
        ctx.work = ctx.window = None
        return *[None] * 8, d_ih, d_hh, d_bias, d_bias.clone(), d_head, d_head_bias


class _Window:
    """The window's steps in one pass; as in the layer, the batch runs along the columns."""

    def __init__(
        self, layer: WindowedLSTM, text: Text, reset: Tensor, kappa0: Tensor, head: Tensor, bias: Tensor
    ) -> None:
        (time, batch), k = reset.shape, layer.gaussians
        longest = text.codes.shape[1]

        def empty(*size: int) -> Tensor:
            return torch.empty(size, dtype=head.dtype, device=head.device)

        self.k, self.characters, self.head, self.bias = k, layer.characters, head, bias.unsqueeze(1)
        self.codes = text.at(time)
        self.keep = (1 - reset).unsqueeze(1)  # (time, 1, batch)
        self.positions = torch.arange(1, longest + 1, dtype=head.dtype, device=head.device).unsqueeze(1)
        self.raw = empty(time, 3 * k, batch)  # alpha^, beta^, kappa^, at most WINDOW_MAX
        self.beta_step = empty(time, 2 * k, batch)  # beta, step of kappa
        self.kappa = empty(time + 1, k, 1, batch)  # [t + 1] belongs to step t
        self.kappa[0, :, 0] = kappa0[0].t()
        self.terms = empty(time, k, longest, batch)  # the terms of phi
        self.w = empty(time, layer.characters, batch)
        self.distance, self.product = empty(k, longest, batch), empty(k, longest, batch)
        self.phi = empty(longest, batch)
        self.sums = empty(layer.characters + 1, batch)  # the last row is for no character
        self.d_raw = empty(time, 3 * k, batch)
        self.d_kappa = torch.zeros_like(self.kappa[0])

    def forward(self, t: int, h: Tensor) -> Tensor:
        """Advance by h_t (hidden, batch), the layer output; return the window vector (characters, batch)."""
        k, raw, beta_step = self.k, self.raw[t], self.beta_step[t]
        kappa, terms = self.kappa[t + 1], self.terms[t]
        torch.addmm(self.bias, self.head, h, out=raw)
        raw.clamp_(max=WINDOW_MAX)
        torch.exp(raw[k:], out=beta_step)
        torch.add(self.kappa[t], beta_step[k:].unsqueeze(1), out=kappa)
        kappa.mul_(self.keep[t])
        torch.sub(kappa, self.positions, out=self.distance)
        torch.mul(self.distance, self.distance, out=self.product)
        torch.addcmul(raw[:k].unsqueeze(1), self.product, beta_step[:k].unsqueeze(1), value=-1, out=terms)
        terms.clamp_(min=WINDOW_MIN).exp_()
        torch.sum(terms, 0, out=self.phi)
        self.sums.zero_().scatter_add_(0, self.codes[t], self.phi)
        return torch.mul(self.sums[:-1], self.keep[t], out=self.w[t])

    def backward(self, t: int, d_w: Tensor) -> Tensor:
        """Return the gradient of alpha^, beta^ and kappa^ (3 K, batch), given that of the window vector."""
        k, beta_step, result = self.k, self.beta_step[t], self.d_raw[t]
        beta, step = beta_step[:k], beta_step[k:]
        torch.mul(d_w, self.keep[t], out=self.sums[:-1])
        self.sums[-1].zero_()
        torch.gather(self.sums, 0, self.codes[t], out=self.phi)
        torch.mul(self.terms[t], self.phi, out=self.product)
        torch.sub(self.kappa[t + 1], self.positions, out=self.distance)
        torch.sum(self.product, 1, out=result[:k])
        half = self.product.mul_(self.distance).sum(1).mul_(beta)
        self.d_kappa.sub_(half.unsqueeze(1), alpha=2).mul_(self.keep[t])
        torch.sum(self.product.mul_(self.distance), 1, out=result[k : 2 * k])
        result[k : 2 * k].mul_(beta).neg_()
        torch.mul(self.d_kappa.squeeze(1), step, out=result[2 * k :])
        return result.mul_(self.raw[t] < WINDOW_MAX)

    def gradient(self, h: Tensor) -> tuple[Tensor, Tensor]:
        """Return the gradients of the head's weight and bias, given the outputs `h` (time, hidden, batch)."""
        d_raw = self.d_raw.permute(1, 0, 2).flatten(1)
        outputs = h.permute(1, 0, 2).flatten(1).to(d_raw.dtype)
        return d_raw @ outputs.t(), d_raw.sum(1)
