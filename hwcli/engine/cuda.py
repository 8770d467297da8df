"""The CUDA twin of hwcli.engine.loop, in torch: for GPUs and thousands of sequences.

The layout is that of the NumPy engine (hwcli.engine.lstm, text_window and pen) and the random numbers are the
same, so the samples are equal up to rounding. BLOCK steps are one unit of work: on CUDA they are captured
once as a graph and replayed, so that a step costs only the GPU's time and none of Python's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from hwcli.engine.ending import NEAR, Ending
from hwcli.engine.loop import Plan, trajectories
from hwcli.engine.lstm import ROW_AND_ONE, IntArray, State, Weights
from hwcli.engine.pen import BLOCK, Pen, draw_noise
from hwcli.engine.trajectory import Trajectory
from hwcli.model.shape import LOG_SIGMA_MAX, RHO_MAX, WINDOW_MAX, WINDOW_MIN, Shape
from hwcli.normalisation import START, Normalisation, normalise


def generate(
    weights: Weights,
    norm: Normalisation,
    grid: float,
    generators: Sequence[np.random.Generator],
    plan: Plan,
    device: torch.device,
    texts: Sequence[IntArray] | None = None,
) -> list[Trajectory]:
    """Generate one sequence per generator on `device`, as hwcli.engine.loop.generate does."""
    batch, m = len(generators), weights.shape.mixtures
    block = _Block(weights, Pen(m, norm, plan.steering, grid), batch, device, texts)
    if plan.start is None:
        block.start(None, normalise(np.array([START]), norm)[0])
    else:
        block.start(plan.start.state, plan.start.row)
    run = block.run if device.type == "cpu" else block.captured()
    kept = plan.points if plan.predictions else 0
    raws = np.empty((kept, weights.shape.outputs, batch), weights.output.dtype)
    steps = np.zeros((plan.points, 2, batch), np.int64)
    lifts = np.zeros((plan.points, batch), bool)
    attended = np.zeros((plan.points, batch), np.int64) if block.window else None
    phis = None
    if block.phis is not None and plan.attention:
        phis = np.empty((plan.points, *block.phis.shape[1:]), weights.output.dtype)
    ends = None if texts is None else np.array([len(text) for text in texts], np.int64)
    ending = Ending(plan.limits_of(batch), plan.until, ends, NEAR * norm.std[0] * grid)
    for first in range(0, plan.points, BLOCK):
        count = min(BLOCK, plan.points - first)
        block.load(*draw_noise(generators, m))
        block.from_rest.fill_(first == 0 and plan.start is None)
        run()
        steps[first : first + count] = block.steps[:count].cpu().numpy()
        lifts[first : first + count] = block.lifts[:count].cpu().numpy()
        if plan.predictions:
            raws[first : first + count] = block.raws[:count].cpu().numpy()
        if attended is not None:
            attended[first : first + count] = block.attended[:count].cpu().numpy()
        if phis is not None and block.phis is not None:
            phis[first : first + count] = block.phis[:count].cpu().numpy()
        if plan.until or attended is not None:
            for t in range(first, first + count):
                if attended is not None:
                    ending.before_point(attended[t])
                ending.after_point(t, steps[t], lifts[t])
        if ending.all_ended:
            break
    return trajectories(steps, lifts, raws if plan.predictions else None, attended, phis, ending, grid)


class _Block:
    """BLOCK steps of a batch on a device, all reading and writing the same arrays."""

    def __init__(
        self,
        weights: Weights,
        pen: Pen,
        batch: int,
        device: torch.device,
        texts: Sequence[IntArray] | None = None,
    ) -> None:
        shape = weights.shape
        self.pen, self.hidden, part = pen, shape.hidden, weights.part
        self.weights = [torch.from_numpy(w).to(device) for w in weights.layers]
        self.output = torch.from_numpy(weights.output).to(device)
        exact = self.output.dtype

        def empty(*size: int, dtype: torch.dtype = exact) -> Tensor:
            return torch.zeros(size, dtype=dtype, device=device)

        self.z = empty(shape.layers * part, batch)
        by_layer = self.z.view(shape.layers, part, batch)
        by_layer[:, self.hidden] = 1
        self.h = by_layer[:, : self.hidden]
        self.rows = by_layer[:, self.hidden + 1 : self.hidden + ROW_AND_ONE]
        self.w = by_layer[:, self.hidden + ROW_AND_ONE :]
        ends = [k * part + (self.hidden if k else part) for k in range(shape.layers)]
        self.read = [self.z[max(k - 1, 0) * part : end] for k, end in enumerate(ends)]
        end = (shape.layers - 1) * part + self.hidden + 1
        self.top = self.z[0 if shape.skip else end - self.hidden - 1 : end]
        self.window, self.phis = None, None
        if weights.window is not None:
            assert texts is not None
            self.window = _Window(weights.window, shape, self.z[: self.hidden + 1], texts)
            self.phis = empty(BLOCK, *self.window.phi.shape)
        # o, i, f, g and c, as in the NumPy engine
        self.gates = [empty(5 * self.hidden, batch) for _ in range(shape.layers)]
        self.products = empty(2 * self.hidden, batch)
        self.raws = empty(BLOCK, shape.outputs, batch)
        self.steps = empty(BLOCK, 2, batch, dtype=torch.int64)
        self.lifts = empty(BLOCK, batch, dtype=torch.bool)
        self.attended = empty(BLOCK, batch, dtype=torch.int64)
        self.noise = empty(BLOCK, 1 + shape.mixtures, batch, dtype=torch.float32)
        self.normals = empty(BLOCK, 2, batch, dtype=torch.float64)
        self.from_rest = empty(dtype=torch.bool)  # whether the block's first point stays at the origin
        self.scale = torch.from_numpy(pen.scale).to(device)
        self.component_rows = torch.from_numpy(pen.component_rows).to(device)
        self.mean, self.std, self.sigma_min = (
            torch.tensor(pair, dtype=torch.float64, device=device)[:, None]
            for pair in (pen.mean, pen.std, pen.sigma_min)
        )

    def start(self, state: State | None, row: np.ndarray) -> None:
        """Set the state to that of one sequence (None: zero), and the first row to read, (3,)."""
        self.h.zero_()
        for gates in self.gates:
            gates.zero_()
        if state is not None:
            self.h.copy_(torch.from_numpy(state.layers[0]))
            for gates, cell in zip(self.gates, state.layers[1], strict=True):
                gates[4 * self.hidden :] = torch.from_numpy(cell).to(gates)
            if self.window is not None:
                self.window.kappa.copy_(torch.from_numpy(state.kappa))
                self.w.copy_(torch.from_numpy(state.w))
        self.rows.copy_(torch.from_numpy(row)[:, None])

    def load(self, noise: np.ndarray, normals: np.ndarray) -> None:
        """Set the random numbers of the next block, from `draw_noise`."""
        self.noise.copy_(torch.from_numpy(noise))
        self.normals.copy_(torch.from_numpy(normals))

    @torch.no_grad()
    def run(self) -> None:
        """Compute the next BLOCK steps."""
        for k in range(BLOCK):
            self._step(self.raws[k])
            if self.window is not None:
                self.attended[k] = self.window.attended()
                if self.phis is not None:
                    self.phis[k] = self.window.phi
            self._draw(k)

    def captured(self) -> Callable[[], None]:
        """Capture `run` as a CUDA graph, leaving the state unchanged; return the graph's replay."""
        states = [self.z, *self.gates, *([self.window.kappa] if self.window else [])]
        kept = [t.clone() for t in states]
        side = torch.cuda.Stream()  # type: ignore[no-untyped-call]  # torch has no types for it
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):  # libraries must initialise outside the capture
            self._step(self.raws[0])
            self._draw(0)
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            self.run()
        for tensor, value in zip(states, kept, strict=True):
            tensor.copy_(value)
        return graph.replay

    def _step(self, raw: Tensor) -> None:
        n = self.hidden
        i_g, f_c = self.products[:n], self.products[n:]
        window = self.window
        for weight, read, gates, h in zip(self.weights, self.read, self.gates, self.h, strict=True):
            torch.mm(weight, read, out=gates[: 4 * n])
            gates[: 4 * n].tanh_()
            gates[: 3 * n].add_(1)
            torch.mul(gates[n : 3 * n], gates[3 * n :], out=self.products)
            cell = gates[4 * n :]
            torch.add(i_g, f_c, out=cell)
            cell.mul_(0.5)
            torch.mul(gates[:n], torch.tanh(cell), out=h)
            if window is not None:  # after the first layer
                self.w.copy_(window.step())
                window = None
        torch.mm(self.output, self.top, out=raw)

    def _draw(self, k: int) -> None:
        pen, raw, normal = self.pen, self.raws[k], self.normals[k]
        noisy = raw[: 1 + pen.m].float() * self.scale + self.noise[k]
        chosen = noisy[1:].argmax(0)
        picked = raw.gather(0, self.component_rows + chosen).double()  # mu, sigma^, rho^
        sigma = (self.sigma_min + torch.exp(picked[2:4].clamp(max=LOG_SIGMA_MAX) - pen.bias)) * pen.spread
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


