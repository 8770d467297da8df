"""Layers of plotter pages: what is drawn with one pen, or without a pause, in a layer of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from renderers.scene.scene import Indices, Layer

KINDS = ("ink", "line", "color", "stroke")


def split(layers: Sequence[Layer], kind: str) -> Iterator[tuple[str, Layer]]:
    """Yield what is plotted of `layers` as layers of a `kind` of KINDS, in writing order, with their names.

    A layer per `line` is one per line of text where the ink knows its lines, else one per ink; one per
    `color` has the paths of all inks in a colour. Legends are left out.
    """
    inks = [layer for layer in layers if layer.count]
    if kind == "ink":
        yield from ((f"line {k}", layer) for k, layer in enumerate(inks, 1))
        return
    inks = [replace(layer, title=None) for layer in inks]
    if kind == "color":
        whole = _concatenated(inks)
        colors = [whole.pens[pen].color for pen in whole.pen.tolist()]
        for color in dict.fromkeys(colors):
            yield color, whole.only(np.array([one == color for one in colors]))
        return
    number = 0
    for layer in inks:
        parts = np.arange(len(layer.pen)) if kind == "stroke" else _line_of_each_path(layer)
        for part in np.unique(parts):
            number += 1
            yield f"{kind} {number}", layer.only(parts == part)


def _line_of_each_path(layer: Layer) -> Indices:
    if layer.lines is None:
        return np.zeros(len(layer.pen), dtype=np.intp)
    return layer.lines[layer.times[layer.starts[:-1]]]


def _concatenated(layers: Sequence[Layer]) -> Layer:
    """Return the paths of layers of one style as one layer."""
    vertices = np.cumsum([0, *(len(layer.vertices) for layer in layers)])
    pens = np.cumsum([0, *(len(layer.pens) for layer in layers)])
    controls = [layer.controls for layer in layers if layer.controls is not None]
    starts = [layer.starts[:-1] + first for layer, first in zip(layers, vertices, strict=False)]
    return replace(
        layers[0],
        vertices=np.concatenate([layer.vertices for layer in layers]),
        times=np.concatenate([layer.times for layer in layers]),
        starts=np.concatenate([*starts, vertices[-1:]]).astype(np.intp),
        pen=np.concatenate([layer.pen + first for layer, first in zip(layers, pens, strict=False)]),
        pens=tuple(pen for layer in layers for pen in layer.pens),
        controls=np.concatenate(controls) if controls else None,
    )
