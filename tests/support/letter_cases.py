"""Ink whose letters are easy to place, and the letters that a picture shows."""

from __future__ import annotations

from typing import Any

import numpy as np

from renderers import Ink
from renderers.ink import Trace
from renderers.scene.scene import Bounds, Label, Scene
from renderers.scene.text import em

ACROSS, DOWN, HIGH = 60.0, 300.0, 80.0  # distance of characters, of lines; height of a character


def zigzags(text: str, skip: tuple[int, ...] = (), **about: Any) -> Ink:
    """Return ink with one zigzag stroke per character of `text`, except blanks and those at `skip`."""
    strokes, characters = [], []
    line = column = 0
    for k, character in enumerate(text):
        if not character.isspace() and k not in skip:
            x = ACROSS * column + np.linspace(0, 40, 5)
            strokes.append(np.stack([x, DOWN * line + HIGH * np.array([1.0, 0, 1, 0, 1])], axis=-1))
            characters += 5 * [k]
        line, column = (line + 1, 0) if character == "\n" else (line, column + 1)
    return Ink(tuple(strokes), text=text, trace=Trace(characters), **about)


def place(text: str, k: int) -> float:
    """Return the x of the middle of character k of `text` in `zigzags`, drawn or skipped."""
    return ACROSS * len(text[:k].rpartition("\n")[2]) + 20


def labels(scene: Scene) -> list[Label]:
    """Return the letters of a scene, line by line, from left to right."""
    found = [label for layer in scene.layers for label in layer.labels]
    return sorted(found, key=lambda label: (label.y, label.x))


def box(label: Label) -> Bounds:
    """Return the largest box that a letter may cover."""
    half = sum(map(em, label.text)) * label.size / 2
    return Bounds(label.x - half, label.y - 0.75 * label.size, label.x + half, label.y + 0.25 * label.size)


def overlap(one: Bounds, two: Bounds, slack: float) -> bool:
    across = min(one.right, two.right) - max(one.left, two.left)
    down = min(one.bottom, two.bottom) - max(one.top, two.top)
    return across > slack and down > slack
