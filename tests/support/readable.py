"""Lines that the bundled models write and read, sampled once for all tests."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

from hwcli.reader.load import load_reader
from hwcli.reader.reader import Reader
from hwcli.sampling.load import load_model
from hwcli.sampling.options import SampleOptions
from renderers.ink import Ink

SEEDS = {"the cat sat on it": 1, "Room 12, May 4": 2, "a fine little ship": 3}
CAT, ROOM, SHIP = SEEDS
BARE = SampleOptions(bias=1.0, predictions=False, tries=1)  # a single try is not read


@cache
def reader() -> Reader:
    return load_reader()


@cache
def line(text: str) -> Ink:
    """A line of one of the texts above that is easily read."""
    return next(load_model("iam-synthesis").samples(1, SEEDS[text], BARE, text=text))


def mapped(ink: Ink, change: Callable[[np.ndarray], np.ndarray]) -> Ink:
    """The strokes of `ink` after `change` of the points (n, 2) of each, without text."""
    return Ink(strokes=tuple(change(stroke) for stroke in ink.strokes))


def moved(ink: Ink, right: float, down: float = 0.0) -> Ink:
    return mapped(ink, lambda points: points + np.array([right, down]))


def one_after_the_other(*inks: Ink) -> Ink:
    return Ink(strokes=tuple(stroke for ink in inks for stroke in ink.strokes))


def page(*inks: Ink, distance: float = 700.0) -> Ink:
    """The inks as lines below each other, each `distance` units below the one before."""
    return one_after_the_other(*(moved(ink, -ink.points[0, 0], k * distance) for k, ink in enumerate(inks)))
