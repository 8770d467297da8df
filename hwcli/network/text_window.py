"""The first layer of a synthesis network: an LSTM whose steps move a soft window over text.

Graves 2013, section 5, equations 46-51. At every step the layer's output h gives, for each of K Gaussians,
its weight alpha, its sharpness beta, and how far its place kappa moves on; the window's weight on character u
(counted from 1) and what the window then holds are

    phi(u) = sum_k alpha_k exp(-beta_k (kappa_k - u)^2),    w = sum_u phi(u) onehot(character u)

and w is read by this layer at its next step and by all others at this one. alpha, beta and the step of kappa
are exponentials of linear outputs, bounded by WINDOW_MAX.

The gradient is written out, as in hwcli.network.lstm, whose steps are used here. With g = phi's terms
times the slope by phi, the slopes by the linear outputs are

    alpha^    sum_u g
    beta^     -beta sum_u g (kappa - u)^2
    kappa^    step * (the slope by kappa: -2 beta sum_u g (kappa - u), and that of the next step's kappa)

It runs on every device. The NumPy counterpart is hwcli.engine.lstm; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from hwcli.model.shape import WINDOW_MAX, WINDOW_MIN
from hwcli.network.lstm import BackwardSteps, ForwardSteps, Workspace, copied, join, split_gradient


class Text(NamedTuple):
    """The characters under the window, which change where a lane goes on to its next line."""

    codes: Tensor  # (spans, longest, batch) numbers of characters; no character is the alphabet's size
    begins: tuple[int, ...]  # the step at which each span begins

    def at(self, time: int) -> list[Tensor]:
        """The codes (longest, batch) of each of `time` steps."""
        ends = (*self.begins[1:], time)
        return [
            codes
            for codes, begin, end in zip(self.codes, self.begins, ends, strict=True)
            for _ in range(begin, end)
        ]

    def to(self, device: torch.device) -> Text:
        """The same on `device`."""
        return self._replace(codes=self.codes.to(device, non_blocking=True))


class WindowedLSTM:
    """Runs a one-layer `torch.nn.LSTM`'s weights with a window over text, with gradients or without."""

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
        """The output (time, batch, hidden), what the window held (time, batch, characters), and both states.

        `lstm` reads the window's characters and then `rest`, (time, batch, …) side by side, the last of them
        the reset flag: where it is 1 the window goes back before the text and holds nothing. `head` gives
        alpha^, beta^ and kappa^ from the output. `state` is (1, batch, hidden) twice, `window` kappa (1,
        batch, gaussians) and what it holds (1, batch, characters). `dtype` is that of the layer's products;
        the window is computed in float32, or float64 with the weights. No gradient passes through the states.
        """
        weights = [
            lstm.get_parameter(f"{name}_l0") for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        ]
        joined = torch.cat([part.detach() for part in rest], -1)
        out, held, h, c, kappa, w = _Windowed.apply(  # type: ignore[no-untyped-call]  # torch has no types for it
            self, dtype, text, joined, *state, *window, *weights, head.weight, head.bias
        )
        return out, held, (h, c), (kappa, w)


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
        weight, used = join(w_ih, w_hh, b_ih, b_hh, dtype)
        work = Workspace.taken(layer.free, time, weight.shape[1], hidden, batch, dtype, rest.device)
        z, reached = work.z, hidden + characters
        z[0, :hidden] = h0[0].t()
        z[0, hidden:reached] = w0[0].t()
        z[:time, reached : used - 1] = rest.permute(0, 2, 1)
        z[:, used - 1] = 1
        work.cells[0] = c0[0].t()
        window = _Window(layer, text, rest[..., -1], kappa0, head, head_bias)
        steps = ForwardSteps(weight, work)
        for t in range(time):
            held = window.forward(t, steps(t))
            z[t + 1, hidden:reached] = held
        ctx.layer, ctx.work, ctx.weight, ctx.used, ctx.window = layer, work, weight, used, window
        exact = work.cells.dtype
        out = copied(z[1:, :hidden].permute(0, 2, 1), exact)
        held = copied(window.held.permute(0, 2, 1), exact)
        c, kappa = (copied(a.t(), exact).unsqueeze(0) for a in (work.cells[time], window.kappa[time, :, 0]))
        return out, held, out[-1:].clone(), c, kappa, held[-1:].clone()

    @staticmethod
    def backward(ctx: Any, grad: Tensor, grad_held: Tensor, *_states: Tensor) -> tuple[Tensor | None, ...]:
        work, window, layer = ctx.work, ctx.window, ctx.layer
        if work is None:
            raise RuntimeError("a second backward pass through a WindowedLSTM: its workspace is in use again")
        time, _, hidden, *_ = work.size
        reached = hidden + layer.characters
        above = grad.permute(0, 2, 1).contiguous()
        held = grad_held.permute(0, 2, 1).contiguous()
        steps = BackwardSteps(ctx.weight[:, :reached].t().contiguous(), work, above)
        for t in reversed(range(time)):
            if t < time - 1:
                held[t] += work.back[t + 1, hidden:reached]
            above[t].addmm_(window.head.t(), window.backward(t, held[t]))
            steps(t)
        d_ih, d_hh, bias = split_gradient(work, ctx.used)
        d_head, d_head_bias = window.gradient(work.z[1:, :hidden])
        layer.free.append(work)
        ctx.work = ctx.window = None
        return *[None] * 8, d_ih, d_hh, bias, bias.clone(), d_head, d_head_bias