class _Window:
    """hwcli.engine.text_window.Window on a device, in operations that a CUDA graph can capture."""

    def __init__(self, weight: np.ndarray, shape: Shape, state: Tensor, texts: Sequence[IntArray]) -> None:
        batch, k, device, exact = len(texts), shape.gaussians, state.device, state.dtype
        self.ends = ends = torch.tensor([len(text) for text in texts], device=device)
        longest = int(ends.max())
        codes = np.full((longest + 1, batch), shape.characters, np.int64)  # no character after the last
        for column, text in enumerate(texts):
            codes[: len(text), column] = text
        self.weight, self.read = torch.from_numpy(weight).to(device), state
        self.codes = torch.from_numpy(codes).to(device)
        self.kappa = torch.zeros(k, 1, batch, dtype=exact, device=device)
        self.positions = torch.arange(1, longest + 2, dtype=exact, device=device).unsqueeze(1)
        self.within = (torch.arange(longest + 1, device=device).unsqueeze(1) <= ends).to(exact)
        self.phi = torch.zeros(longest + 1, batch, dtype=exact, device=device)
        self.sums = torch.zeros(shape.characters + 1, batch, dtype=exact, device=device)

    def step(self) -> Tensor:
        """Advance by the first layer's output; return the window vector, (characters, batch)."""
        raw = (self.weight @ self.read).clamp(max=WINDOW_MAX)
        alpha, beta, step = raw.unsqueeze(1).chunk(3)
        self.kappa.add_(step.exp())
        terms = alpha - beta.exp() * (self.kappa - self.positions) ** 2
        torch.mul(terms.clamp(min=WINDOW_MIN).exp().sum(0), self.within, out=self.phi)
        return self.sums.zero_().scatter_add_(0, self.codes, self.phi)[:-1]

    def attended(self) -> Tensor:
        """Return the position with the most weight, (batch,), or `ends` if all Gaussians have passed it."""
        return torch.where(self.kappa[:, 0].amin(0) > self.ends + 1, self.ends, self.phi.argmax(0))
