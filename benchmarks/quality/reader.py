"""A small reader of online handwriting: ink → even steps along the pen's path → bidirectional LSTM → text.

The effects of tablet and writer are removed first: units, sampling rate and pen speed, the slope of the line.
So ink from any source is read alike, whether from a tablet or from a model. `recogniser.py` trains this
reader and uses it.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from hwcli.atomic import write_atomically
from hwcli.errors import HwError
from hwcli.ink_size import WIDE, Size
from renderers.ink import Ink

KEY = "hw-reader"
STEP = 0.25  # distance along the path, in heights of the hand; about 20 steps per character
STRIDE = 4  # steps per frame of the network
CHANNELS = 7
CHUNK = 64  # lines read in parallel


@dataclass(frozen=True)
class Sizes:
    """The network's settings, stored in its file: alphabet, cells per direction, layers."""

    characters: str
    hidden: int = 128
    layers: int = 3
    dropout: float = 0.2


@dataclass(frozen=True)
class Pen:
    """A line: level `points` (n, 2) in heights of its hand, centred; `ends` (n,) marks ends of strokes."""

    points: NDArray[np.float64]
    ends: NDArray[np.bool_]

    @classmethod
    def of(cls, ink: Ink) -> Pen:
        """Level and scale `ink`; ink without extent, which has no height, becomes a dot."""
        size = Size.of(ink)
        if size is None:
            return cls(np.zeros((1, 2)), np.ones(1, bool))
        points = ink.points / size.height
        even, _ = cls(points, ink.ends).evenly()  # every piece of path counts equally, as for the height
        points = points - even.mean(0)
        (xx, xy), (_, yy) = np.cov(even.T, bias=True)
        if xx > WIDE**2 * yy:
            points[:, 1] -= xy / xx * points[:, 0]
        return cls(points, ink.ends)

    def varied(self, random: np.random.Generator) -> Pen:
        """Return a random variation of the line, in noise, size, slant and slope."""
        points = self.points + random.normal(0, random.uniform(0, 0.04), self.points.shape)
        wide, high = np.exp(random.normal(0, (0.15, 0.08)))
        slant, slope = random.normal(0, (0.25, 0.01))
        return Pen(points @ np.array([[wide, slope], [slant, high]]), self.ends)

    def evenly(self) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Resample strokes at even steps, keeping both ends; also return which points begin a stroke."""
        along = np.hypot(*np.diff(self.points, axis=0).T)
        along[self.ends[:-1]] = 1.0  # separates strokes in the one interpolation over all
        at = np.concatenate([[0.0], along.cumsum()])
        last = np.flatnonzero(self.ends)
        start = at[np.concatenate([[0], last[:-1] + 1])]
        length = at[last] - start
        pieces = np.maximum(np.round(length / STEP), length > 0).astype(int)  # a dot has 0 pieces and 1 point
        stroke = np.repeat(np.arange(len(last)), pieces + 1)
        within = np.arange(len(stroke)) - np.repeat(np.cumsum(pieces + 1) - pieces - 1, pieces + 1)
        where = start[stroke] + within * (length / np.maximum(pieces, 1))[stroke]
        return np.column_stack([np.interp(where, at, axis) for axis in self.points.T]), within == 0

    def features(self) -> NDArray[np.float32]:
        """Return (steps, CHANNELS): the step with the pen down or the jump with it up, and the position."""
        points, fresh = self.evenly()
        move = np.diff(points, axis=0, prepend=points[:1])
        x, y = points.T
        jump = (
            np.sign(move) * np.log1p(np.abs(move)) * fresh[:, None]
        )  # word spaces, and going back to dot an i
        behind = np.maximum(x - np.maximum.accumulate(x), -6.0) / 3  # dots and bars follow their letter
        rows = [move / STEP * ~fresh[:, None], jump, fresh, y, behind]
        return np.column_stack(rows).astype(np.float32)


class Reader(nn.Module):
    """The network: a convolution from STRIDE steps to one frame, bidirectional LSTM layers, characters.

    It uses `nn.LSTM`, which at these sizes and under autocast to bfloat16 is as fast as FastLSTM.
    """

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.sizes = sizes
        hidden, inputs = sizes.hidden, 128
        self.frames = nn.Conv1d(CHANNELS, inputs, 2 * STRIDE + 1, STRIDE, STRIDE)
        self.there, self.back = (
            nn.ModuleList(nn.LSTM(2 * hidden if layer else inputs, hidden) for layer in range(sizes.layers))
            for _ in range(2)
        )
        self.output = nn.Linear(2 * hidden, 1 + len(sizes.characters))  # 0 is CTC's blank

    def forward(self, steps: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Return log-probabilities (frames, batch, 1 + characters) and the number of frames of each line.

        `steps` (batch, steps, CHANNELS) is padded with zeros. Lines do not depend on each other: the backward
        direction starts at each line's own end, not in the padding.
        """
        x = nn.functional.silu(self.frames(steps.mT)).permute(2, 0, 1)  # (frames, batch, inputs)
        lengths = (lengths - 1) // STRIDE + 1
        here = torch.arange(len(x)).unsqueeze(1)
        turned = torch.where(
            here < lengths, lengths - 1 - here, here
        )  # (frames, batch); it is its own inverse
        turned = (turned * len(steps) + torch.arange(len(steps))).flatten()

        def turn(rows: Tensor) -> Tensor:
            return rows.flatten(0, 1).index_select(0, turned).view_as(rows)

        for there, back in zip(self.there, self.back, strict=True):
            x = torch.cat([there(x)[0], turn(back(turn(x))[0])], -1)
            # drops the same cells in all frames of a line: drawing them per frame took a tenth of the time
            x = x * nn.functional.dropout(torch.ones_like(x[:1]), self.sizes.dropout, self.training)
        return self.output(x).float().log_softmax(-1), lengths

    @torch.inference_mode()
    def read(self, pens: Sequence[Pen]) -> list[str]:
        """Return every line's text: the best character of each frame, without repetitions and blanks."""
        training = self.training
        self.eval()
        rows = [pen.features() for pen in pens]
        order = sorted(range(len(rows)), key=lambda k: len(rows[k]))
        texts = [""] * len(rows)
        for start in range(0, len(order), CHUNK):
            chosen = order[start : start + CHUNK]
            logs, lengths = self(*padded([rows[k] for k in chosen]))
            for k, best, length in zip(chosen, logs.argmax(-1).T.numpy(), lengths.tolist(), strict=True):
                best = best[:length]
                kept = best[(best > 0) & (np.diff(best, prepend=0) != 0)]
                texts[k] = plain("".join(self.sizes.characters[c - 1] for c in kept))
        self.train(training)
        return texts

    def save(self, path: Path, **about: object) -> None:
        """Write weights, settings and `about` to `path` atomically."""
        header = json.dumps({"sizes": asdict(self.sizes), **about}, ensure_ascii=False, sort_keys=True)
        write_atomically(path, save(self.state_dict(), {KEY: header}))

    @classmethod
    def load(cls, path: Path) -> Reader:
        """Load the reader in the file `path`."""
        try:
            with safe_open(str(path), framework="pt") as file:
                reader = cls(Sizes(**json.loads(file.metadata()[KEY])["sizes"]))
                names = file.keys()  # the file itself cannot be iterated over
                reader.load_state_dict({name: file.get_tensor(name) for name in names})
        except (SafetensorError, KeyError, TypeError):
            raise HwError(
                f"{path} is not a reader", "train one: python benchmarks/quality/recogniser.py train"
            ) from None
        return reader.eval()


def padded(rows: Sequence[NDArray[np.float32]]) -> tuple[Tensor, Tensor]:
    """Join lines of different lengths in one array (batch, steps, CHANNELS); also return their lengths."""
    lengths = torch.tensor([len(r) for r in rows])
    return nn.utils.rnn.pad_sequence([torch.from_numpy(r) for r in rows], batch_first=True), lengths


def plain(text: str) -> str:
    """Normalise a text for comparison: composed characters, single spaces, none at the ends."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def errors(wanted: str, read: str) -> int:
    """Return the Levenshtein distance: characters to insert, delete or change between the texts."""
    row = list(range(len(read) + 1))
    for i, a in enumerate(wanted, 1):
        corner, row[0] = row[0], i
        for j, b in enumerate(read, 1):
            corner, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, corner + (a != b))
    return row[-1]
