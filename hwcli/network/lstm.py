"""An LSTM layer for training on the CPU: the mathematics of `torch.nn.LSTM`, several times as fast.

A step is one matrix product, W (4 H, K) times Z (K, batch), with all that the layer reads stacked in the
columns of Z: its own last output h, the layer below, the row, and a one for the bias. The batch lies along
the columns, so that the large matrix is read as it stands and only the small one is packed for the
processor's matrix units, and every gate is a contiguous block. `torch.nn.LSTM` does it the other way around
and packs the weights anew at every step.

In bfloat16 only the products are of that type (and h, which is nothing but their operand); the gates, the
cell and all that is added up over time stay in float32: a forget gate of 0.998 would be 1.0 in bfloat16, and
its derivative 0.

The derivatives are those of the classic equations, written out; a test holds them to `torch.nn.LSTM` in
float64.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

TILE = 32  # the processor's bfloat16 products take so many terms at a time: Z's rows are padded to it


class Workspace:
    """The arrays of one layer for windows of one size, used again from step to step.

    Memory that is fresh from the system costs a page fault for every 4 KiB written, which took as long as the
    arithmetic beside the products. Between a forward and its backward pass a workspace belongs to that pass.
    """

    def __init__(
        self, time: int, rows: int, hidden: int, batch: int, dtype: torch.dtype, device: torch.device
    ) -> None:
        self.size = (time, rows, hidden, batch, dtype, device)
        exact = torch.float32 if dtype == torch.bfloat16 else dtype

        def empty(*size: int, dtype: torch.dtype = exact) -> Tensor:
            return torch.empty(size, dtype=dtype, device=device)

        # what the products read; [t + 1, :H] is h_t
        self.z = torch.zeros(time + 1, rows, batch, dtype=dtype, device=device)
        self.gates = empty(time, 4 * hidden, batch)  # i, f, o, g after their nonlinearity
        self.cells = empty(time + 1, hidden, batch)  # [t + 1] is c_t
        self.squashed = empty(time, hidden, batch)  # tanh c_t
        self.slopes = empty(time, 4 * hidden, batch, dtype=dtype)  # d loss / d what enters the gates
        self.back = empty(time, rows, batch, dtype=dtype)  # d loss / d z, the rows that need it

    @classmethod
    def taken(cls, free: list[Workspace], *size: Any) -> Workspace:
        """One of this size out of those that nobody uses, else a new one."""
        while free:
            if (found := free.pop()).size == size:
                return found
        return cls(*size)


class FastLSTM:
    """Runs a one-layer `torch.nn.LSTM`'s weights over windows on the CPU, with gradients.

    Not for anything but training: every result belongs to at most one backward pass.
    """

    def __init__(self) -> None:
        self.free: list[Workspace] = []

    def __call__(
        self, lstm: nn.LSTM, parts: Sequence[Tensor], state: tuple[Tensor, Tensor], dtype: torch.dtype
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """The output (time, batch, hidden) and the state (1, batch, hidden) twice after the last step.

        `parts` (time, batch, …) stand side by side for the layer's input; the first alone gets a gradient.
        `dtype` is that of the products; the results are in float32, or in float64 for float64. No gradient
        passes through the states.
        """
        rest = torch.cat([p.detach() for p in parts[1:]], -1) if len(parts) > 1 else None
        weights = [
            lstm.get_parameter(f"{name}_l0") for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        ]
        out, h, c = _Layer.apply(self, dtype, parts[0], rest, *state, *weights)  # type: ignore[no-untyped-call]  # torch has no types for it
        return out, (h.unsqueeze(0), c.unsqueeze(0))


class _Layer(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        layer: FastLSTM,
        dtype: torch.dtype,
        below: Tensor,
        rest: Tensor | None,
        h0: Tensor,
        c0: Tensor,
        w_ih: Tensor,
        w_hh: Tensor,
        b_ih: Tensor,
        b_hh: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor]:
        (time, batch, width), hidden = below.shape, w_hh.shape[1]
        weight, used = join(w_ih, w_hh, b_ih, b_hh, dtype)
        work = Workspace.taken(layer.free, time, weight.shape[1], hidden, batch, dtype, below.device)
        work.z[0, :hidden] = h0[0].t()
        work.z[:time, hidden : hidden + width] = below.permute(0, 2, 1)
        if rest is not None:
            work.z[:time, hidden + width : used - 1] = rest.permute(0, 2, 1)
        work.z[:, used - 1] = 1
        work.cells[0] = c0[0].t()
        steps = ForwardSteps(weight, work)
        for t in range(time):
            steps(t)
        exact = work.cells.dtype
        ctx.layer, ctx.work, ctx.weight, ctx.width, ctx.used = layer, work, weight, width, used
        out = copied(work.z[1:, :hidden].permute(0, 2, 1), exact)
        return out, out[-1].clone(), copied(work.cells[time].t(), exact)

    @staticmethod
    def backward(ctx: Any, grad: Tensor, *_states: Tensor) -> tuple[Tensor | None, ...]:
        work, weight, width, used = ctx.work, ctx.weight, ctx.width, ctx.used
        if work is None:
            raise RuntimeError("a second backward pass through a FastLSTM: its workspace is in use again")
        time, _, hidden, *_ = work.size
        reached = hidden + (width if ctx.needs_input_grad[2] else 0)  # rows of z that need a gradient
        steps = BackwardSteps(weight[:, :reached].t().contiguous(), work, grad.permute(0, 2, 1).contiguous())
        for t in reversed(range(time)):
            steps(t)
        d_ih, d_hh, bias = split_gradient(work, used)
        d_below = None
        if ctx.needs_input_grad[2]:
            d_below = copied(work.back[:, hidden:reached].permute(0, 2, 1), work.cells.dtype)
        ctx.layer.free.append(work)
        ctx.work = None
        return None, None, d_below, None, None, None, d_ih, d_hh, bias, bias.clone()


def copied(view: Tensor, dtype: torch.dtype) -> Tensor:
    """A copy in memory of its own, always: a workspace is written over by the next pass."""
    return torch.empty(view.shape, dtype=dtype, device=view.device).copy_(view)


def roughly_backward(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """`functional.linear` in float32, with bfloat16 products in its backward pass.

    What goes forward must be exact: means and deviations are read from it. What comes back is on its way into
    bfloat16 products anyway, and in float32 its two would take as long as a whole layer.
    """
    result: Tensor = _RoughlyBackward.apply(x, weight, bias)  # type: ignore[no-untyped-call]  # torch has no types for it
    return result


class _RoughlyBackward(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        ctx.save_for_backward(x.bfloat16(), weight)
        return functional.linear(x, weight, bias)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, ...]:
        x, weight = ctx.saved_tensors
        flat, rough = grad.flatten(0, -2), grad.bfloat16().flatten(0, -2)
        d_x = torch.mm(rough, weight.bfloat16()).float().view(*grad.shape[:-1], -1)
        d_weight = torch.mm(rough.t(), x.flatten(0, -2)).float()
        return d_x, d_weight, flat.sum(0)


def join(w_ih: Tensor, w_hh: Tensor, b_ih: Tensor, b_hh: Tensor, dtype: torch.dtype) -> tuple[Tensor, int]:
    """A layer's weights as one matrix for z's rows (own output, input, one), and how many are used."""
    joined = torch.cat([w_hh, w_ih, (b_ih + b_hh).unsqueeze(1)], 1)
    used = joined.shape[1]
    return functional.pad(_gates_last(joined), (0, -used % TILE)).to(dtype), used


def split_gradient(work: Workspace, used: int) -> tuple[Tensor, Tensor, Tensor]:
    """The slopes by input weights, recurrent weights and bias after all backward steps."""
    time, _, hidden, batch, *_ = work.size
    slopes = work.slopes.permute(1, 0, 2).reshape(4 * hidden, time * batch)
    z = work.z[:time].permute(1, 0, 2).reshape(-1, time * batch)
    d_weight = _gates_last(torch.mm(slopes, z.t())[:, :used].to(work.cells.dtype))
    d_hh, d_ih, d_bias = torch.split(d_weight, [hidden, used - 1 - hidden, 1], 1)
    return d_ih, d_hh, d_bias.squeeze(1)


def _gates_last(matrix: Tensor) -> Tensor:
    """Rows in torch's order i, f, g, o → i, f, o, g: the three sigmoids as one block. It undoes itself."""
    i, f, third, fourth = matrix.chunk(4)
    return torch.cat([i, f, fourth, third])


