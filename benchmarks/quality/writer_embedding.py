"""A network that tells writers apart: temporal convolutions over ink as a reader sees it, pooled over a line.

It learns to classify lines of many writers, and places lines of any others, whom it never saw, on a sphere:
lines of one writer lie close together (as d-vectors of speakers do: Variani et al. 2014). Size, slope, speed
and density of the points are taken out of the ink before, so that only shapes count.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from hwcli.errors import HwError
from hwcli.reader.pen_path import PenPath
from renderers.ink import Ink

EPOCHS, BATCH, RATE = 12, 48, 4e-3
WIDTH, DIMENSIONS = 128, 64
SHARPNESS = 20.0  # of the classes' softmax over cosines
SHORTEST = 0.4  # part of a line that an epoch sees, at least
EMBEDDED = 32  # lines at once


def features(ink: Ink) -> NDArray[np.float32] | None:
    """Return the steps of a line, (steps, channels); None for ink that is not a line."""
    try:
        rows: NDArray[np.float32] = PenPath.of(ink).features().rows
    except HwError:
        return None
    return rows


def padded(lines: Sequence[NDArray[np.float32]]) -> tuple[Tensor, Tensor]:
    """Return lines as (lines, channels, steps) and a mask (lines, 1, steps)."""
    steps = max(map(len, lines))
    x = np.zeros((len(lines), lines[0].shape[1], steps + -steps % 4), np.float32)
    mask = np.zeros((len(lines), 1, x.shape[2]), np.float32)
    for k, rows in enumerate(lines):
        x[k, :, : len(rows)], mask[k, :, : len(rows)] = rows.T, 1
    return torch.from_numpy(x), torch.from_numpy(mask)


class WriterNetwork(nn.Module):
    def __init__(self, channels: int, writers: int) -> None:
        super().__init__()
        sizes = ((channels, 7, 2), (WIDTH, 5, 2), (WIDTH, 3, 1))  # inputs, kernel, stride
        self.layers = nn.ModuleList(nn.Conv1d(i, WIDTH, k, s, k // 2) for i, k, s in sizes)
        self.norms = nn.ModuleList(nn.BatchNorm1d(WIDTH) for _ in sizes)
        self.place = nn.Linear(4 * WIDTH, DIMENSIONS)
        self.classes = nn.Linear(DIMENSIONS, writers, bias=False)

    def embed(self, x: Tensor, mask: Tensor) -> Tensor:
        """Return unit vectors (lines, DIMENSIONS)."""
        pooled = []
        for number, (layer, norm) in enumerate(zip(self.layers, self.norms, strict=True)):
            x = torch.relu(norm(layer(x)))
            if number < 2:
                mask = mask[..., ::2][..., : x.shape[-1]]
            if number > 0:
                weight = mask / mask.sum(-1, keepdim=True)
                mean = (x * weight).sum(-1)
                spread = ((x - mean[..., None]) ** 2 * weight).sum(-1).add(1e-4).sqrt()
                pooled += [mean, spread]
        return nn.functional.normalize(self.place(torch.cat(pooled, 1)), dim=1)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        classes = nn.functional.normalize(self.classes.weight, dim=1)
        return SHARPNESS * self.embed(x, mask) @ classes.T


def learned(lines: Mapping[str, Sequence[Ink]], seed: int = 0) -> WriterNetwork:
    """Train a network on the `lines` of many writers."""
    torch.manual_seed(seed)
    generator = np.random.default_rng(seed)
    found = [
        (rows, k) for k, w in enumerate(lines) for ink in lines[w] if (rows := features(ink)) is not None
    ]
    network = WriterNetwork(found[0][0].shape[1], len(lines))
    optimiser = torch.optim.AdamW(network.parameters(), weight_decay=1e-2)
    steps = EPOCHS * (len(found) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps)
    begun = time.monotonic()
    for epoch in range(1, EPOCHS + 1):
        order, right = generator.permutation(len(found)), 0
        for first in range(0, len(found) - BATCH + 1, BATCH):
            batch = [found[k] for k in order[first : first + BATCH]]
            cut = [part_of(rows, generator) for rows, _ in batch]
            classes = torch.tensor([k for _, k in batch])
            scores = network(*padded(cut))
            optimiser.zero_grad()
            nn.functional.cross_entropy(scores, classes).backward()
            optimiser.step()
            schedule.step()
            right += int((scores.argmax(1) == classes).sum())
        print(f"epoch {epoch}: {right / len(found):.1%} right, {time.monotonic() - begun:.0f} s", flush=True)
    return network.eval()


def part_of(rows: NDArray[np.float32], generator: np.random.Generator) -> NDArray[np.float32]:
    length = max(int(len(rows) * generator.uniform(SHORTEST, 1)), 1)
    first = generator.integers(len(rows) - length + 1)
    return rows[first : first + length]


@torch.no_grad()
def embedded(network: WriterNetwork, inks: Sequence[Ink]) -> NDArray[np.float32]:
    """Return the unit vectors of lines, (lines, DIMENSIONS); zeros for ink that is not a line."""
    rows = [features(ink) for ink in inks]
    result = np.zeros((len(inks), DIMENSIONS), np.float32)
    good = [k for k, found in enumerate(rows) if found is not None]
    for first in range(0, len(good), EMBEDDED):
        part = good[first : first + EMBEDDED]
        result[part] = network.embed(*padded([found for k in part if (found := rows[k]) is not None])).numpy()
    return result
