"""An LSTM layer for training on the CPU: the mathematics of `torch.nn.LSTM`, several times as fast.

One time step is one matrix product, W (4 H, K) times Z (K, batch). The rows of Z hold everything that the
layer reads: its own last output h, the layer below, the pen's row, and a constant 1 for the bias. The batch
runs along the columns, so the large matrix is read in place, only the small one is packed for the processor's
matrix units, and every gate is a contiguous block. `torch.nn.LSTM` has it the other way around and packs the
weights anew at every step.

In bfloat16 only the products (and h, which is used only as their operand) have that type. The gates, the cell
and everything accumulated over time stay in float32: a forget gate of 0.998 would round to 1.0 in bfloat16,
and its derivative to 0.

The gradient is that of the classic LSTM equations, written out; a test compares it with `torch.nn.LSTM` in
float64. The NumPy counterpart, forward only, is hwcli.engine.lstm.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

TILE = 32  # the processor's bfloat16 products take this many terms at a time: the rows of Z are padded to it
PARAMETERS = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")  # of nn.LSTM


class Workspace:
    """The arrays of one layer for windows of one size, reused from step to step.

    Freshly allocated memory costs a page fault for every 4 KiB written, which took as long as all arithmetic
    other than the products. Between a forward pass and its backward pass, a workspace belongs to that pass.
    """

    def __init__(
        self, time: int, rows: int, hidden: int, batch: int, dtype: torch.dtype, device: torch.device
    ) -> None:
        self.size = (time, rows, hidden, batch, dtype, device)
        exact = torch.float32 if dtype == torch.bfloat16 else dtype

        def empty(*size: int, dtype: torch.dtype = exact) -> Tensor:
            return torch.empty(size, dtype=dtype, device=device)

        self.z = torch.zeros(time + 1, rows, batch, dtype=dtype, device=device)  # [t + 1, :H] is h_t
        self.gates = empty(time, 4 * hidden, batch)  # i, f, o, g after their nonlinearity
        self.cells = empty(time + 1, hidden, batch)  # [t + 1] is c_t
        self.tanh_cells = empty(time, hidden, batch)  # tanh c_t
        self.d_gates = empty(time, 4 * hidden, batch, dtype=dtype)  # d loss / d gates before the nonlinearity
        self.d_z = empty(time, rows, batch, dtype=dtype)  # d loss / d z, for the rows that need it

    @classmethod
    def take(cls, free: list[Workspace], *size: Any) -> Workspace:
        """Return a workspace of this size from those in `free`, or a new one; others are dropped."""
        while free:
            if (found := free.pop()).size == size:
                return found
        return cls(*size)


class FastLSTM:
    """Runs a one-layer `torch.nn.LSTM` over windows on the CPU for training: one backward pass per result."""

    def __init__(self) -> None:
        self.free: list[Workspace] = []

    def __call__(
        self, lstm: nn.LSTM, parts: Sequence[Tensor], state: tuple[Tensor, Tensor], dtype: torch.dtype
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """Return the output (time, batch, hidden) and the last state, h and c, each (1, batch, hidden).

        The layer's input is `parts`, each (time, batch, …), joined along the last axis; only the first part
        gets a gradient. `dtype` is the type of the products. Results are float32, or float64 if `dtype` is.
        No gradient passes through the states.
        """
        rest = torch.cat([p.detach() for p in parts[1:]], -1) if len(parts) > 1 else None
        weights = [lstm.get_parameter(name) for name in PARAMETERS]
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
        weight, used = joined_weight(w_ih, w_hh, b_ih, b_hh, dtype)
        work = Workspace.take(layer.free, time, weight.shape[1], hidden, batch, dtype, below.device)
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
            raise RuntimeError("a FastLSTM cannot be differentiated twice: its workspace is reused")
        time, _, hidden, *_ = work.size
        learning = hidden + (width if ctx.needs_input_grad[2] else 0)  # the rows of z that need a gradient
        steps = BackwardSteps(weight[:, :learning].t().contiguous(), work, grad.permute(0, 2, 1).contiguous())
        for t in reversed(range(time)):
            steps(t)
        d_ih, d_hh, d_bias = weight_gradients(work, used)
        d_below = None
        if ctx.needs_input_grad[2]:
            d_below = copied(work.d_z[:, hidden:learning].permute(0, 2, 1), work.cells.dtype)
        ctx.layer.free.append(work)
        ctx.work = None
        return None, None, d_below, None, None, None, d_ih, d_hh, d_bias, d_bias.clone()


def copied(view: Tensor, dtype: torch.dtype) -> Tensor:
    """Copy `view` into memory of its own: the next pass overwrites the workspace."""
    return torch.empty(view.shape, dtype=dtype, device=view.device).copy_(view)


def linear_with_bfloat16_backward(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Compute `functional.linear` in float32, with bfloat16 products in the backward pass.

    The forward pass must be exact: means and deviations are read from it. The gradient enters bfloat16
    products anyway, and float32 would make this backward pass as slow as a whole layer's.
    """
    result: Tensor = _LinearWithBfloat16Backward.apply(x, weight, bias)  # type: ignore[no-untyped-call]  # torch has no types for it
    return result


