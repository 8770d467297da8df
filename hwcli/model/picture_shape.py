"""Sizes of the network with which a reader looks at a picture of a line."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

CHANNELS = 3  # of a picture: ink, and the cosine and sine of twice the angle of its direction
HEIGHT = 40  # pixels
STRIDES = (2, 2), (2, 1), (2, 1)  # down and across, of the blocks
WIDTHS = (16, 24, 40, 64)  # channels before, between and behind the blocks
WIDE = 104  # channels of a frame, which is two pixels wide
ALONG = 3  # convolutions along the frames


def tensors(characters: int) -> Mapping[str, tuple[int, ...]]:
    """Return the shape of every tensor, by name, of a network for an alphabet of `characters`."""
    shapes = _convolution("stem", WIDTHS[0], CHANNELS, 3, 3)
    for number, (inputs, outputs) in enumerate(pairwise(WIDTHS)):
        name = f"blocks.{number}"
        shapes |= _convolution(f"{name}.first", outputs, inputs, 3, 3) | _norm(f"{name}.norm", outputs)
        shapes |= _convolution(f"{name}.second", outputs, outputs, 3, 3)
        shapes |= _convolution(f"{name}.shortcut", outputs, inputs, 1, 1)
    shapes |= _convolution("down", WIDE, WIDTHS[-1], HEIGHT // 2 ** len(STRIDES), 3)
    for k in range(ALONG):
        shapes |= _convolution(f"along.{k}", WIDE, WIDE, 5) | _norm(f"norms.{k}", WIDE)
    return shapes | {"output.weight": (1 + characters, WIDE), "output.bias": (1 + characters,)}


def _convolution(name: str, outputs: int, *size: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (outputs, *size), f"{name}.bias": (outputs,)}


def _norm(name: str, channels: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (channels,), f"{name}.bias": (channels,)}
