"""Writing in torch, for GPUs and thousands of sequences: hwcli.sampling.writer with the same chances.

The layout is the NumPy engine's and the random numbers are the same, so the samples are, to rounding. BLOCK
steps are one unit of work: on CUDA they are captured once as a graph and replayed, so that a step costs what
the GPU computes and not what Python says to it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from hwcli.dataset.store import Normalisation
from hwcli.dataset.windows import START, normalise
from hwcli.model.layout import LOG_SIGMA_MAX, RHO_MAX
from hwcli.sampling.engine import EXTRA, ROW, Weights
from hwcli.sampling.pen import BLOCK, Pen, roll
from hwcli.sampling.writer import Plan, Written, as_written


def write(
    weights: Weights,
    norm: Normalisation,
    grid: float,
    generators: Sequence[np.random.Generator],
    plan: Plan,
    device: torch.device,
) -> list[Written]:
    """A sequence for each of `generators`, as hwcli.sampling.writer.write gives them."""
    batch, m = len(generators), weights.shape.mixtures
    block = _Block(weights, Pen(m, norm, plan.steering, grid), batch, device)
    if plan.begin is None:
        block.begin(None, normalise(np.array([START]), norm)[0])
    else:
        block.begin(plan.begin.state, plan.begin.row)
    run = block.run if device.type == "cpu" else block.captured()
    kept = plan.points if plan.predictions else 0
    raws = np.empty((kept, weights.shape.outputs, batch), weights.output.dtype)
    steps = np.zeros((plan.points, 2, batch), np.int64)
    lifts = np.zeros((plan.points, batch), bool)
    for first in range(0, plan.points, BLOCK):
        count = min(BLOCK, plan.points - first)
        block.load(*roll(generators, m))
        block.from_rest.fill_(first == 0 and plan.begin is None)
        run()
        steps[first : first + count] = block.steps[:count].cpu().numpy()
        lifts[first : first + count] = block.lifts[:count].cpu().numpy()
        if plan.predictions:
            raws[first : first + count] = block.raws[:count].cpu().numpy()
        if plan.until and (lifts.sum(0) >= plan.until).all():
            break
    return as_written(steps, lifts, raws if plan.predictions else None, plan, grid)


class _Block:
    """BLOCK steps of a batch on a device: all that they read and write lies in place."""

    def __init__(self, weights: Weights, pen: Pen, batch: int, device: torch.device) -> None:
        shape = weights.shape
        self.pen, self.hidden, part = pen, shape.hidden, shape.hidden + EXTRA
        self.weights = [torch.from_numpy(w).to(device) for w in weights.layers]
        self.output = torch.from_numpy(weights.output).to(device)
        exact = self.output.dtype

        def empty(*size: int, dtype: torch.dtype = exact) -> Tensor:
            return torch.zeros(size, dtype=dtype, device=device)

        self.z = empty(shape.layers * part, batch)
        by_layer = self.z.view(shape.layers, part, batch)
        by_layer[:, -1] = 1
        self.h, self.rows = by_layer[:, : self.hidden], by_layer[:, self.hidden : self.hidden + ROW]
        ends = [k * part + (self.hidden if k else part) for k in range(shape.layers)]
        self.read = [self.z[max(k - 1, 0) * part : end] for k, end in enumerate(ends)]
        self.top = self.z if shape.skip else self.z[-part:]
        # o, i, f, g and the cell, as in the NumPy engine
        self.gates = [empty(5 * self.hidden, batch) for _ in range(shape.layers)]
        self.products = empty(2 * self.hidden, batch)
        self.raws = empty(BLOCK, shape.outputs, batch)
        self.steps = empty(BLOCK, 2, batch, dtype=torch.int64)
        self.lifts = empty(BLOCK, batch, dtype=torch.bool)
        self.choices = empty(BLOCK, 1 + shape.mixtures, batch, dtype=torch.float32)
        self.normals = empty(BLOCK, 2, batch, dtype=torch.float64)
        self.from_rest = empty(dtype=torch.bool)  # whether the block's first point lies at the origin
        self.scale = torch.from_numpy(pen.scale).to(device)
        self.places = torch.from_numpy(pen.places).to(device)
        self.mean, self.std, self.narrowest = (
            torch.tensor(pair, dtype=torch.float64, device=device)[:, None]
            for pair in (pen.mean, pen.std, pen.narrowest)
        )

    def begin(self, state: np.ndarray | None, row: np.ndarray) -> None:
        """Take over a state (2, layers, hidden, 1), or none, and the row (3,) that is read first."""
        self.h.zero_()
        for gates in self.gates:
            gates.zero_()
        if state is not None:
            self.h.copy_(torch.from_numpy(state[0]))
            for gates, cell in zip(self.gates, state[1], strict=True):
                gates[4 * self.hidden :] = torch.from_numpy(cell).to(gates)
        self.rows.copy_(torch.from_numpy(row)[:, None])

    def load(self, choices: np.ndarray, normals: np.ndarray) -> None:
        """The chances of the next block, as `roll` gives them."""
        self.choices.copy_(torch.from_numpy(choices))
        self.normals.copy_(torch.from_numpy(normals))

    @torch.no_grad()
    def run(self) -> None:
        """The next BLOCK steps."""
        for k in range(BLOCK):
            self._advance(self.raws[k])
            self._draw(k)

    def captured(self) -> Callable[[], None]:
        """`run` as a CUDA graph; the state is as it was."""
        kept = [t.clone() for t in (self.z, *self.gates)]
        side = torch.cuda.Stream()  # type: ignore[no-untyped-call]  # torch has no types for it
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):  # the libraries set themselves up outside the capture
            self._advance(self.raws[0])
            self._draw(0)
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            self.run()
        for tensor, value in zip((self.z, *self.gates), kept, strict=True):
            tensor.copy_(value)
        replay: Callable[[], None] = graph.replay
        return replay

    def _advance(self, raw: Tensor) -> None:
        n = self.hidden
        i_g, f_c = self.products[:n], self.products[n:]
        for weight, read, gates, h in zip(self.weights, self.read, self.gates, self.h, strict=True):
            torch.mm(weight, read, out=gates[: 4 * n])
            gates[: 4 * n].tanh_()
            gates[: 3 * n].add_(1)
            torch.mul(gates[n : 3 * n], gates[3 * n :], out=self.products)
            cell = gates[4 * n :]
            torch.add(i_g, f_c, out=cell)
            cell.mul_(0.5)
            torch.mul(gates[:n], torch.tanh(cell), out=h)
        torch.mm(self.output, self.top, out=raw)

    def _draw(self, k: int) -> None:
        pen, raw, normal = self.pen, self.raws[k], self.normals[k]
        noisy = raw[: 1 + pen.m].float() * self.scale + self.choices[k]
        chosen = noisy[1:].argmax(0)
        picked = raw.gather(0, self.places + chosen).double()  # mu, sigma^, rho^
        sigma = (self.narrowest + torch.exp(picked[2:4].clamp(max=LOG_SIGMA_MAX) - pen.bias)) * pen.spread
        rho = RHO_MAX * torch.tanh(picked[4])
        x = picked[0] + sigma[0] * normal[0]
        y = picked[1] + sigma[1] * (rho * normal[0] + torch.sqrt(1 - rho**2) * normal[1])
        step = torch.round((torch.stack([x, y]) * self.std + self.mean) * pen.grid)
        if k == 0:
            step = torch.where(self.from_rest, torch.zeros_like(step), step)
        self.steps[k] = step.long()
        self.lifts[k] = noisy[0] > 0
        self.rows[:, :2] = ((step / pen.grid - self.mean) / self.std).to(self.rows.dtype)
        self.rows[:, 2] = self.lifts[k].to(self.rows.dtype)
