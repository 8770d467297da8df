"""How like a writer a hand is: by one line continued, and as learned from several.

Takes lines with texts and writers (iam_writers.py makes them of IAM-OnDB, whose writers unipen-synthesis has
not seen). Twenty writers are chosen by a seed; a network that learned from all others (writer_embedding.py)
tells writers apart by the means of their lines. Of each of the twenty, some lines are learned from, and the
texts of others that were not are written: at a bias, the best of some tries. Printed are

- the share of a writer's own held-out lines, and of the samples, that lie nearest to the right writer;
- the share of texts whose real line is nearer to the sample in its writer's hand than to those in the hands
  of all others, by dynamic time warping of directions and heights over the length of the path;
- the share of characters that the bundled reader misreads.

    python benchmarks/quality/hand_likeness.py LINES.ndjson WORK [--learn 5] [--bias 0 --tries 8]

WORK keeps the network and the hands, so that a run can be resumed. --learn 0 continues a line only. With
--pixels 36, the lines that are learned from are in whole pixels, 36 to the height of a line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer
from numpy.typing import NDArray

from hwcli.device_ink.mending import mended
from hwcli.errors import HwError
from hwcli.hands import learned as hand_file
from hwcli.hands.learned import LearnedHand
from hwcli.ink_io.formats import read_file
from hwcli.ink_size import Size
from hwcli.reader.error_rate import Errors
from hwcli.reader.load import load_reader
from hwcli.reader.pen_path import PenPath
from hwcli.sampling.load import load_model
from hwcli.sampling.model import Model
from hwcli.sampling.options import SampleOptions
from hwcli.training.hand.effort import Effort
from hwcli.training.hand.learning import learn
from hwcli.training.hand.lines import HandLines
from renderers.ink import Ink
from writer_embedding import WriterNetwork, embedded, learned

SEED = 5
POINTS = 200, 1200  # of the lines that count, at the model's density
EVERY = 2  # steps of the path of which DTW takes one


def by_writer(path: Path, model: Model) -> dict[str, list[Ink]]:
    lines: dict[str, list[Ink]] = {}
    for found in read_file(path, str(path)):
        if isinstance(found, HwError):
            raise found
        if found.writer and POINTS[0] < len(found.ink) < POINTS[1]:
            lines.setdefault(found.writer, []).append(found.ink)
    return lines


def network_for(others: dict[str, list[Ink]], file: Path) -> WriterNetwork:
    """Return the network in `file`, trained now if there is none."""
    if not file.exists():
        torch.save(learned(others).state_dict(), file)
    state = torch.load(file, weights_only=True)
    network = WriterNetwork(state["layers.0.weight"].shape[1], len(state["classes.weight"]))
    network.load_state_dict(state)
    return network.eval()


def in_pixels(lines: Sequence[Ink], pixels: int) -> list[Ink]:
    """Return `lines` as a screen records them, `pixels` to a line's height, then mended as hw does it."""
    height = Size.typical([size for ink in lines if (size := Size.of(ink)) is not None]).height
    coarse = [replace(k, strokes=tuple(np.rint(s * pixels / height) for s in k.strokes)) for k in lines]
    return mended(coarse)[0]


def hand_of(lines: Sequence[Ink], model: Model, count: int, file: Path) -> LearnedHand:
    """Return the hand learned from the first `count` lines, from `file` if it is there."""
    if file.exists():
        return hand_file.read(file)
    reader = load_reader()
    if count:
        found = learn(lines[:count], model, reader, Effort(), lambda *_: None)
        print(
            f"{file.stem}: strength {found.strength}, {found.before.rate:.3f} {found.after.rate:.3f}",
            flush=True,
        )
        hand = found.hand
    else:
        line = HandLines.of(lines[:5], model.size, reader).prime(reader)
        hand = LearnedHand(model.name, model.file.digest, model.file.shape, {}, line)
    hand_file.write(file, hand)
    return hand


def path_of(ink: Ink) -> NDArray[np.float64]:
    """Return the directions and heights along a line's path, (steps, 4)."""
    rows = PenPath.of(ink).features().rows[::EVERY].astype(np.float64)
    return rows[:, [0, 1, 4, 6]]


