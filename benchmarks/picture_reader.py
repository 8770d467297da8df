"""Trains the network with which the bundled reader looks at pictures, and measures it.

    python benchmarks/picture_reader.py train DATASET OUT.safetensors [--epochs 7]
    python benchmarks/picture_reader.py errors DATASET [--network FILE]
    python benchmarks/picture_reader.py judge [--network FILE]
    python benchmarks/picture_reader.py sift INK.ndjson OUT.ndjson [--network FILE] [--most 1.5]

A reader that follows the pen and knows the whole line reads `the` where a t lacks its bar, as people in a
hurry do. A convolutional network that sees the ink as it lies on the paper, and at each place some three
letters on either side, reads what is there, letter by letter. Its mistakes are of another kind
(docs/results.md).

`judge` compares the two readers on lines that were judged by eye: first tries
(benchmarks/quality/proofreading.py), and passed_lines.ndjson.xz, which are 80 texts by two versions of
unipen-synthesis, with up to 8 tries, all passed by the bundled reader without its pictures. `sift` keeps the
lines of INK whose texts the network finds clear. benchmarks/bundle_reader.py puts a network into the bundled
reader's file.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from math import prod
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import silu

from hwcli.config.sections import TrainConfig
from hwcli.dataset.epochs.mixing import Mixture
from hwcli.dataset.line_texts import with_text
from hwcli.dataset.store import open_dataset
from hwcli.errors import HwError
from hwcli.ink_io import ndjson
from hwcli.ink_io.formats import read_file
from hwcli.model import container
from hwcli.model.picture_shape import ALONG, CHANNELS, HEIGHT, STRIDES, WIDE, WIDTHS
from hwcli.reader.error_rate import Errors
from hwcli.reader.greedy import text_of
from hwcli.reader.lines_to_read import LinesToRead
from hwcli.reader.load import load_reader
from hwcli.reader.pen_path import PenPath
from hwcli.reader.picture import picture
from hwcli.reader.picture_engine import GROUPS, PictureWeights, classify
from hwcli.reader.reader import Reader
from hwcli.sampling.drafting.read_back import largest_gain, worst_doubts
from hwcli.training.reader.batches import ReaderEpoch
from hwcli.training.reader.learner import ReaderLearner
from hwcli.training.reader.lines import ReaderData
from hwcli.training.schedule import learning_rate
from quality.proofreading import LINES, judged_lines, state
from renderers.ink import Ink

FRAME = prod(across for _, across in STRIDES)  # pixels
COMPOSED = 0.8  # composed lines per line
CONFIG = TrainConfig(
    batch_size=32, optimiser="adamw", lr=0.003, schedule="trapezoid", cooldown=0.6, warmup=100, clip=1.0,
    weight_decay=0.01,
)  # fmt: skip
SHOWN = 50  # steps
DROPOUT = 0.1
FLOOR = -15.0  # nats
OTHER = "Network to look with, instead of the bundled one."
FALSE_ALARMS = (1, 3, 6, 10, 20)
PASSED = LINES.with_name("passed_lines.ndjson.xz")

app = typer.Typer(help="A second judge of lines, which sees pictures of them.")


class Block(nn.Module):
    """Two convolutions beside a shortcut; `stride` is down and across."""

    def __init__(self, inputs: int, outputs: int, stride: tuple[int, int]) -> None:
        super().__init__()
        self.first = nn.Conv2d(inputs, outputs, 3, stride, 1)
        self.norm = nn.GroupNorm(GROUPS, outputs)
        self.second = nn.Conv2d(outputs, outputs, 3, 1, 1)
        self.shortcut = nn.Conv2d(inputs, outputs, 1, stride)
        nn.init.zeros_(self.second.weight)

    def forward(self, x: Tensor) -> Tensor:
        """Return (lines, outputs, rows, columns)."""
        return self.shortcut(x) + self.second(silu(self.norm(self.first(x))))


class PictureNetwork(nn.Module):
    """Residual blocks over the picture, then over frames of FRAME columns, and the classes of each frame."""

    def __init__(self, characters: int) -> None:
        super().__init__()
        self.stem = nn.Conv2d(CHANNELS, WIDTHS[0], 3, 1, 1)
        self.blocks = nn.ModuleList(map(Block, WIDTHS[:-1], WIDTHS[1:], STRIDES))
        self.down = nn.Conv2d(WIDTHS[-1], WIDE, (HEIGHT // 2 ** len(STRIDES), 3), 1, (0, 1))
        self.along = nn.ModuleList(nn.Conv1d(WIDE, WIDE, 5, 1, 2) for _ in range(ALONG))
        self.norms = nn.ModuleList(nn.GroupNorm(GROUPS, WIDE) for _ in range(ALONG))
        self.output = nn.Linear(WIDE, 1 + characters)

    def forward(
        self, rows: Tensor, widths: Tensor, generator: torch.Generator | None = None
    ) -> tuple[Tensor, Tensor]:
        """Return log-probabilities (frames, lines, classes), and the frames of each line.

        `rows` are pictures, (lines, columns, CHANNELS x HEIGHT), padded behind their `widths`. Lines are
        normalised with their padding, so they are read one by one. `generator` drives the dropout.
        """
        x = self.stem(rows.unflatten(2, (CHANNELS, HEIGHT)).permute(0, 2, 3, 1))
        for block in self.blocks:
            x = block(silu(x))
        x = silu(self.down(silu(x))).squeeze(2)
        frames = (widths + FRAME - 1) // FRAME
        inside = (torch.arange(x.shape[2]) < frames[:, None]).unsqueeze(1)
        for convolution, norm in zip(self.along, self.norms, strict=True):
            x = x + silu(convolution(norm(x * inside)))
        if self.training:  # the same channels in all frames of a line
            kept = torch.empty(x.shape[:2]).uniform_(generator=generator) >= DROPOUT
            x = x * kept[..., None] / (1 - DROPOUT)
        return self.output(x.permute(2, 0, 1)).log_softmax(-1), frames


def looking(network: Path | None) -> Reader:
    """Return a reader that looks with the network in that file, or as the bundled one does."""
    bundled = load_reader()
    if network is None:
        assert bundled.pictures is not None
        return bundled.pictures
    return Reader(replace(bundled.file, pictures=container.load(network)[1]), str(network), looks=True)


def gain(readers: Sequence[Reader], ink: Ink, text: str) -> float:
    """Return by how many nats the readers together find another text more probable.

    It is that of the character in most doubt; a change that one of them does not consider has FLOOR.
    """
    comparisons = [reader.compare(ink, text, FLOOR) for reader in readers]
    if not all(np.isfinite(comparison.log_likelihood) for comparison in comparisons):
        return np.inf
    found = [{replace(d, gain=0.0): d.gain for d in comparison.doubts} for comparison in comparisons]
    every = {change for one in found for change in one}
    doubts = [replace(change, gain=sum(one.get(change, FLOOR) for one in found)) for change in every]
    return largest_gain(text, worst_doubts(text, doubts))


class PictureEpoch(ReaderEpoch):
    """Batches of pictures."""

    def rows(self, path: PenPath) -> NDArray[np.float32]:
        """Return the columns of the picture."""
        return picture(path)


@app.callback()
def on_one_core() -> None:
    """Have torch use one core: the products are small."""
    torch.set_num_threads(1)


@app.command()
def train(
    dataset: Annotated[Path, typer.Argument(help="Dataset of a reader (--normalise).")],
    out: Annotated[Path, typer.Argument(help="Network to write.")],
    epochs: Annotated[int, typer.Option(min=1, help="Epochs.")] = 7,
    seed: Annotated[int, typer.Option(help="Seed.")] = 1,
) -> None:
    """Train a network from the beginning, on one core."""
    torch.manual_seed(seed)
    alphabet, config = load_reader().alphabet, replace(CONFIG, epochs=epochs)
    data = ReaderData.of(open_dataset(dataset), alphabet, None, COMPOSED)
    mixture = Mixture.of(data.dataset, data.whole, data.weights, 0, seed)
    composed = data.composed_per_epoch(COMPOSED, mixture)
    network = PictureNetwork(len(alphabet)).train()
    learner, step, begun = ReaderLearner(network, config, seed), 0, time.monotonic()
    for number in range(epochs):
        epoch = PictureEpoch(data, mixture.epoch(number), composed, config.batch_size, seed, number, 1.0)
        for k, batch in enumerate(epoch.batches(0, torch.device("cpu"))):
            rate = learning_rate(config, step, number + k / len(epoch))
            nats = learner.step(batch, step, rate)[0] / batch.points
            step += 1
            if step % SHOWN == 0:
                pace = f"{(time.monotonic() - begun) / step:.2f} s each"
                typer.echo(
                    f"epoch {number + 1}, step {step}: {nats:.3f} nats per character, {pace}", err=True
                )
    header = {"kind": "picture-reader", "alphabet": alphabet.as_dict(), "about": {}}
    container.save(out, header, {name: t.numpy() for name, t in network.state_dict().items()}, "float16")


@app.command()
def sift(
    ink: Annotated[Path, typer.Argument(help="hw ink with texts.")],
    out: Annotated[Path, typer.Argument(help="Where to write the lines that are kept.")],
    network: Annotated[Path | None, typer.Option(help=OTHER)] = None,
    most: Annotated[float, typer.Option(help="Largest gain in nats of another character.")] = 1.5,
) -> None:
    """Keep the lines whose texts the network finds clear."""
    reader, kept, count = looking(network), 0, 0
    with out.open("wb") as file:
        for found in read_file(ink, str(ink)):
            if isinstance(found, HwError):
                raise found
            count += 1
            if _is_clear(reader, found.ink, most):
                file.write(ndjson.dump(found.ink))
                kept += 1
    typer.echo(f"kept {kept:,} of {count:,} lines", err=True)


def _is_clear(reader: Reader, ink: Ink, most: float) -> bool:
    try:
        return gain([reader], ink, ink.text or "") < most
    except HwError:  # it is not a line of handwriting, or has no text that can be read
        return False


@app.command()
def judge(network: Annotated[Path | None, typer.Option(help=OTHER)] = None) -> None:
    """Print how many wrong lines are found, by the number of false alarms among the right ones."""
    bundled, pictures = load_reader(), looking(network)
    kinds: dict[tuple[str, str], list[Ink]] = {}
    for name, path in (("first tries", LINES), ("passed", PASSED)):
        for ink in judged_lines(path):
            kinds.setdefault((name, state(ink)), []).append(ink)
    typer.echo(f"{ {' '.join(kind): len(inks) for kind, inks in sorted(kinds.items())} }")
    for name, readers in (("bundled", [bundled]), ("pictures", [pictures]), ("both", [bundled, pictures])):
        gains = {k: [gain(readers, ink, ink.text or "") for ink in inks] for k, inks in kinds.items()}
        right = sorted((g for (_, of), some in gains.items() if of == "right" for g in some), reverse=True)
        for alarms in FALSE_ALARMS:
            limit = right[alarms]
            found = {k: sum(g > limit for g in gains[k, "wrong"]) for k in ("first tries", "passed")}
            typer.echo(
                f"{name}: {alarms} false alarms of {len(right)}, limit {limit:.1f} nats; found: {found}"
            )


@app.command()
def errors(
    dataset: Annotated[Path, typer.Argument(help="Dataset whose split valid is read.")],
    network: Annotated[Path | None, typer.Option(help=OTHER)] = None,
) -> None:
    """Print how many characters are misread."""
    reader, data = looking(network), open_dataset(dataset)
    lines = LinesToRead.of(data, with_text(data, data.split("valid"))).written
    weights = PictureWeights(reader.file.pictures)
    read = [text_of(reader.alphabet, classify(weights, picture(line.path))) for line in lines]
    found = Errors.total([Errors.of(line.text, text) for line, text in zip(lines, read, strict=True)])
    typer.echo(f"{found.rate:.2%} of {found.count:,} characters, {len(lines):,} lines")


if __name__ == "__main__":
    app()
