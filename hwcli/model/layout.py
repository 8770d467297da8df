"""What the two engines, torch and NumPy, must agree on: the bounds of the mixture and the tensors' names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hwcli.config import ModelConfig

RHO_MAX = 0.9995  # |rho| stays below it: at 1 the covariance would be singular
LOG_SIGMA_MAX = 7.0  # of sigma^, in normalised units: e^7 standard deviations is wider than any page


@dataclass(frozen=True)
class Shape:
    """The sizes of a prediction network."""

    layers: int
    hidden: int
    mixtures: int
    skip: bool

    @classmethod
    def of(cls, config: ModelConfig) -> Shape:
        """The sizes that a configuration asks for."""
        return cls(config.layers, config.hidden, config.mixtures, config.skip)

    def inputs(self, layer: int) -> int:
        """The number of inputs of a layer, counted from 0: the layer below, then the offset row with skip."""
        if layer == 0:
            return 3
        return self.hidden + (3 if self.skip else 0)

    @property
    def output_inputs(self) -> int:
        """The number of inputs of the output: all layers with skip, else the last."""
        return self.hidden * (self.layers if self.skip else 1)

    @property
    def outputs(self) -> int:
        """The length of the output vector: 121 for 20 mixtures, as in Graves."""
        return 6 * self.mixtures + 1

    def tensors(self) -> Mapping[str, tuple[int, ...]]:
        """Name → shape of every tensor in a model file. The gates are in the order i, f, g, o."""
        shapes: dict[str, tuple[int, ...]] = {}
        for layer in range(self.layers):
            shapes[f"lstm.{layer}.input"] = (4 * self.hidden, self.inputs(layer))
            shapes[f"lstm.{layer}.recurrent"] = (4 * self.hidden, self.hidden)
            shapes[f"lstm.{layer}.bias"] = (4 * self.hidden,)
        shapes["output.weight"] = (self.outputs, self.output_inputs)
        shapes["output.bias"] = (self.outputs,)
        return shapes