class ForwardSteps:
    """Fills a workspace from z[0, :H], cells[0] and the rows of z below h, step by step in order."""

    def __init__(self, weight: Tensor, work: Workspace) -> None:
        _, _, hidden, batch, dtype, device = work.size
        self.weight = weight
        self.exact = work.cells.dtype == dtype
        self.product = torch.empty(4 * hidden, batch, dtype=dtype, device=device)
        self.output = torch.empty(hidden, batch, dtype=work.cells.dtype, device=device)
        self.z, self.h = work.z.unbind(), work.z[:, :hidden].unbind()
        self.cells, self.squashed = work.cells.unbind(), work.squashed.unbind()
        self.gates, self.sigmoids = work.gates.unbind(), work.gates[:, : 3 * hidden].unbind()
        self.i, self.f, self.o, self.g = (part.unbind() for part in torch.split(work.gates, hidden, 1))

    def __call__(self, t: int) -> Tensor:
        """Step t; gives h_t (H, batch), not rounded, which is overwritten by the next step."""
        gates, cell, squashed, g = self.gates[t], self.cells[t + 1], self.squashed[t], self.g[t]
        if self.exact:
            torch.mm(self.weight, self.z[t], out=gates)
        else:
            torch.mm(self.weight, self.z[t], out=self.product)
            gates.copy_(self.product)
        self.sigmoids[t].sigmoid_()
        g.tanh_()
        torch.mul(self.f[t], self.cells[t], out=cell)
        cell.addcmul_(self.i[t], g)
        torch.tanh(cell, out=squashed)
        if self.exact:
            return torch.mul(self.o[t], squashed, out=self.h[t + 1])
        torch.mul(self.o[t], squashed, out=self.output)
        self.h[t + 1].copy_(self.output)
        return self.output