class _LinearWithBfloat16Backward(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        ctx.save_for_backward(x.bfloat16(), weight)
        return functional.linear(x, weight, bias)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, ...]:
        x, weight = ctx.saved_tensors
        flat, rounded = grad.flatten(0, -2), grad.bfloat16().flatten(0, -2)
        d_x = torch.mm(rounded, weight.bfloat16()).float().view(*grad.shape[:-1], -1)
        d_weight = torch.mm(rounded.t(), x.flatten(0, -2)).float()
        return d_x, d_weight, flat.sum(0)


def joined_weight(
    w_ih: Tensor, w_hh: Tensor, b_ih: Tensor, b_hh: Tensor, dtype: torch.dtype
) -> tuple[Tensor, int]:
    """Return a layer's weights as one matrix over the rows of z (h, input, 1), and how many are used."""
    joined = torch.cat([w_hh, w_ih, (b_ih + b_hh).unsqueeze(1)], 1)
    used = joined.shape[1]
    return functional.pad(_swap_last_gates(joined), (0, -used % TILE)).to(dtype), used


def weight_gradients(work: Workspace, used: int) -> tuple[Tensor, Tensor, Tensor]:
    """Return the gradients of the input weights, recurrent weights and bias, after all backward steps."""
    time, _, hidden, batch, *_ = work.size
    d_gates = work.d_gates.permute(1, 0, 2).reshape(4 * hidden, time * batch)
    z = work.z[:time].permute(1, 0, 2).reshape(-1, time * batch)
    d_weight = _swap_last_gates(torch.mm(d_gates, z.t())[:, :used].to(work.cells.dtype))
    d_hh, d_ih, d_bias = torch.split(d_weight, [hidden, used - 1 - hidden, 1], 1)
    return d_ih, d_hh, d_bias.squeeze(1)


def _swap_last_gates(matrix: Tensor) -> Tensor:
    """Reorder rows from torch's i, f, g, o to i, f, o, g (the three sigmoids in one block), or back."""
    i, f, third, fourth = matrix.chunk(4)
    return torch.cat([i, f, fourth, third])


