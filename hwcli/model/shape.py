"""Sizes of a network, and the bounds of mixture and window, for both engines (torch and NumPy)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hwcli.config.sections import ModelConfig

PEN = 3  # columns of a row that the pen has: dx, dy, eos
RHO_MAX = 0.9995  # |rho| is at most this: at 1 the covariance would be singular
LOG_SIGMA_MAX = 7.0  # bounds sigma^, in normalised units: e^7 standard deviations are wider than any page
WINDOW_MAX = 5.0  # bounds the window's alpha^, beta^, kappa^: e^5 characters per step exceed a line
WINDOW_MIN = -60.0  # bounds the window's exponents: e^-60 is negligible beside 1, and underflow is slow


@dataclass(frozen=True)
class Shape:
    """The sizes of a network; with a window over text it is a synthesis network, otherwise for prediction.

    >>> shape = Shape(layers=3, hidden=400, mixtures=20, skip=True)
    >>> shape.kind, shape.outputs
    ('prediction', 121)
    >>> shape.tensors()["lstm.1.input"]  # reads the layer below and the pen's row
    (1600, 403)
    """

    layers: int  # LSTM layers
    hidden: int  # cells per layer
    mixtures: int  # components of the output's mixture
    skip: bool  # skip connections: the row feeds every layer, every layer feeds the output
    gaussians: int = 0  # of the window over text; 0 for prediction
    characters: int = 0  # size of the alphabet; 0 for prediction
    sources: int = 0  # of ink, one of which the network may be told; 0: it has no input for that

    @classmethod
    def of(cls, config: ModelConfig, characters: int = 0, sources: int = 0) -> Shape:
        """Return the sizes set in `config`, for `characters` characters and `sources` sources."""
        gaussians = config.gaussians if config.kind == "synthesis" else 0
        return cls(config.layers, config.hidden, config.mixtures, config.skip, gaussians, characters, sources)

    @property
    def kind(self) -> str:
        """`synthesis` with a window over text, otherwise `prediction`."""
        return "synthesis" if self.gaussians else "prediction"

    @property
    def row(self) -> int:
        """The length of a row: dx, dy and eos, and a column for each source, 1 in that of the line's."""
        return PEN + self.sources

    def inputs(self, layer: int) -> int:
        """Return the number of inputs of `layer`: the layer below, the window vector, the row if read."""
        below = self.hidden if layer else 0
        return below + self.characters + (self.row if layer == 0 or self.skip else 0)

    @property
    def output_inputs(self) -> int:
        """The number of inputs of the output layer: all LSTM layers with `skip`, otherwise the last."""
        return self.hidden * (self.layers if self.skip else 1)

    @property
    def outputs(self) -> int:
        """The length of the output vector: 121 for 20 mixtures, as in Graves."""
        return 6 * self.mixtures + 1

    def tensors(self) -> Mapping[str, tuple[int, ...]]:
        """Return the shape of every tensor in a model file, by name. Gates are in the order i, f, g, o."""
        shapes: dict[str, tuple[int, ...]] = {}
        for layer in range(self.layers):
            shapes[f"lstm.{layer}.input"] = (4 * self.hidden, self.inputs(layer))
            shapes[f"lstm.{layer}.recurrent"] = (4 * self.hidden, self.hidden)
            shapes[f"lstm.{layer}.bias"] = (4 * self.hidden,)
        if self.gaussians:  # alpha^, beta^, kappa^ of all Gaussians
            shapes["window.weight"] = (3 * self.gaussians, self.hidden)
            shapes["window.bias"] = (3 * self.gaussians,)
        shapes["output.weight"] = (self.outputs, self.output_inputs)
        shapes["output.bias"] = (self.outputs,)
        return shapes
