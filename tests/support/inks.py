"""Synthetic ink for tests of drawing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from renderers import Ink, Prediction
from renderers.attention import Attention
from renderers.ink import Trace


def make_prediction(ink: Ink, seed: int = 0, components: int = 5, scale: float = 1.0) -> Prediction:
    """Mixtures around the true offsets: sharp within strokes, wide after a pen lift, correlated."""
    rng = np.random.default_rng(seed)
    n, m = len(ink), components
    first = np.concatenate([[True], ink.ends[:-1]])
    sharp = np.where(first, 25.0, 3.0) * scale
    sigma = sharp[:, None, None] * rng.uniform(0.5, 2, (n, m, 2))
    mu = ink.offsets[:, None, :2] + sharp[:, None, None] * rng.normal(size=(n, m, 2))
    eos = np.clip(np.where(ink.ends, 0.7, 0.02) * rng.uniform(0.5, 1.4, n), 0, 1)
    return Prediction(eos, rng.dirichlet(np.ones(m), n), mu, sigma, rng.uniform(-0.9, 0.9, (n, m)))


def written(ink: Ink, text: str = "by hand") -> Ink:
    """Return `ink` as if sampled from `text`, with its points shared evenly among the characters."""
    characters = np.arange(len(ink)) * len(text) // max(len(ink), 1)
    return replace(ink, text=text, trace=Trace(characters, attention=make_attention(characters, len(text))))


def make_attention(characters: np.ndarray, length: int) -> Attention:
    """Return weights with their peak at the character of each point, as wide as a character."""
    first = np.maximum(characters - 2, 0)
    columns = first[:, None] + np.arange(5)
    weights = np.exp(-((columns - characters[:, None]) ** 2))
    return Attention(first, np.where(columns < length, weights, 0))


def traced(ink: Ink) -> tuple[object, ...] | None:
    """Return the ink's trace as values that compare with `==`."""
    t = ink.trace
    return None if t is None else (t.characters.tolist(), t.tries, t.faults, t.prime_trouble)


def make_ink(points: int = 200, seed: int = 0, text: str | None = "by hand", **about: object) -> Ink:
    """Return loops that run to the right: strokes of thirty points with dots between, far from the origin.

    With `text`, the ink has a trace; None leaves out both.
    """
    rng = np.random.default_rng(seed)
    t = np.arange(points)
    xy = (
        np.stack([6 * t + 40 * np.sin(t / 3), 100 * np.cos(t / 4)], axis=-1)
        + rng.normal(0, 2, (points, 2))
        + [5000, 3000]
    )
    ends = (t % 31 == 30) | (t % 31 == 0)
    bare = Ink.from_points(xy, ends)
    ink = Ink(bare.strokes, make_prediction(bare, seed), **about)
    return ink if text is None else written(ink, text)


def make_inks(count: int, points: int = 60, **about: object) -> list[Ink]:
    """Return inks of different lengths, the longest in the middle."""
    return [make_ink(points + 11 * min(k, count - k), seed=k, **about) for k in range(count)]
