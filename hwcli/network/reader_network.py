"""The reader's network in torch, for training: the NumPy counterpart is hwcli.reader.engine."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from hwcli.model.reader_shape import CHANNELS, FRAME, KERNEL, STRIDE, ReaderShape

BLANK = 0  # CTC's class for no character


class ReaderNetwork(nn.Module):
    """A convolution from steps to frames, bidirectional LSTM layers, and the classes of every frame.

    Graves et al. 2009, "A novel connectionist system for unconstrained handwriting recognition", with steps
    along the path of the pen instead of features of windows.
    """

    def __init__(self, shape: ReaderShape, dropout: float = 0.0) -> None:
        super().__init__()
        self.shape, self.dropout = shape, dropout
        with torch.random.fork_rng(devices=[]):  # torch initialises from the global generator
            self.frame = nn.Conv1d(CHANNELS, FRAME, KERNEL, STRIDE, STRIDE)
            self.there, self.back = (
                nn.ModuleList(nn.LSTM(shape.inputs(layer), shape.hidden) for layer in range(shape.layers))
                for _ in range(2)
            )
            self.output = nn.Linear(2 * shape.hidden, shape.outputs)

    def initialise(self, generator: torch.Generator) -> None:
        """Draw weights from `generator`: uniform by fan-in, forget gates open."""
        hidden = self.shape.hidden
        with torch.no_grad():
            for p in self.parameters():
                if p.ndim == 1:
                    p.zero_()
                else:
                    bound = p[0].numel() ** -0.5
                    p.uniform_(-bound, bound, generator=generator)
            for _, lstm in self.lstms():
                lstm.get_parameter("bias_ih_l0")[hidden : 2 * hidden] = 1.0  # remember by default

    def lstms(self) -> list[tuple[str, nn.LSTM]]:
        """Return the LSTM layers with their names in a model file."""
        return [
            (f"lstm.{layer}.{name}", lstm)
            for name, stack in (("there", self.there), ("back", self.back))
            for layer, lstm in enumerate(stack)
            if isinstance(lstm, nn.LSTM)
        ]

    def forward(
        self, steps: Tensor, lengths: Tensor, generator: torch.Generator | None = None
    ) -> tuple[Tensor, Tensor]:
        """Return log-probabilities (frames, batch, outputs) and the number of frames of each line.

        `steps` (batch, steps, CHANNELS) is padded with zeros behind the `lengths` (batch,) of its lines.
        Lines do not depend on each other or on the padding: the backward direction starts at each line's end.
        `generator` drives the dropout in training mode.
        """
        x = nn.functional.silu(self.frame(steps.mT)).permute(2, 0, 1)  # (frames, batch, FRAME)
        frames = (lengths - 1) // STRIDE + 1
        here = torch.arange(len(x), device=x.device).unsqueeze(1)
        turned = torch.where(here < frames, frames - 1 - here, here)  # (frames, batch), its own inverse
        turned = (turned * len(steps) + torch.arange(len(steps), device=x.device)).flatten()

        def turn(rows: Tensor) -> Tensor:
            return rows.flatten(0, 1).index_select(0, turned).view_as(rows)

        for there, back in zip(self.there, self.back, strict=True):
            x = torch.cat([there(x)[0], turn(back(turn(x))[0])], -1)
            if self.training and self.dropout:
                # the same cells in all frames of a line: drawing them per frame took a tenth of the time
                kept = torch.empty_like(x[0]).uniform_(generator=generator) >= self.dropout
                x = x * kept / (1 - self.dropout)
        return self.output(x).log_softmax(-1), frames

    def tensors(self) -> dict[str, NDArray[np.float32]]:
        """Return the weights by a model file's names, the two biases of each layer added."""
        named: dict[str, Tensor] = {
            f"frame.{key}": self.frame.get_parameter(key) for key in ("weight", "bias")
        }
        for name, lstm in self.lstms():
            named[f"{name}.input"] = lstm.get_parameter("weight_ih_l0")
            named[f"{name}.recurrent"] = lstm.get_parameter("weight_hh_l0")
            named[f"{name}.bias"] = lstm.get_parameter("bias_ih_l0") + lstm.get_parameter("bias_hh_l0")
        named |= {"output.weight": self.output.weight, "output.bias": self.output.bias}
        return {k: np.ascontiguousarray(v.detach().float().cpu().numpy()) for k, v in named.items()}

    @torch.no_grad()
    def load_tensors(self, tensors: Mapping[str, NDArray[np.float32]]) -> None:
        """Load weights by a model file's names."""

        def put(parameter: Tensor, name: str) -> None:
            parameter.copy_(torch.from_numpy(np.array(tensors[name], dtype=np.float32)))

        for key in ("weight", "bias"):
            put(self.frame.get_parameter(key), f"frame.{key}")
            put(self.output.get_parameter(key), f"output.{key}")
        for name, lstm in self.lstms():
            put(lstm.get_parameter("weight_ih_l0"), f"{name}.input")
            put(lstm.get_parameter("weight_hh_l0"), f"{name}.recurrent")
            put(lstm.get_parameter("bias_ih_l0"), f"{name}.bias")
            lstm.get_parameter("bias_hh_l0").zero_()