class BackwardSteps:
    """Fills a workspace's `slopes` and the first rows of `back`, from the last step to the first.

    `weight` (reached, 4 H) is transposed, and `grad` (time, H, batch) what comes from above.
    """

    def __init__(self, weight: Tensor, work: Workspace, grad: Tensor) -> None:
        self.time, _, hidden, batch, _, device = work.size
        self.weight = weight

        def empty(rows: int) -> Tensor:
            return torch.empty(rows, batch, dtype=work.cells.dtype, device=device)

        self.d_h, self.d_c, self.scratch = empty(hidden), empty(hidden).zero_(), empty(hidden)
        self.slope = empty(4 * hidden)
        self.d_i, self.d_f, self.d_o, self.d_g = torch.split(self.slope, hidden)
        self.d_sigmoids = self.slope[: 3 * hidden]
        self.cells, self.squashed, self.slopes = (
            a.unbind() for a in (work.cells, work.squashed, work.slopes)
        )
        self.sigmoids = work.gates[:, : 3 * hidden].unbind()
        self.i, self.f, self.o, self.g = (part.unbind() for part in torch.split(work.gates, hidden, 1))
        self.back, self.back_h = work.back[:, : len(weight)].unbind(), work.back[:, :hidden].unbind()
        self.from_above = grad.unbind()

    def __call__(self, t: int) -> None:
        """Step t."""
        d_h, d_c, scratch, d_g = self.d_h, self.d_c, self.scratch, self.d_g
        sigmoid_backward = torch.ops.aten.sigmoid_backward.grad_input
        tanh_backward = torch.ops.aten.tanh_backward.grad_input
        squashed, g, i = self.squashed[t], self.g[t], self.i[t]
        if t == self.time - 1:
            d_h.copy_(self.from_above[t])
        else:
            d_h.copy_(self.back_h[t + 1])
            d_h.add_(self.from_above[t])
        torch.mul(d_h, squashed, out=self.d_o)
        torch.mul(d_h, self.o[t], out=scratch)
        tanh_backward(scratch, squashed, grad_input=scratch)
        d_c.add_(scratch)
        torch.mul(d_c, g, out=self.d_i)
        torch.mul(d_c, self.cells[t], out=self.d_f)
        torch.mul(d_c, i, out=d_g)
        sigmoid_backward(self.d_sigmoids, self.sigmoids[t], grad_input=self.d_sigmoids)
        tanh_backward(d_g, g, grad_input=d_g)
        d_c.mul_(self.f[t])
        self.slopes[t].copy_(self.slope)
        torch.mm(self.weight, self.slopes[t], out=self.back[t])
