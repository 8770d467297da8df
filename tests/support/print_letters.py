"""Ink in printed letters that are easily told apart, and datasets of it for readers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from hwcli.dataset import store
from hwcli.dataset.store import Dataset, LineInfo, Source, open_dataset

TURN = np.linspace(0, 2 * np.pi, 9)
ROUND = [(4 + 4 * float(np.sin(t)), 6 - 4 * float(np.cos(t))) for t in TURN]
# strokes in a box of width 8, y down, baseline at 10
LETTERS = {
    "o": [ROUND],
    "l": [[(0, 0), (0, 10)]],
    "v": [[(0, 2), (4, 10), (8, 2)]],
    "z": [[(0, 2), (8, 2), (0, 10), (8, 10)]],
    "T": [[(0, 0), (8, 0)], [(4, 0), (4, 10)]],
    "7": [[(0, 0), (8, 0), (2, 10)]],
    "-": [[(0, 6), (8, 6)]],
    ".": [[(0, 10), (0.3, 10.2)]],
}


def strokes_of(text: str, unit: float = 10.0) -> list[np.ndarray]:
    """The strokes of `text`, each (n, 2); a space is 10 wide."""
    strokes, left = [], 0.0
    for character in text:
        for stroke in LETTERS.get(character, []):
            corners = np.array(stroke, float)
            steps = np.maximum(np.hypot(*np.diff(corners, axis=0).T).astype(int), 1)
            at = np.concatenate([[0], np.cumsum(steps)])
            dense = np.arange(at[-1] + 1)
            points = np.column_stack([np.interp(dense, at, axis) for axis in corners.T])
            strokes.append(unit * (points + np.array([left, 0])))
        left += 12
    return strokes


def rows_of(text: str, unit: float = 10.0) -> np.ndarray:
    """The offsets of `text` as a dataset holds them."""
    strokes = strokes_of(text, unit)
    points = np.concatenate(strokes)
    rows = np.zeros((len(points), 3), np.int16)
    rows[1:, :2] = np.diff(points.round(), axis=0)
    rows[np.cumsum([len(stroke) for stroke in strokes]) - 1, 2] = 1
    return rows


def printed(
    folder: Path,
    texts: Sequence[str],
    splits: Sequence[str] | None = None,
    writers: Sequence[str] | None = None,
    sources: Sequence[int] | None = None,
    rows: Sequence[np.ndarray] | None = None,
) -> Dataset:
    """Write a dataset with these texts, by default all for training and each by another writer."""
    folder.mkdir(parents=True)
    lines = rows or [rows_of(text) for text in texts]
    who = writers or [f"w{k}" for k in range(len(texts))]
    infos = [
        LineInfo(f"line{k}", who[k], (splits or ["train"] * len(texts))[k], text,
                 (sources or [0] * len(texts))[k], who[k])
        for k, text in enumerate(texts)
    ]  # fmt: skip
    starts = np.concatenate([[0], np.cumsum([len(line) for line in lines])]).astype(np.int64)
    names = [Source(f"s{k}", "tablet") for k in range(1 + max(sources or [0]))]
    store.write(folder, np.concatenate(lines), starts, infos, {"names": ["printed"]}, names)
    return open_dataset(folder)


LINES = ["lo vol", "zoo Tool", "77 oz", "vol. l-7", "To zoo.", "ol lo 7", "Tz lo-v.", "ov 7l zT"]
PIECES = ["o", "l", "v", "z", "T", "7", "-", ".", "lo", "zoo", "vol", "77"]


def lines_and_pieces(folder: Path) -> Dataset:
    """LINES three times and PIECES by two hands for training, and a third hand's for validation."""
    texts = [*LINES * 3, *PIECES * 2, *LINES[:4], *PIECES]
    writers = [*(f"w{k}" for k in range(24)), *["a"] * 12, *["b"] * 12, *["c"] * 16]
    return printed(folder, texts, ["train"] * 48 + ["valid"] * 16, writers)
