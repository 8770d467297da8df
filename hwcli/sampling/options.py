"""Everything that a sample can be asked for, apart from its text, its prime and its seed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypedDict

from hwcli.engine.mixture import Steering

POINTS = 700  # limit for a sample without text
TRIES = 8


@dataclass(frozen=True)
class SampleOptions:
    """How to sample. Raises ValueError for a number out of range.

    >>> SampleOptions(points=100, bias=0.5).steering
    Steering(bias=0.5, temperature=1.0)
    """

    points: int | None = None  # limit on new points; None: 700, or with text far more than it should take
    bias: float = 0.0  # Graves's b, eqs 61-62
    temperature: float = 1.0
    until: int = 0  # pen lifts after which a sample ends; 0: no limit
    keep_prime: bool = True  # whether samples begin with their prime
    predictions: bool = True  # whether samples carry the mixture behind each point
    attention: bool = False  # whether samples of text carry the weights of the window at each point
    fold: bool = False  # whether characters that the model lacks become their nearest
    draw: bool = True  # whether marks and signs that the model cannot write are drawn, not just left room for
    tries: int = TRIES  # how often a word of a text is drawn at most until it can be read; 1: not read
    device: str = "cpu"  # cpu (NumPy), cuda, cuda:N or auto

    def __post_init__(self) -> None:
        for name, least in (("points", 1), ("until", 0), ("tries", 1)):
            value = getattr(self, name)
            if isinstance(value, str):  # sample("hello") looks right, but the first argument is `points`
                raise TypeError(f"{name} must be a number; a text is given by name: text={value!r}")
            if value is not None and value < least:
                raise ValueError(f"{name} must be at least {least}, not {value}")
        if not (math.isfinite(self.bias) and self.bias >= 0):
            raise ValueError(f"bias must be a number of at least 0, not {self.bias}")
        if not (math.isfinite(self.temperature) and self.temperature > 0):
            raise ValueError(f"temperature must be a number above 0, not {self.temperature}")

    @property
    def steering(self) -> Steering:
        """Bias and temperature, as the engine takes them."""
        return Steering(self.bias, self.temperature)

    @property
    def limited(self) -> bool:
        """Whether a limit was asked for that may end a sample before its text."""
        return self.points is not None or self.until > 0


DEFAULT = SampleOptions()


class SampleKeywords(TypedDict, total=False):
    """Fields of SampleOptions that Model.sample() takes as keywords, beside `points` and `bias`."""

    temperature: float
    until: int
    keep_prime: bool
    predictions: bool
    attention: bool
    fold: bool
    draw: bool
    tries: int
    device: str