class _Window:
    """The window's steps over one pass; arrays lie as those of the layer, the batch along the columns."""

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
        self.places = torch.arange(1, longest + 1, dtype=head.dtype, device=head.device).unsqueeze(1)
        self.raw = empty(time, 3 * k, batch)  # alpha^, beta^, kappa^, no larger than WINDOW_MAX
        self.grown = empty(time, 2 * k, batch)  # beta and the step of kappa
        self.kappa = empty(time + 1, k, 1, batch)  # [t + 1] is that of step t
        self.kappa[0, :, 0] = kappa0[0].t()
        self.terms = empty(time, k, longest, batch)  # of phi
        self.held = empty(time, layer.characters, batch)
        self.distance, self.product = empty(k, longest, batch), empty(k, longest, batch)
        self.phi = empty(longest, batch)
        self.sums = empty(layer.characters + 1, batch)  # the last row is for no character
        self.slopes = empty(time, 3 * k, batch)
        self.d_kappa = torch.zeros_like(self.kappa[0])

    def forward(self, t: int, h: Tensor) -> Tensor:
        """Move on by the output `h` (hidden, batch) of step t; gives what it holds, (characters, batch)."""
        k, raw, grown, kappa, terms = self.k, self.raw[t], self.grown[t], self.kappa[t + 1], self.terms[t]
        torch.addmm(self.bias, self.head, h, out=raw)
        raw.clamp_(max=WINDOW_MAX)
        torch.exp(raw[k:], out=grown)
        torch.add(self.kappa[t], grown[k:].unsqueeze(1), out=kappa)
        kappa.mul_(self.keep[t])
        torch.sub(kappa, self.places, out=self.distance)
        torch.mul(self.distance, self.distance, out=self.product)
        torch.addcmul(raw[:k].unsqueeze(1), self.product, grown[:k].unsqueeze(1), value=-1, out=terms)
        terms.clamp_(min=WINDOW_MIN).exp_()
        torch.sum(terms, 0, out=self.phi)
        self.sums.zero_().scatter_add_(0, self.codes[t], self.phi)
        return torch.mul(self.sums[:-1], self.keep[t], out=self.held[t])

    def backward(self, t: int, slope: Tensor) -> Tensor:
        """The slopes of the loss by alpha^, beta^ and kappa^ (3 K, batch) from that by what step t held."""
        k, grown, result = self.k, self.grown[t], self.slopes[t]
        beta, step = grown[:k], grown[k:]
        torch.mul(slope, self.keep[t], out=self.sums[:-1])
        self.sums[-1].zero_()
        torch.gather(self.sums, 0, self.codes[t], out=self.phi)
        torch.mul(self.terms[t], self.phi, out=self.product)
        torch.sub(self.kappa[t + 1], self.places, out=self.distance)
        torch.sum(self.product, 1, out=result[:k])
        by_kappa = self.product.mul_(self.distance).sum(1).mul_(beta)
        self.d_kappa.sub_(by_kappa.unsqueeze(1), alpha=2).mul_(self.keep[t])
        torch.sum(self.product.mul_(self.distance), 1, out=result[k : 2 * k])
        result[k : 2 * k].mul_(beta).neg_()
        torch.mul(self.d_kappa.squeeze(1), step, out=result[2 * k :])
        return result.mul_(self.raw[t] < WINDOW_MAX)

    def gradient(self, h: Tensor) -> tuple[Tensor, Tensor]:
        """The loss's slopes by the head's weights and biases, from outputs `h` (time, hidden, batch)."""
        slopes = self.slopes.permute(1, 0, 2).flatten(1)
        outputs = h.permute(1, 0, 2).flatten(1).to(slopes.dtype)
        return slopes @ outputs.t(), slopes.sum(1)
