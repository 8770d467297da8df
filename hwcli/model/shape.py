"""What the two engines, torch and NumPy, must agree on: the bounds of the mixture and the tensors' names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hwcli.config.sections import ModelConfig

RHO_MAX = 0.9995  # |rho| stays below it: at 1 the covariance would be singular
LOG_SIGMA_MAX = 7.0  # of sigma^, in normalised units: e^7 standard deviations is wider than any page
WINDOW_MAX = 5.0  # of the window's alpha^, beta^ and kappa^: e^5 characters in one step are more than a line
WINDOW_MIN = -60.0  # of an exponent in the window: e^-60 is nothing beside 1, and underflow is slow


@dataclass(frozen=True)
class Shape:
    """The sizes of a network: a prediction network's, or, with a window over text, a synthesis network's."""

    layers: int
    hidden: int
    mixtures: int
    skip: bool
    gaussians: int = 0  # of the window over the text; 0 in a prediction network
    characters: int = 0  # that the window may stand on: the size of the alphabet

    @classmethod
    def of(cls, config: ModelConfig, characters: int = 0) -> Shape:
        """The sizes that a configuration asks for, with an alphabet of so many characters."""
        gaussians = config.gaussians if config.kind == "synthesis" else 0
        return cls(config.layers, config.hidden, config.mixtures, config.skip, gaussians, characters)

    @property
    def kind(self) -> str:
        """`synthesis` with a window over text, else `prediction`."""
        return "synthesis" if self.gaussians else "prediction"

    def inputs(self, layer: int) -> int:
        """The number of inputs of a layer, counted from 0.

        In this order: the layer below, the window's characters, and, in the first layer or with skip, the
        row.
        """
        below = self.hidden if layer else 0
        return below + self.characters + (3 if layer == 0 or self.skip else 0)

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
        if self.gaussians:  # alpha^, beta^ and kappa^ of all Gaussians
            shapes["window.weight"] = (3 * self.gaussians, self.hidden)
            shapes["window.bias"] = (3 * self.gaussians,)
        shapes["output.weight"] = (self.outputs, self.output_inputs)
        shapes["output.bias"] = (self.outputs,)
        return shapes
