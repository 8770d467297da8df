"""Sizes of a reader's network, for both engines (torch and NumPy)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

CHANNELS = 8  # features of a step along the pen's path
STRIDE = 4  # steps per frame
KERNEL = 2 * STRIDE + 1  # steps that a frame sees
FRAME = 128  # outputs of the convolution


@dataclass(frozen=True)
class ReaderShape:
    """The sizes of a reader: a convolution over the pen's path, bidirectional LSTM layers, characters.

    >>> shape = ReaderShape(layers=3, hidden=128, characters=95)
    >>> shape.outputs  # CTC's blank, then the characters
    96
    >>> shape.tensors()["lstm.1.back.input"]
    (512, 256)
    """

    layers: int  # bidirectional LSTM layers
    hidden: int  # cells per direction
    characters: int  # size of the alphabet

    @property
    def kind(self) -> str:
        """The kind of model."""
        return "reader"

    @property
    def outputs(self) -> int:
        """The number of classes of a frame: the blank and the characters."""
        return 1 + self.characters

    def inputs(self, layer: int) -> int:
        """Return the number of inputs of `layer`: the frame, or both directions of the layer below."""
        return 2 * self.hidden if layer else FRAME

    def tensors(self) -> Mapping[str, tuple[int, ...]]:
        """Return the shape of every tensor in a model file, by name. Gates are in the order i, f, g, o."""
        shapes: dict[str, tuple[int, ...]] = {
            "frame.weight": (FRAME, CHANNELS, KERNEL),
            "frame.bias": (FRAME,),
        }
        for layer in range(self.layers):
            for direction in ("there", "back"):
                name = f"lstm.{layer}.{direction}"
                shapes[f"{name}.input"] = (4 * self.hidden, self.inputs(layer))
                shapes[f"{name}.recurrent"] = (4 * self.hidden, self.hidden)
                shapes[f"{name}.bias"] = (4 * self.hidden,)
        shapes["output.weight"] = (self.outputs, 2 * self.hidden)
        shapes["output.bias"] = (self.outputs,)
        return shapes
