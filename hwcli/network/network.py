"""The network: LSTM layers, a linear output and, for synthesis, a window over text.

Graves 2013, section 4; for synthesis section 5, where all layers read the window vector
(hwcli.network.text_window). There are no peephole connections: cuDNN and oneDNN do not support them, and
leaving them out costs no log-loss. The NumPy counterpart is hwcli.engine.lstm; tests compare the two in
float64.

Lines follow each other in one stream (hwcli.dataset.epochs.batches), so every layer has one more input, the
reset flag. Its weights are fixed: -RESET on the input, forget and output gates. At a reset step those gates
are exactly 0, hence c = f c + i g = 0 and h = o tanh(c) = 0: the state is cleared inside the fused kernels,
and no gradient passes. Model files leave these weights out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from hwcli.model.file import ModelFile
from hwcli.model.shape import Shape
from hwcli.network.lstm import FastLSTM, linear_with_bfloat16_backward
from hwcli.network.replay import ReplayedLSTM
from hwcli.network.text_window import WindowedLSTM
from hwcli.network.window_steps import Text

RESET = 1e4  # sigmoid(-1e4) is 0 in every floating type
PACE = 0.05  # characters per point, unless a dataset gives its own figure
# h and c of every layer, each (1, batch, hidden). With a window over text, one more pair: its kappa
# (1, batch, gaussians) and the window vector w (1, batch, characters)
State = list[tuple[Tensor, Tensor]]


class Network(nn.Module):
    """Maps normalised rows (dx, dy, eos) to mixture vectors; the caller carries the state."""

    sigma_min: Tensor

    def __init__(self, shape: Shape, sigma_min: Sequence[float], dropout: float = 0.0) -> None:
        super().__init__()
        self.shape = shape
        self.dropout = dropout
        with torch.random.fork_rng(devices=[]):  # torch initialises from the global generator
            self.lstm = nn.ModuleList(
                nn.LSTM(shape.inputs(layer) + 1, shape.hidden) for layer in range(shape.layers)
            )
            self.output = nn.Linear(shape.output_inputs, shape.outputs)
            self.window = nn.Linear(shape.hidden, 3 * shape.gaussians) if shape.gaussians else None
        self.fast = [FastLSTM() for _ in range(shape.layers)]
        self.replayed = [ReplayedLSTM() for _ in range(shape.layers)]
        self.windowed = WindowedLSTM(shape.gaussians, shape.characters)
        self.register_buffer("sigma_min", torch.tensor(list(sigma_min), dtype=torch.float32))
        self.pin_reset()

    @classmethod
    def of(cls, model: ModelFile) -> Network:
        """Build the network in a model file."""
        network = cls(model.shape, model.normalisation.sigma_min)
        network.load_tensors(model.tensors)
        return network

    def initialise(self, generator: torch.Generator, pace: float = PACE) -> None:
        """Draw weights from `generator`: uniform by fan-in, forget gates open, component means spread out.

        The window over text initially advances at an even `pace`, in characters per point.
        """
        hidden, m = self.shape.hidden, self.shape.mixtures
        with torch.no_grad():
            for lstm in self.layers:
                for name, p in lstm.named_parameters():
                    if name.startswith("weight"):
                        p.uniform_(-(bound := p.shape[1] ** -0.5), bound, generator=generator)
                    else:
                        p.zero_()
                lstm.get_parameter("bias_ih_l0")[hidden : 2 * hidden] = 1.0  # remember by default
            bound = self.shape.output_inputs**-0.5
            self.output.weight.uniform_(-bound, bound, generator=generator)
            self.output.bias.zero_()
            self.output.bias[1 + m : 1 + 3 * m].normal_(
                generator=generator
            )  # with equal means, all components would learn the same
            if self.window is not None:
                self.window.weight.uniform_(-(bound := hidden**-0.5), bound, generator=generator)
                alpha, beta, kappa = self.window.bias.view(3, -1)
                alpha.fill_(-math.log(len(alpha)))  # the weights sum to 1
                beta.uniform_(-2, 0, generator=generator)  # one to a few characters wide
                kappa.fill_(math.log(pace))
        self.pin_reset()

    @property
    def layers(self) -> list[nn.LSTM]:
        """The LSTM layers, from the bottom up."""
        return [layer for layer in self.lstm if isinstance(layer, nn.LSTM)]

    @torch.no_grad()
    def pin_reset(self) -> None:
        """Restore the reset weights, which weight decay shrinks."""
        for lstm in self.layers:
            gates = lstm.get_parameter("weight_ih_l0")[:, -1].view(4, self.shape.hidden)
            gates.fill_(-RESET)
            gates[2].zero_()  # the cell candidate: its input gate is closed already

    def zero_state(self, batch: int) -> State:
        """Return the initial state of `batch` sequences."""
        shape = self.shape
        sizes = [(shape.hidden, shape.hidden)] * shape.layers
        if shape.gaussians:
            sizes.append((shape.gaussians, shape.characters))
        p = self.output.weight
        return [(p.new_zeros(1, batch, a), p.new_zeros(1, batch, b)) for a, b in sizes]

    def forward(
        self,
        rows: Tensor,
        reset: Tensor,
        state: State,
        text: Text | None = None,
        *,
        bfloat16: bool = False,
        generator: torch.Generator | None = None,
    ) -> tuple[Tensor, State]:
        """Map `rows` (time, batch, row) to mixture vectors (time, batch, 6 m + 1) and the state.

        A row has the normalised dx, dy, eos, and a column per source that the network is told, 1 in that of
        the line's. `reset` (time, batch) is 1 where the state is cleared. `state` is that before the first
        step, from `zero_state` or an earlier call; the returned one has no gradient. With `bfloat16`, the
        LSTM trains in that type, the output and the loss do not. `generator` drives the dropout in training
        mode. Raises TypeError if a network with a window over text gets no `text`.
        """
        flag = reset.unsqueeze(-1)
        dtype = self.output.weight.dtype
        below: list[Tensor] = []
        w: list[Tensor] = []  # the window vectors
        outputs: list[Tensor] = []
        after: State = []
        window_after: State = []
        for layer in range(self.shape.layers):
            rest = [rows, flag] if layer == 0 or self.shape.skip else [flag]
            if layer == 0 and self.window is not None:
                out, vectors, (h, c), window = self._windowed(rest, text, state, bfloat16)
                w, window_after = [vectors], [window]
            else:
                out, (h, c) = self._layer(layer, below, w, rest, state[layer], bfloat16)
            after.append((h.detach().to(dtype), c.detach().to(dtype)))
            if self.training and self.dropout:
                out = self._drop(out, generator)
            below = [out]
            outputs.append(out)
        after += [(kappa.detach(), last.detach()) for kappa, last in window_after]
        top = torch.cat(outputs, -1) if self.shape.skip else out
        if bfloat16 and rows.device.type == "cpu" and torch.is_grad_enabled():
            return linear_with_bfloat16_backward(top, self.output.weight, self.output.bias), after
        return self.output(top.to(dtype)), after

    def _windowed(
        self, rest: list[Tensor], text: Text | None, state: State, bfloat16: bool
    ) -> tuple[Tensor, Tensor, tuple[Tensor, Tensor], tuple[Tensor, Tensor]]:
        if text is None:
            raise TypeError("a network with a window over text needs a text")
        assert self.window is not None
        dtype = torch.bfloat16 if bfloat16 else self.output.weight.dtype
        return self.windowed(self.layers[0], self.window, rest, text, state[0], state[-1], dtype)

    def _layer(
        self,
        layer: int,
        below: list[Tensor],
        w: list[Tensor],
        rest: list[Tensor],
        state: tuple[Tensor, Tensor],
        bfloat16: bool,
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        lstm, device = self.layers[layer], rest[0].device.type
        if device == "cpu" and torch.is_grad_enabled():
            dtype = torch.bfloat16 if bfloat16 else self.output.weight.dtype
            learning = [torch.cat(below + w, -1)] if w else below  # gets a gradient
            return self.fast[layer](lstm, [*learning, *rest], state, dtype)
        joined = torch.cat([*below, *w, *rest], -1)
        if device == "cuda" and torch.is_grad_enabled():
            return self.replayed[layer](lstm, joined, state)
        result: tuple[Tensor, tuple[Tensor, Tensor]] = lstm(joined, state)
        return result

    def _drop(self, x: Tensor, generator: torch.Generator | None) -> Tensor:
        # not torch's dropout, which draws from the global generator: a run has one source of randomness.
        # Each draw gives eight cells one byte each; one draw per cell would cost more than the LSTM
        kept = round(256 * (1 - self.dropout))
        draws = torch.empty(-(-x.numel() // 8), dtype=torch.int64, device=x.device)
        draws.random_(-(2**63), None, generator=generator)
        keep = draws.view(torch.uint8)[: x.numel()].view(x.shape) < kept
        return x * keep * (256 / kept)

    def tensors(self) -> dict[str, NDArray[np.float32]]:
        """Return the weights by a model file's names: the two biases added, the reset weights left out."""
        named: dict[str, Tensor] = {}
        for i, lstm in enumerate(self.layers):
            named[f"lstm.{i}.input"] = lstm.get_parameter("weight_ih_l0")[:, :-1]
            named[f"lstm.{i}.recurrent"] = lstm.get_parameter("weight_hh_l0")
            named[f"lstm.{i}.bias"] = lstm.get_parameter("bias_ih_l0") + lstm.get_parameter("bias_hh_l0")
        if self.window is not None:
            named["window.weight"], named["window.bias"] = self.window.weight, self.window.bias
        named["output.weight"], named["output.bias"] = self.output.weight, self.output.bias
        return {k: np.ascontiguousarray(v.detach().float().cpu().numpy()) for k, v in named.items()}

    @torch.no_grad()
    def load_tensors(self, tensors: Mapping[str, NDArray[np.float32]]) -> None:
        """Load weights by a model file's names."""

        def put(parameter: Tensor, name: str) -> None:
            parameter.copy_(torch.from_numpy(np.array(tensors[name], dtype=np.float32)))

        for i, lstm in enumerate(self.layers):
            put(lstm.get_parameter("weight_ih_l0")[:, :-1], f"lstm.{i}.input")
            put(lstm.get_parameter("weight_hh_l0"), f"lstm.{i}.recurrent")
            put(lstm.get_parameter("bias_ih_l0"), f"lstm.{i}.bias")
            lstm.get_parameter("bias_hh_l0").zero_()
        if self.window is not None:
            put(self.window.weight, "window.weight")
            put(self.window.bias, "window.bias")
        put(self.output.weight, "output.weight")
        put(self.output.bias, "output.bias")
