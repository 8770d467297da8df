"""Work that a GPU repeats without Python: captured once as a CUDA graph, then replayed.

A pass of an LSTM is thousands of small kernels, and starting one from Python takes longer than it runs.
Libraries must initialise outside a capture, and a size that comes once is not worth one: so what is captured
has run before.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from hwcli.network.lstm import PARAMETERS


def captured(work: Callable[[], None], pool: Any = None) -> torch.cuda.CUDAGraph:
    """Return the kernels that `work` starts, as a graph that always uses the same memory."""
    graph = torch.cuda.CUDAGraph()
    # other threads, such as the one that copies the next batch, may go on meanwhile
    with torch.cuda.graph(graph, pool, capture_error_mode="thread_local"):
        work()
    return graph


def replayed(work: Callable[[], None], device: torch.device) -> Callable[[], None]:
    """Return `work`, which on CUDA is captured when it is called for the second time.

    `work` must always read and write the same memory, and must not wait for the device.
    """
    return _Replayed(work) if device.type == "cuda" else work


class _Replayed:
    def __init__(self, work: Callable[[], None]) -> None:
        self.work, self.ran = work, False
        self.graph: torch.cuda.CUDAGraph | None = None

    def __call__(self) -> None:
        if not self.ran:
            self.ran = True
            self.work()
            return
        if self.graph is None:
            self.graph = captured(self.work)
        self.graph.replay()


class ReplayedLSTM:
    """Runs a one-layer `torch.nn.LSTM` over windows on CUDA for training: one backward pass per result."""

    def __init__(self) -> None:
        self.passes: _Passes | None = None
        self.seen: tuple[Any, ...] | None = None  # the kind of input of the last call

    def __call__(
        self, lstm: nn.LSTM, x: Tensor, state: tuple[Tensor, Tensor]
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """Return what `lstm(x, state)` does. No gradient passes through the states."""
        kind = (x.shape, x.dtype, x.requires_grad)
        state = state[0].detach().contiguous(), state[1].detach().contiguous()
        if kind != self.seen:
            self.seen, self.passes = kind, None
            result: tuple[Tensor, tuple[Tensor, Tensor]] = lstm(x, state)
            return result
        if self.passes is None:
            self.passes = _Passes(lstm, x, state)
        weights = [lstm.get_parameter(name) for name in PARAMETERS]
        out, h, c = _Replay.apply(self.passes, x, *state, *weights)  # type: ignore[no-untyped-call]  # torch has no types for it
        return out, (h, c)


class _Passes:
    """The captured forward and backward pass of one layer, for input like `x`."""

    def __init__(self, lstm: nn.LSTM, x: Tensor, state: tuple[Tensor, Tensor]) -> None:
        self.x = x.detach().clone().requires_grad_(x.requires_grad)
        self.state = [s.clone() for s in state]
        weights = [lstm.get_parameter(name) for name in PARAMETERS]
        learning = [self.x, *weights] if x.requires_grad else weights
        self.out = self.h = self.c = self.grad = x  # until they are captured
        self.gradients: tuple[Tensor, ...] = ()

        def forward() -> None:
            self.out, (self.h, self.c) = lstm(self.x, (self.state[0], self.state[1]))

        def backward() -> None:
            self.gradients = torch.autograd.grad(self.out, learning, self.grad)

        with torch.enable_grad():
            self.forward = captured(forward)
            self.grad = torch.zeros_like(self.out)
            self.backward = captured(backward, self.forward.pool())
        self.out, self.h, self.c = (t.detach() for t in (self.out, self.h, self.c))


class _Replay(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, passes: _Passes, x: Tensor, h: Tensor, c: Tensor, *_weights: Tensor
    ) -> tuple[Tensor, ...]:
        ctx.passes = passes
        with torch.no_grad():
            for mine, given in zip((passes.x, *passes.state), (x, h, c), strict=True):
                mine.copy_(given)
        passes.forward.replay()
        return passes.out.clone(), passes.h.clone(), passes.c.clone()

    @staticmethod
    def backward(ctx: Any, grad: Tensor, *_states: Tensor) -> tuple[Tensor | None, ...]:
        passes: _Passes = ctx.passes
        passes.grad.copy_(grad)
        passes.backward.replay()
        gradients = [g.detach() for g in passes.gradients]
        d_x = gradients.pop(0) if ctx.needs_input_grad[1] else None
        return None, d_x, None, None, *gradients
