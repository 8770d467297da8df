"""Batches of lines to read: features along the pen's path, padded, with the classes of their texts.

The lines of an epoch are shuffled and taken in chunks. Within a chunk, lines of similar length share a batch,
so there is little padding. What becomes of a line depends only on the seed, the epoch and its place, so any
chunk can be made by itself, as when a run is resumed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from hwcli.errors import HwError
from hwcli.reader.lines_to_read import Sample, composed, written
from hwcli.reader.pen_path import PenPath
from hwcli.training.prefetch import ahead
from hwcli.training.reader.lines import IntArray, ReaderData, codes_of
from hwcli.training.reader.variation import varied

CHUNK = 24  # batches made together
MOST_STEPS = 2400  # of a line to learn from: some 120 characters; longer ones take memory and teach no more
COMPOSED = -1  # in place of the number of a line


@dataclass(frozen=True)
class Example:
    """A line to learn from."""

    rows: NDArray[np.float32]  # (steps, channels)
    codes: IntArray  # (characters,)
    name: str


@dataclass(frozen=True)
class ReaderBatch:
    """Examples on the network's device."""

    steps: Tensor  # (lines, steps, channels), padded with zeros
    lengths: Tensor  # (lines,) steps
    codes: Tensor  # (characters of all lines,) one line after the other
    sizes: Tensor  # (lines,) characters
    names: tuple[str, ...]
    points: int  # characters of all lines

    @classmethod
    def of(cls, examples: Sequence[Example], device: torch.device) -> ReaderBatch:
        """Copy `examples` to `device`."""
        steps = pad_sequence([torch.from_numpy(one.rows) for one in examples], batch_first=True)
        sizes = torch.tensor([len(one.codes) for one in examples])
        return cls(
            steps.to(device),
            torch.tensor([len(one.rows) for one in examples]).to(device),
            torch.from_numpy(np.concatenate([one.codes for one in examples])).to(device),
            sizes.to(device),
            tuple(one.name for one in examples),
            int(sizes.sum()),
        )


class ReaderEpoch:
    """The batches of one epoch: `lines`, and as many composed ones; its length is the number of batches."""

    def __init__(
        self,
        data: ReaderData,
        lines: Sequence[int],
        composed: int,
        batch_size: int,
        seed: int,
        epoch: int,
        strength: float,
    ) -> None:
        self.data, self.batch_size, self.strength = data, batch_size, strength
        self.seed = (seed, epoch)
        every = np.concatenate([np.asarray(lines, np.int64), np.full(composed, COMPOSED)])
        self.order = np.random.default_rng(self.seed).permutation(every)

    def __len__(self) -> int:
        return -(-len(self.order) // self.batch_size)

    @property
    def chunks(self) -> int:
        """The number of chunks; all but the last have CHUNK batches."""
        return -(-len(self) // CHUNK)

    def batches(self, first: int, device: torch.device) -> Iterator[ReaderBatch]:
        """Yield the batches from number `first` on; a thread makes the next chunk meanwhile."""
        chunks, skip = range(first // CHUNK, self.chunks), first % CHUNK
        for chunk in ahead(self.chunk, chunks, 2):
            for examples in chunk[skip:]:
                yield ReaderBatch.of(examples, device)
            skip = 0

    def chunk(self, number: int) -> list[list[Example]]:
        """Return the examples of each batch of a chunk; HwError if none of its lines can be read."""
        size = CHUNK * self.batch_size
        places = range(number * size, min((number + 1) * size, len(self.order)))
        count = -(-len(places) // self.batch_size)
        made = [example for place in places if (example := self._example(place)) is not None]
        if not made:
            raise HwError(
                f"none of {len(places):,} training lines of {self.data.dataset.path} can be read: "
                "their ink is not like handwriting, or they are far too long",
                "look at them with hw render",
            )
        made *= -(-count // len(made))  # lines that cannot be read must not leave a batch empty
        made.sort(key=lambda example: len(example.rows))
        edges = np.linspace(0, len(made), count + 1).round().astype(int)
        batches = [made[a:b] for a, b in pairwise(edges.tolist())]
        random = np.random.default_rng((*self.seed, number, 1))
        return [batches[k] for k in random.permutation(count)]

    def rows(self, path: PenPath) -> NDArray[np.float32]:
        """Return what the network sees of a line, (steps, channels)."""
        return path.features().rows

    def _example(self, place: int) -> Example | None:
        """Return what becomes of the line at `place`; None if it cannot be read."""
        random = np.random.default_rng((*self.seed, place, 2))
        try:
            sample = self._sample(int(self.order[place]), random)
        except HwError:
            return None
        rows = self.rows(varied(sample.path, self.strength, random))
        codes = codes_of(self.data.alphabet, sample.text)
        return Example(rows, codes, sample.name) if len(codes) and len(rows) <= MOST_STEPS else None

    def _sample(self, line: int, random: np.random.Generator) -> Sample:
        if line == COMPOSED:
            return composed(self.data.dataset, self.data.composer, random)
        return written(self.data.dataset, line)
