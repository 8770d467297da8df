"""The first layer of a synthesis network: an LSTM whose steps move a soft window over the text.

Graves 2013, section 5, equations 46-51. At every step the layer's output h gives, for each of K Gaussians,
its weight alpha, its sharpness beta and the step by which its position kappa advances. The window's weight on
character u (counted from 1) and the window vector w are

    phi(u) = sum_k alpha_k exp(-beta_k (kappa_k - u)^2),    w = sum_u phi(u) onehot(character u)

This layer reads w at its next step, all other layers at this one. alpha, beta and the step of kappa are
exponentials of linear outputs alpha^, beta^ and kappa^, bounded by WINDOW_MAX.

The gradient is written out, as in hwcli.network.lstm; the steps are in hwcli.network.window_steps. Let g be
the terms of phi(u) times d loss / d phi(u). Then the gradients are

    alpha^    sum_u g
    beta^     -beta sum_u g (kappa - u)^2
    kappa^    step * (d loss / d kappa: -2 beta sum_u g (kappa - u), plus that of the next step's kappa)

It runs on every device. The NumPy counterpart is hwcli.engine.text_window, and its CUDA twin is in
hwcli.engine.cuda; tests compare them in float64.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from hwcli.network.lstm import PARAMETERS, copied, joined_weight, weight_gradients
from hwcli.network.window_steps import Pass, Size, Text


class WindowedLSTM:
    """Runs the weights of a one-layer `torch.nn.LSTM` with a window over text, with or without gradients."""

    def __init__(self, gaussians: int, characters: int) -> None:
        self.gaussians, self.characters = gaussians, characters
        self.free: list[Pass] = []

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
            self,
            torch.is_grad_enabled(),
            dtype,
            text,
            joined,
            *state,
            *window,
            *weights,
            head.weight,
            head.bias,
        )
        return out, vectors, (h, c), (kappa, w)


class _Windowed(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        layer: WindowedLSTM,
        learning: bool,
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
        weight, used = joined_weight(w_ih, w_hh, b_ih, b_hh, dtype)
        size = Size.of(layer.gaussians, layer.characters, dtype, text, rest, weight)
        steps = Pass.take(layer.free, size, head.dtype)
        steps.load(weight, text, rest, (h0, c0), (kappa0, w0), head, head_bias)
        steps.forward()
        work, window, hidden = steps.work, steps.window, steps.size.hidden
        exact = work.cells.dtype
        out = copied(work.z[1:, :hidden].permute(0, 2, 1), exact)
        vectors = copied(window.w.permute(0, 2, 1), exact)
        c, kappa = (copied(a.t(), exact).unsqueeze(0) for a in (work.cells[-1], window.kappa[-1, :, 0]))
        if learning:
            ctx.layer, ctx.steps, ctx.used = layer, steps, used
        else:
            layer.free.append(steps)
        return out, vectors, out[-1:].clone(), c, kappa, vectors[-1:].clone()

    @staticmethod
    def backward(ctx: Any, grad: Tensor, grad_w: Tensor, *_states: Tensor) -> tuple[Tensor | None, ...]:
        steps: Pass | None = ctx.steps
        if steps is None:
            raise RuntimeError("a WindowedLSTM cannot be differentiated twice: its memory is reused")
        steps.above.copy_(grad.permute(0, 2, 1))
        steps.d_w.copy_(grad_w.permute(0, 2, 1))
        steps.backward()
        d_ih, d_hh, d_bias = weight_gradients(steps.work, ctx.used)
        d_head, d_head_bias = steps.window.gradient(steps.work.z[1:, : steps.size.hidden])
        ctx.layer.free.append(steps)
        ctx.steps = None
        return *[None] * 9, d_ih, d_hh, d_bias, d_bias.clone(), d_head, d_head_bias