class ForwardSteps:
    """Fills a workspace step by step, from z[0, :H], cells[0] and the rows of z below h."""

    def __init__(self, weight: Tensor, work: Workspace) -> None:
        _, _, hidden, batch, dtype, device = work.size
        self.weight = weight
        self.exact = work.cells.dtype == dtype
        self.product = torch.empty(4 * hidden, batch, dtype=dtype, device=device)
        self.output = torch.empty(hidden, batch, dtype=work.cells.dtype, device=device)
        self.z, self.h = work.z.unbind(), work.z[:, :hidden].unbind()
        self.cells, self.tanh_cells = work.cells.unbind(), work.tanh_cells.unbind()
        self.gates, self.sigmoids = work.gates.unbind(), work.gates[:, : 3 * hidden].unbind()
        self.i, self.f, self.o, self.g = (part.unbind() for part in torch.split(work.gates, hidden, 1))

    def __call__(self, t: int) -> Tensor:
        """Compute step t; return h_t (H, batch), not rounded, which the next step overwrites."""
        gates, cell, tanh_cell, g = self.gates[t], self.cells[t + 1], self.tanh_cells[t], self.g[t]
        if self.exact:
            torch.mm(self.weight, self.z[t], out=gates)
        else:
            torch.mm(self.weight, self.z[t], out=self.product)
            gates.copy_(self.product)
        self.sigmoids[t].sigmoid_()
        g.tanh_()
        torch.mul(self.f[t], self.cells[t], out=cell)
        cell.addcmul_(self.i[t], g)
        torch.tanh(cell, out=tanh_cell)
        if self.exact:
            return torch.mul(self.o[t], tanh_cell, out=self.h[t + 1])
        torch.mul(self.o[t], tanh_cell, out=self.output)
        self.h[t + 1].copy_(self.output)
        return self.output


class BackwardSteps:
    """Fills a workspace's `d_gates` and the first rows of `d_z`, from the last step to the first.

    `weight` (rows that learn, 4 H) is transposed; `grad` (time, H, batch) is that of the layer's output.
    """

    def __init__(self, weight: Tensor, work: Workspace, grad: Tensor) -> None:
        self.time, _, hidden, batch, _, device = work.size
        self.weight = weight

        def empty(rows: int) -> Tensor:
            return torch.empty(rows, batch, dtype=work.cells.dtype, device=device)

        self.d_h, self.d_c, self.scratch = empty(hidden), empty(hidden), empty(hidden)
        self.d_gate = empty(4 * hidden)
        self.d_i, self.d_f, self.d_o, self.d_g = torch.split(self.d_gate, hidden)
        self.d_sigmoids = self.d_gate[: 3 * hidden]
        self.cells, self.tanh_cells, self.d_gates = (
            a.unbind() for a in (work.cells, work.tanh_cells, work.d_gates)
        )
        self.sigmoids = work.gates[:, : 3 * hidden].unbind()
        self.i, self.f, self.o, self.g = (part.unbind() for part in torch.split(work.gates, hidden, 1))
        self.d_z, self.d_z_h = work.d_z[:, : len(weight)].unbind(), work.d_z[:, :hidden].unbind()
        self.from_above = grad.unbind()

    def __call__(self, t: int) -> None:
        """Compute step t."""
        d_h, d_c, scratch, d_g = self.d_h, self.d_c, self.scratch, self.d_g
        sigmoid_backward = torch.ops.aten.sigmoid_backward.grad_input
        tanh_backward = torch.ops.aten.tanh_backward.grad_input
        tanh_cell, g, i = self.tanh_cells[t], self.g[t], self.i[t]
        if t == self.time - 1:
            d_h.copy_(self.from_above[t])
            d_c.zero_()
        else:
            d_h.copy_(self.d_z_h[t + 1])
            d_h.add_(self.from_above[t])
        torch.mul(d_h, tanh_cell, out=self.d_o)
        torch.mul(d_h, self.o[t], out=scratch)
        tanh_backward(scratch, tanh_cell, grad_input=scratch)
        d_c.add_(scratch)
        torch.mul(d_c, g, out=self.d_i)
        torch.mul(d_c, self.cells[t], out=self.d_f)
        torch.mul(d_c, i, out=d_g)
        sigmoid_backward(self.d_sigmoids, self.sigmoids[t], grad_input=self.d_sigmoids)
        tanh_backward(d_g, g, grad_input=d_g)
        d_c.mul_(self.f[t])
        self.d_gates[t].copy_(self.d_gate)
        torch.mm(self.weight, self.d_gates[t], out=self.d_z[t])
