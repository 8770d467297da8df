"""A small reader of online handwriting: ink → even steps along the pen's path → bidirectional LSTM → text.

What a tablet and a hand add to the shape is taken out first: its units, its rate and the pen's speed, the
slope of the line. So ink of any source is read alike, and points drawn by a model as those of a tablet.
`recogniser.py` trains it and reads with it.
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
STEP = 0.25  # along the path, in heights of the hand; a character takes about 20
STRIDE = 4  # steps that a frame of the network covers
CHANNELS = 7
CHUNK = 64  # lines read at a time


@dataclass(frozen=True)
class Sizes:
    """What the file must say of the network: its alphabet, cells each way, layers."""

    characters: str
    hidden: int = 128
    layers: int = 3
    dropout: float = 0.2


@dataclass(frozen=True)
class Pen:
    """A line: `points` (n, 2) in heights of its hand, level, about the origin; `ends` (n,) of strokes."""

    points: NDArray[np.float64]
    ends: NDArray[np.bool_]

    @classmethod
    def of(cls, ink: Ink) -> Pen:
        """`ink` levelled. What has no extent, so no height, becomes a dot."""
        size = Size.of(ink)
        if size is None:
            return cls(np.zeros((1, 2)), np.ones(1, bool))
        points = ink.points / size.height
        even, _ = cls(points, ink.ends).evenly()  # every piece of path counts alike, as for the height
        points = points - even.mean(0)
        (xx, xy), (_, yy) = np.cov(even.T, bias=True)
        if xx > WIDE**2 * yy:
            points[:, 1] -= xy / xx * points[:, 0]
        return cls(points, ink.ends)

    def varied(self, random: np.random.Generator) -> Pen:
        """The same line as another hand, on another day, might have written it."""
        points = self.points + random.normal(0, random.uniform(0, 0.04), self.points.shape)
        wide, high = np.exp(random.normal(0, (0.15, 0.08)))
        slant, slope = random.normal(0, (0.25, 0.01))
        return Pen(points @ np.array([[wide, slope], [slant, high]]), self.ends)

    def evenly(self) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Points at even steps along every stroke, its first and last among them, and which are the first."""
        along = np.hypot(*np.diff(self.points, axis=0).T)
        along[self.ends[:-1]] = 1.0  # keeps strokes apart in the one interpolation over all of them
        at = np.concatenate([[0.0], along.cumsum()])
        last = np.flatnonzero(self.ends)
        start = at[np.concatenate([[0], last[:-1] + 1])]
        length = at[last] - start
        pieces = np.maximum(np.round(length / STEP), length > 0).astype(int)  # a dot has none, and one point
        stroke = np.repeat(np.arange(len(last)), pieces + 1)
        within = np.arange(len(stroke)) - np.repeat(np.cumsum(pieces + 1) - pieces - 1, pieces + 1)
        where = start[stroke] + within * (length / np.maximum(pieces, 1))[stroke]
        return np.column_stack([np.interp(where, at, axis) for axis in self.points.T]), within == 0

    def features(self) -> NDArray[np.float32]:
        """(steps, CHANNELS): the step while the pen is down, else the jump, and where the pen stands."""
        points, fresh = self.evenly()
        move = np.diff(points, axis=0, prepend=points[:1])
        x, y = points.T
        jump = np.sign(move) * np.log1p(np.abs(move)) * fresh[:, None]  # word spaces, and back to dot an i
        behind = np.maximum(x - np.maximum.accumulate(x), -6.0) / 3  # dots and bars come after their letter
        rows = [move / STEP * ~fresh[:, None], jump, fresh, y, behind]
        return np.column_stack(rows).astype(np.float32)


class Reader(nn.Module):
    """The network: a convolution that takes STRIDE steps to a frame, LSTM layers both ways, characters.

    `nn.LSTM`, for at these sizes it is as fast under autocast to bfloat16 as FastLSTM, in less code.
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
        """Log-probabilities (frames, batch, 1 + characters) and the frames of each line.

        `steps` (batch, steps, CHANNELS) with zeros after a line's end. What is read of a line does not depend
        on its neighbours: the way back begins at its own end, not in the padding.
        """
        x = nn.functional.silu(self.frames(steps.mT)).permute(2, 0, 1)  # (frames, batch, inputs)
        lengths = (lengths - 1) // STRIDE + 1
        here = torch.arange(len(x)).unsqueeze(1)
        turned = torch.where(here < lengths, lengths - 1 - here, here)  # (frames, batch), its own inverse
        turned = (turned * len(steps) + torch.arange(len(steps))).flatten()

        def turn(rows: Tensor) -> Tensor:
            return rows.flatten(0, 1).index_select(0, turned).view_as(rows)

        for there, back in zip(self.there, self.back, strict=True):
            x = torch.cat([there(x)[0], turn(back(turn(x))[0])], -1)
            # the same cells of a line at all times: to draw them for every frame took a tenth of a step
            x = x * nn.functional.dropout(torch.ones_like(x[:1]), self.sizes.dropout, self.training)
        return self.output(x).float().log_softmax(-1), lengths

    @torch.inference_mode()
    def read(self, pens: Sequence[Pen]) -> list[str]:
        """The text of every line: the best character of every frame, repetitions and blanks taken out."""
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
        """Weights, sizes and what else is known of them, whole or not at all."""
        header = json.dumps({"sizes": asdict(self.sizes), **about}, ensure_ascii=False, sort_keys=True)
        write_atomically(path, save(self.state_dict(), {KEY: header}))

    @classmethod
    def load(cls, path: Path) -> Reader:
        """The reader in the file `path`."""
        try:
            with safe_open(str(path), framework="pt") as file:
                reader = cls(Sizes(**json.loads(file.metadata()[KEY])["sizes"]))
                names = file.keys()  # safetensors' file is no dictionary: it cannot be iterated over itself
                reader.load_state_dict({name: file.get_tensor(name) for name in names})
        except (SafetensorError, KeyError, TypeError):
            raise HwError(
                f"{path} is no reader", "python benchmarks/quality/recogniser.py train writes them"
            ) from None
        return reader.eval()


def padded(rows: Sequence[NDArray[np.float32]]) -> tuple[Tensor, Tensor]:
    """Lines of different length as one array (batch, steps, CHANNELS), and their lengths."""
    lengths = torch.tensor([len(r) for r in rows])
    return nn.utils.rnn.pad_sequence([torch.from_numpy(r) for r in rows], batch_first=True), lengths


def plain(text: str) -> str:
    """As texts are compared: composed characters, single spaces, none at the ends."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def errors(wanted: str, read: str) -> int:
    """Characters to insert, delete or change to make one text of the other (Levenshtein)."""
    row = list(range(len(read) + 1))
    for i, a in enumerate(wanted, 1):
        corner, row[0] = row[0], i
        for j, b in enumerate(read, 1):
            corner, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, corner + (a != b))
    return row[-1]
