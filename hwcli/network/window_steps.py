"""The steps of the layer in hwcli.network.text_window, forward and backward, in memory that is reused.

In all arrays the batch runs along the columns, as in hwcli.network.lstm. On CUDA, the steps of a pass are
replayed as one graph, and are those of hwcli.network.window_kernels where Triton is installed.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import sysconfig
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from hwcli.model.shape import WINDOW_MAX, WINDOW_MIN
from hwcli.network.lstm import BackwardSteps, ForwardSteps, Workspace
from hwcli.network.replay import replayed

PADDED = 16  # characters: on a GPU, the texts of a batch are padded to a multiple of this
KEPT = 8  # sizes of which a GPU keeps the memory and the graphs


class Text(NamedTuple):
    """The characters under the window, in spans: the torch twin of hwcli.dataset.epochs.batches.Spans."""

    codes: Tensor  # (spans, longest, batch) character numbers; the alphabet's size stands for no character
    begins: tuple[int, ...]  # the step at which each span begins


class Size(NamedTuple):
    """What the memory of a pass depends on."""

    time: int
    batch: int
    longest: int  # characters of a text, padded
    hidden: int
    rows: int  # of z, padded
    gaussians: int
    characters: int
    dtype: torch.dtype  # of the layer's products
    device: torch.device

    @classmethod
    def of(
        cls, gaussians: int, characters: int, dtype: torch.dtype, text: Text, rest: Tensor, weight: Tensor
    ) -> Size:
        """Return the size of a pass over `rest` (time, batch, …) with the joined `weight` (4 H, rows)."""
        longest = text.codes.shape[1]
        if rest.device.type == "cuda":  # few sizes, since each is captured
            longest += -longest % PADDED
        (time, batch, _), (gates, rows) = rest.shape, weight.shape
        return cls(time, batch, longest, gates // 4, rows, gaussians, characters, dtype, rest.device)


@cache
def has_triton() -> bool:
    """Return whether Triton is here, as with torch for CUDA, and the C compiler that it needs at run time."""
    compilers = [os.environ["CC"]] if os.environ.get("CC") else ["gcc", "clang"]
    headers = Path(sysconfig.get_path("include"), "Python.h")
    found = importlib.util.find_spec("triton") is not None and headers.is_file()
    return found and any(shutil.which(name) for name in compilers)


class Pass:
    """The memory of a forward and a backward pass, and their steps, which always work in that memory.

    Between the two, it belongs to one pass; then it is used again.
    """

    def __init__(self, size: Size, exact: torch.dtype, free: Sequence[Workspace] = ()) -> None:
        time, batch, _, hidden, rows, _, characters, dtype, device = self.size = size

        def empty(*size: int, dtype: torch.dtype = exact) -> Tensor:
            return torch.empty(size, dtype=dtype, device=device)

        self.learning = hidden + characters  # the rows of z that need a gradient
        self.weight = empty(4 * hidden, rows, dtype=dtype)
        self.transposed = empty(self.learning, 4 * hidden, dtype=dtype)
        self.work = Workspace.take(list(free), time, rows, hidden, batch, dtype, device)
        self.window = Window(size, exact)
        self.above, self.d_w = empty(time, hidden, batch), empty(time, characters, batch)
        self.forward_steps = ForwardSteps(self.weight, self.work)
        self.backward_steps = BackwardSteps(self.transposed, self.work, self.above)
        self.forward = replayed(self._forward, device)
        self.backward = replayed(self._backward, device)

    @classmethod
    def take(cls, free: list[Pass], size: Size, exact: torch.dtype) -> Pass:
        """Return a pass of this size from `free`, or a new one; old ones of other sizes are dropped."""
        for place, found in enumerate(free):
            if found.size == size:
                return free.pop(place)
        if size.device.type == "cuda":  # a graph is bound to its memory
            del free[:-KEPT]
            return (FusedPass if exact == torch.float32 and has_triton() else cls)(size, exact)
        others = [found.work for found in free]
        free.clear()
        return cls(size, exact, others)

    def load(
        self,
        weight: Tensor,
        text: Text,
        rest: Tensor,
        state: tuple[Tensor, Tensor],
        window: tuple[Tensor, Tensor],
        head: Tensor,
        head_bias: Tensor,
    ) -> None:
        """Copy in what the passes read: weights, inputs, texts, and the states before the first step."""
        z, hidden, learning = self.work.z, self.size.hidden, self.learning
        used = learning + rest.shape[-1] + 1
        self.weight.copy_(weight)
        self.transposed.copy_(weight[:, :learning].t())
        z[0, :hidden] = state[0][0].t()
        z[0, hidden:learning] = window[1][0].t()
        z[:-1, learning : used - 1] = rest.permute(0, 2, 1)
        z[:, used - 1] = 1
        self.work.cells[0] = state[1][0].t()
        self.window.load(text, rest[..., -1], window[0], head, head_bias)

    def _forward(self) -> None:
        to_window = self.work.z[:, self.size.hidden : self.learning].unbind()
        for t in range(self.size.time):
            to_window[t + 1].copy_(self.window.forward(t, self.forward_steps(t)))

    def _backward(self) -> None:
        """Compute all gradients from `above` and `d_w`, those of the outputs, and change both."""
        from_next = self.work.d_z[:, self.size.hidden : self.learning].unbind()
        above, d_w, head = self.above.unbind(), self.d_w.unbind(), self.window.head.t()
        self.window.d_kappa.zero_()
        for t in reversed(range(self.size.time)):
            if t < self.size.time - 1:
                d_w[t].add_(from_next[t + 1])
            above[t].addmm_(head, self.window.backward(t, d_w[t]))
            self.backward_steps(t)


class FusedPass(Pass):
    """A pass whose steps are the kernels of hwcli.network.window_kernels."""

    def _forward(self) -> None:
        from hwcli.network import window_kernels as kernels

        work, steps = self.work, self.forward_steps
        to_window = work.z[:, self.size.hidden : self.learning].unbind()
        for t in range(self.size.time):
            torch.mm(self.weight, steps.z[t], out=steps.product)
            kernels.lstm_forward(
                steps.product, work.gates[t], work.cells[t], work.cells[t + 1], work.tanh_cells[t],
                steps.output, steps.h[t + 1],
            )  # fmt: skip
            kernels.window_forward(self.window, t, steps.output, to_window[t + 1])

    def _backward(self) -> None:
        from hwcli.network import window_kernels as kernels

        work, steps = self.work, self.backward_steps
        from_next = work.d_z[:, self.size.hidden : self.learning].unbind()
        for t in reversed(range(self.size.time)):
            last = t == self.size.time - 1
            after = t if last else t + 1  # not read at the last step
            kernels.window_backward(self.window, t, self.d_w[t], from_next[after], self.above[t], last)
            kernels.lstm_backward(
                self.above[t], steps.d_z_h[after], steps.d_c, work.gates[t], work.cells[t],
                work.tanh_cells[t], work.d_gates[t], last,
            )  # fmt: skip
            torch.mm(self.transposed, work.d_gates[t], out=work.d_z[t, : self.learning])


class Window:
    """The window's steps in one pass; as in the layer, the batch runs along the columns."""

    def __init__(self, size: Size, exact: torch.dtype) -> None:
        time, batch, longest, hidden, _, k, characters, _, device = size

        def empty(*size: int, dtype: torch.dtype = exact) -> Tensor:
            return torch.empty(size, dtype=dtype, device=device)

        self.k, self.characters = k, characters
        self.head, self.bias = empty(3 * k, hidden), empty(3 * k, 1)
        self.codes = empty(time, longest, batch, dtype=torch.int64)
        self.keep = empty(time, 1, batch)  # 0 at a reset, otherwise 1
        self.positions = torch.arange(1, longest + 1, dtype=exact, device=device).unsqueeze(1)
        self.raw = empty(time, 3 * k, batch)  # alpha^, beta^, kappa^, at most WINDOW_MAX
        self.beta_step = empty(time, 2 * k, batch)  # beta, step of kappa
        self.kappa = empty(time + 1, k, 1, batch)  # [t + 1] belongs to step t
        self.terms = empty(time, k, longest, batch)  # the terms of phi; unused by the fused kernels
        self.w = empty(time, characters, batch)
        self.distance, self.product = empty(k, longest, batch), empty(k, longest, batch)
        self.phi = empty(longest, batch)
        self.sums = empty(characters + 1, batch)  # the last row is for no character
        self.d_raw = empty(time, 3 * k, batch)
        self.d_kappa = empty(k, 1, batch)

    def load(self, text: Text, reset: Tensor, kappa: Tensor, head: Tensor, bias: Tensor) -> None:
        """Copy in the texts, the resets (time, batch), the state before, and the weights."""
        self.head.copy_(head)
        self.bias.copy_(bias.unsqueeze(1))
        self.keep.copy_((1 - reset).unsqueeze(1))
        self.kappa[0, :, 0] = kappa[0].t()
        longest = text.codes.shape[1]
        self.codes[:, longest:] = self.characters
        ends = (*text.begins[1:], len(self.codes))
        for codes, begin, end in zip(text.codes, text.begins, ends, strict=True):
            self.codes[begin:end, :longest] = codes

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
