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

    def __init__(self, time: int, rows: int, hidden: int, batch: int, dtype: torch.dtype) -> None:
        self.size = (time, rows, hidden, batch, dtype)
        exact = torch.float32 if dtype == torch.bfloat16 else dtype
        self.z = torch.zeros(time + 1, rows, batch, dtype=dtype)  # what the products read; [t + 1, :H] is h_t
        self.gates = torch.empty(time, 4 * hidden, batch, dtype=exact)  # i, f, o, g after their nonlinearity
        self.cells = torch.empty(time + 1, hidden, batch, dtype=exact)  # [t + 1] is c_t
        self.squashed = torch.empty(time, hidden, batch, dtype=exact)  # tanh c_t
        self.slopes = torch.empty(time, 4 * hidden, batch, dtype=dtype)  # d loss / d what enters the gates
        self.back = torch.empty(time, rows, batch, dtype=dtype)  # d loss / d z, the rows that need it


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

    def take(self, *size: Any) -> Workspace:
        """A workspace of this size that nobody uses."""
        while self.free:
            if (found := self.free.pop()).size == size:
                return found
        return Workspace(*size)


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
        joined = torch.cat([w_hh, w_ih, (b_ih + b_hh).unsqueeze(1)], 1)
        used = joined.shape[1]
        weight = functional.pad(_gates_last(joined), (0, -used % TILE)).to(dtype)
        work = layer.take(time, weight.shape[1], hidden, batch, dtype)
        work.z[0, :hidden] = h0[0].t()
        work.z[:time, hidden : hidden + width] = below.permute(0, 2, 1)
        if rest is not None:
            work.z[:time, hidden + width : used - 1] = rest.permute(0, 2, 1)
        work.z[:, used - 1] = 1
        work.cells[0] = c0[0].t()
        _forward(weight, work)
        exact = work.cells.dtype
        ctx.layer, ctx.work, ctx.weight, ctx.width, ctx.used = layer, work, weight, width, used
        out = _copy(work.z[1:, :hidden].permute(0, 2, 1), exact)
        return out, out[-1].clone(), _copy(work.cells[time].t(), exact)

    @staticmethod
    def backward(ctx: Any, grad: Tensor, *_states: Tensor) -> tuple[Tensor | None, ...]:
        work, weight, width, used = ctx.work, ctx.weight, ctx.width, ctx.used
        if work is None:
            raise RuntimeError("a second backward pass through a FastLSTM: its workspace is in use again")
        time, _, hidden, batch, _ = work.size
        exact = work.cells.dtype
        reached = hidden + (width if ctx.needs_input_grad[2] else 0)  # rows of z that need a gradient
        _backward(weight[:, :reached].t().contiguous(), work, grad.permute(0, 2, 1).contiguous())
        slopes = work.slopes.permute(1, 0, 2).reshape(4 * hidden, time * batch)
        z = work.z[:time].permute(1, 0, 2).reshape(-1, time * batch)
        d_weight = _gates_last(torch.mm(slopes, z.t())[:, :used].to(exact))
        d_hh, d_ih, d_bias = torch.split(d_weight, [hidden, used - 1 - hidden, 1], 1)
        d_below = None
        if ctx.needs_input_grad[2]:
            d_below = _copy(work.back[:, hidden:reached].permute(0, 2, 1), exact)
        ctx.layer.free.append(work)
        ctx.work = None
        bias = d_bias.squeeze(1)
        return None, None, d_below, None, None, None, d_ih, d_hh, bias, bias.clone()


def _copy(view: Tensor, dtype: torch.dtype) -> Tensor:
    """A copy in memory of its own, always: a workspace is written over by the next pass."""
    return torch.empty(view.shape, dtype=dtype).copy_(view)


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


def _gates_last(matrix: Tensor) -> Tensor:
    """Rows in torch's order i, f, g, o → i, f, o, g: the three sigmoids as one block. It undoes itself."""
    i, f, third, fourth = matrix.chunk(4)
    return torch.cat([i, f, fourth, third])


def _forward(weight: Tensor, work: Workspace) -> None:
    """Fill the workspace from z[0, :H], cells[0] and the rows of z below h, step by step."""
    time, _, hidden, batch, dtype = work.size
    product = torch.empty(4 * hidden, batch, dtype=dtype)
    output = torch.empty(hidden, batch, dtype=work.cells.dtype)
    z, h = work.z.unbind(), work.z[:, :hidden].unbind()
    cells, squashed, gates = work.cells.unbind(), work.squashed.unbind(), work.gates.unbind()
    sigmoids = work.gates[:, : 3 * hidden].unbind()
    i, f, o, g = (part.unbind() for part in torch.split(work.gates, hidden, 1))
    exact = work.cells.dtype == dtype
    for t in range(time):
        if exact:
            torch.mm(weight, z[t], out=gates[t])
        else:
            torch.mm(weight, z[t], out=product)
            gates[t].copy_(product)
        sigmoids[t].sigmoid_()
        g[t].tanh_()
        torch.mul(f[t], cells[t], out=cells[t + 1])
        cells[t + 1].addcmul_(i[t], g[t])
        torch.tanh(cells[t + 1], out=squashed[t])
        if exact:
            torch.mul(o[t], squashed[t], out=h[t + 1])
        else:
            torch.mul(o[t], squashed[t], out=output)
            h[t + 1].copy_(output)


def _backward(weight: Tensor, work: Workspace, grad: Tensor) -> None:
    """Fill `slopes` and the first rows of `back`, from the last step to the first.

    `weight` (reached, 4 H) is transposed, and `grad` (time, H, batch) what comes from above.
    """
    time, _, hidden, batch, _ = work.size
    reached, exact = len(weight), work.cells.dtype
    sigmoid_backward = torch.ops.aten.sigmoid_backward.grad_input
    tanh_backward = torch.ops.aten.tanh_backward.grad_input
    d_h = torch.empty(hidden, batch, dtype=exact)
    d_c = torch.zeros(hidden, batch, dtype=exact)
    scratch = torch.empty(hidden, batch, dtype=exact)
    slope = torch.empty(4 * hidden, batch, dtype=exact)
    d_i, d_f, d_o, d_g = torch.split(slope, hidden)
    d_sigmoids = slope[: 3 * hidden]
    cells, squashed, slopes = work.cells.unbind(), work.squashed.unbind(), work.slopes.unbind()
    sigmoids = work.gates[:, : 3 * hidden].unbind()
    i, f, o, g = (part.unbind() for part in torch.split(work.gates, hidden, 1))
    back, back_h, from_above = work.back[:, :reached].unbind(), work.back[:, :hidden].unbind(), grad.unbind()
    for t in reversed(range(time)):
        if t == time - 1:
            d_h.copy_(from_above[t])
        else:
            d_h.copy_(back_h[t + 1])
            d_h.add_(from_above[t])
        torch.mul(d_h, squashed[t], out=d_o)
        torch.mul(d_h, o[t], out=scratch)
        tanh_backward(scratch, squashed[t], grad_input=scratch)
        d_c.add_(scratch)
        torch.mul(d_c, g[t], out=d_i)
        torch.mul(d_c, cells[t], out=d_f)
        torch.mul(d_c, i[t], out=d_g)
        sigmoid_backward(d_sigmoids, sigmoids[t], grad_input=d_sigmoids)
        tanh_backward(d_g, g[t], grad_input=d_g)
        d_c.mul_(f[t])
        slopes[t].copy_(slope)
        torch.mm(weight, slopes[t], out=back[t])