def warped_distance(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Return the mean distance along the best warping path (Sakoe and Chiba 1978, symmetric)."""
    cost = np.sqrt(((a[:, None] - b[None]) ** 2).sum(-1))
    best = np.full((len(a) + 1, len(b) + 1), np.inf)
    best[0, 0] = 0
    for total in range(2, len(a) + len(b) + 1):  # anti-diagonals
        i = np.arange(max(1, total - len(b)), min(len(a), total - 1) + 1)
        j = total - i
        step, here = cost[i - 1, j - 1], best
        straight = here[i - 1, j - 1] + 2 * step
        best[i, j] = np.minimum(straight, np.minimum(here[i - 1, j], here[i, j - 1]) + step)
    return float(best[-1, -1] / (len(a) + len(b)))


def main(
    lines_file: Path,
    work: Path,
    learn_from: Annotated[int, typer.Option("--learn", help="Lines of each; 0: only continue one.")] = 5,
    count: Annotated[int, typer.Option("--writers", help="Writers.")] = 20,
    texts: Annotated[int, typer.Option(help="Held-out lines of each writer whose texts are written.")] = 6,
    warped: Annotated[int, typer.Option(help="Texts of each writer that all hands write, for DTW.")] = 1,
    bias: Annotated[float, typer.Option(help="Bias of the samples.")] = 1.0,
    tries: Annotated[int, typer.Option(help="Samples of a text, of which hw takes one.")] = 1,
    pixels: Annotated[int, typer.Option(help="Pixels to the height of a line; 0: as it is.")] = 0,
    least: Annotated[int, typer.Option(help="Lines that a chosen writer has at least.")] = 56,
) -> None:
    """Print the table."""
    work.mkdir(exist_ok=True)
    torch.set_num_threads(1)
    model, reader = load_model(kind="synthesis"), load_reader()
    lines, generator = by_writer(lines_file, model), np.random.default_rng(5)
    able = sorted(writer for writer in lines if len(lines[writer]) >= least)
    chosen = sorted(able[k] for k in generator.permutation(len(able))[:count])
    given, held_out = {}, {}
    for writer in chosen:
        order = generator.permutation(len(lines[writer]))
        held_out[writer] = [lines[writer][k] for k in order[:texts]]
        given[writer] = [lines[writer][k] for k in order[texts:]]
    others = {writer: lines[writer] for writer in lines if writer not in chosen}
    network = network_for(others, work / "writers.pt")
    means = np.stack([embedded(network, given[writer]).mean(0) for writer in chosen])

    def right(inks: Sequence[Ink], writer: str) -> NDArray[np.bool_]:
        return (embedded(network, inks) @ means.T).argmax(1) == chosen.index(writer)

    options = SampleOptions(bias=bias, tries=tries, keep_prime=False, predictions=False, fold=True)
    end = f"{learn_from}-{pixels}px.hand" if pixels else f"{learn_from}.hand"
    ink_of = {w: in_pixels(given[w][:learn_from], pixels) if pixels else given[w] for w in chosen}
    hands = {w: hand_of(ink_of[w], model, learn_from, work / f"{w}-{end}") for w in chosen}
    models = {writer: model.in_hand(hands[writer]) for writer in chosen}

    def written(writer: str, text: str) -> Ink:
        return next(models[writer].samples(1, SEED, options, text=text, prime=hands[writer].line))

    real, sampled, warps, errors = [], [], [], []
    for writer in chosen:
        inks = {ink.text or "": written(writer, ink.text or "") for ink in held_out[writer]}
        real += right(held_out[writer], writer).tolist()
        sampled += right(list(inks.values()), writer).tolist()
        errors += [Errors.of(text, reader.text_of(ink)) for text, ink in inks.items()]
        for line in held_out[writer][:warped]:
            text = line.text or ""
            found = {w: inks[text] if w == writer else written(w, text) for w in chosen}
            far = {w: warped_distance(path_of(line), path_of(ink)) for w, ink in found.items()}
            warps.append(min(far, key=lambda w: far[w]) == writer)
        print(f"{writer}: {np.mean(sampled):.3f} {np.mean(warps or [0]):.3f} so far", flush=True)
    print(f"{len(chosen)} writers, {len(sampled)} samples, learned from {learn_from} lines:")
    print(f"  own lines at the right writer   {np.mean(real):.1%}")
    print(f"  samples at the right writer     {np.mean(sampled):.1%}")
    print(f"  nearest by DTW                  {np.mean(warps):.1%} of {len(warps)}")
    print(f"  characters misread              {Errors.total(errors).rate:.2%}")


if __name__ == "__main__":
    typer.run(main)
