"""Can samples be read? A recogniser trained on real lines alone reads them, and real lines held back.

A stand-in for a reader who has no part in the model. It learns the dataset's train split; what it then makes
of the valid split says how well it reads at all, and the ratio of the samples' character error rate (CER) to
that how much less legible samples are than people's writing. For a fair ratio the samples should be of the
valid lines' texts, or others as long and as hard. The lines held back also chose which weights were kept, but
the rate falls to 0 towards the end and the last are the best: that favours them little.

    python benchmarks/quality/recogniser.py train DATASET READER [--minutes 15] [--threads 1] [--seed 1]
    python benchmarks/quality/recogniser.py read READER DATASET SAMPLES.ndjson ... [--worst 10]

READER is a safetensors file, written whenever an epoch reads the lines held back better than all before:
training can be stopped at any time. Its schedule follows the clock, not the steps, and so ends on time
whatever else the machine does. SAMPLES are files of hw ink, each ink with its text: hw sample makes them.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from hwcli.alphabet import Alphabet
from hwcli.dataset.store import Dataset, open_dataset
from hwcli.errors import HwError
from hwcli.ink_io import ndjson
from reader import Pen, Reader, Sizes, errors, padded, plain
from renderers.ink import Ink

BATCH = 16
RATE = 8e-3
WARM, COOL = 0.03, 0.6  # shares of the time in which the rate rises, and falls to 0
DECAY = 0.01
DRAWS = 2000  # of the bootstrap behind the intervals
Line = tuple[Pen, str]


def lines_of(dataset: Dataset, split: str, most: int | None = None) -> list[Line]:
    """The split's lines that have a text, or an even choice of so many of them."""
    chosen = [(k, text) for k in dataset.split(split) if (text := plain(dataset.lines[k].text or ""))]
    chosen = chosen[:: max(len(chosen) // most, 1)][:most] if most else chosen
    return [(Pen.of(Ink.from_offsets(dataset.line(k))), text) for k, text in chosen]


def counted(reader: Reader, lines: Sequence[Line]) -> tuple[NDArray[np.float64], list[str]]:
    """(lines, 2) errors and characters of every line, and what was read."""
    texts = reader.read([pen for pen, _ in lines])
    rows = [(errors(text, read), len(text)) for (_, text), read in zip(lines, texts, strict=True)]
    return np.array(rows, np.float64), texts


def rate_of(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """The character error rate of (…, lines, 2)."""
    total = counts.sum(-2)
    return total[..., 0] / total[..., 1]


def batches(lines: Sequence[Line], random: np.random.Generator) -> Iterator[list[int]]:
    """All lines once, lines of about the same length together, the batches in any order."""
    lengths = np.array([len(pen.points) for pen, _ in lines])
    order = np.argsort(lengths * random.uniform(0.9, 1.1, len(lines)))
    starts = random.permutation(np.arange(0, len(order), BATCH))
    yield from (order[start : start + BATCH].tolist() for start in starts)


def optimisers_of(reader: Reader) -> list[torch.optim.Optimizer]:
    """Muon for the LSTM's matrices, AdamW for the rest, at one rate.

    After 500 steps 11.3 % of the characters were wrong; by AdamW alone, at 6e-3, 14.3 %.
    """
    of_lstm = [p for layer in (*reader.there, *reader.back) for p in layer.parameters() if p.ndim == 2]
    others = [p for p in reader.parameters() if not any(p is q for q in of_lstm)]
    return [
        torch.optim.Muon(of_lstm, RATE, weight_decay=DECAY, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW(others, RATE, betas=(0.9, 0.98), weight_decay=DECAY, fused=True),
    ]


def train(args: argparse.Namespace) -> None:
    """Learn the train split in the time given; keep the weights that read the valid split best."""
    begin, budget = time.monotonic(), 60 * args.minutes
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)  # weights and dropout
    random = np.random.default_rng(args.seed)
    dataset = open_dataset(args.dataset)
    lines, held = (lines_of(dataset, split, args.lines) for split in ("train", "valid"))
    if not lines or not held:
        raise HwError(f"{args.dataset} has no lines with a text in its splits train and valid")
    alphabet = Alphabet.from_texts(text for _, text in lines)
    targets = [torch.from_numpy(alphabet.encode_lossy(text)) for _, text in lines]
    targets = [t[t < len(alphabet)] + 1 for t in targets]  # 0 is the blank
    reader = Reader(Sizes(alphabet.characters, args.hidden, args.layers)).train()
    optimisers = optimisers_of(reader)
    say(
        f"{len(lines)} lines, {len(held)} held back, {len(alphabet)} characters, "
        f"{sum(p.numel() for p in reader.parameters()):,} weights"
    )

    def step(chosen: Sequence[int], rate: float) -> float:
        steps, lengths = padded([lines[k][0].varied(random).features() for k in chosen])
        with torch.autocast("cpu", torch.bfloat16):
            logs, frames = reader(steps, lengths)
        texts = [targets[k] for k in chosen]
        sizes = torch.tensor([len(t) for t in texts])
        losses = functional.ctc_loss(
            logs, torch.cat(texts), frames, sizes, reduction="none", zero_infinity=True
        )
        loss = losses.sum() / sizes.sum()
        reader.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(reader.parameters(), 1.0)
        for optimiser in optimisers:
            optimiser.param_groups[0]["lr"] = rate
            optimiser.step()
        return float(loss.detach())

    best, reading, epoch, started = float("inf"), 0.0, 0, time.monotonic()
    while (now := time.monotonic()) < begin + budget - reading:
        losses = []
        for number, chosen in enumerate(batches(lines, random)):
            done = (time.monotonic() - started) / max(begin + budget - reading - started, 1e-9)
            if done >= 1:
                break
            losses.append(step(chosen, RATE * min(done / WARM, (1 - done) / COOL, 1.0)))
            if epoch == 0 and number == 30:
                each = (time.monotonic() - started) / 31 * len(lines) / BATCH
                say(f"about {(begin + budget - started) / each:.1f} epochs of {each:.0f} s")
        epoch, trained = epoch + 1, time.monotonic()
        cer = float(rate_of(counted(reader, held)[0]))
        reading = time.monotonic() - trained  # kept back, so that the last reading too ends on time
        if cer < best:
            best = cer
            reader.save(args.reader, cer=cer, epoch=epoch, seconds=trained - begin, lines=len(lines))
        say(
            f"epoch {epoch}: loss {np.mean(losses) if losses else np.nan:.3f} nats a character, valid CER "
            f"{cer:.2%} (best {best:.2%}), {trained - now:.0f} + {reading:.0f} s"
        )


def read(args: argparse.Namespace) -> None:
    """The table: CER of the lines held back and of every file of samples, then the worst samples."""
    torch.set_num_threads(args.threads)
    reader = Reader.load(args.reader)
    real, _ = counted(reader, lines_of(open_dataset(args.dataset), "valid", args.lines))
    random = np.random.default_rng(1)
    print("| | lines | characters | CER (95 %) | times the real lines' (95 %) |")
    print("| --- | ---: | ---: | ---: | ---: |")
    drawn_real = drawn(real, random)
    print(
        f"| real lines held back | {len(real)} | {real[:, 1].sum():.0f} | {interval(real, drawn_real)} | 1 |"
    )
    worst = []
    for path in args.samples:
        lines = samples_of(path)
        counts, texts = counted(reader, lines)
        rates = drawn(counts, random)
        low, high = np.quantile(rates / drawn_real, [0.025, 0.975])
        ratio = f"{rate_of(counts) / rate_of(real):.2f} ({low:.2f} … {high:.2f})"
        print(
            f"| {path.name} | {len(lines)} | {counts[:, 1].sum():.0f} | {interval(counts, rates)} | {ratio} |"
        )
        worst.append((path, lines, counts, texts))
    for path, lines, counts, texts in worst if args.worst else []:
        print(f"\nThe worst of {path.name}: CER, number, text, and what was read")
        shares = counts[:, 0] / counts[:, 1]
        for k in np.argsort(-shares, kind="stable")[: args.worst]:
            print(f"{shares[k]:6.0%}  {k + 1:4d}  {lines[k][1]}\n{'':14s}{texts[k]}")


def samples_of(path: Path) -> list[Line]:
    """Every ink in a file of hw ink, with its text."""
    with path.open("rb") as file:
        lines = [(Pen.of(ink), plain(ink.text or "")) for ink in ndjson.read_lines(file, str(path))]
    if missing := [k for k, (_, text) in enumerate(lines, 1) if not text]:
        raise HwError(f"{path}: ink {missing[0]} has no text to compare with", "samples of text carry it")
    if not lines:
        raise HwError(f"{path}: no ink in it")
    return lines


def drawn(counts: NDArray[np.float64], random: np.random.Generator) -> NDArray[np.float64]:
    """The CER of as many lines, drawn from these with replacement: how far chance goes."""
    return np.array([rate_of(counts[random.integers(len(counts), size=len(counts))]) for _ in range(DRAWS)])


def interval(counts: NDArray[np.float64], rates: NDArray[np.float64]) -> str:
    """The rate and where 95 % of the draws lie."""
    low, high = 100 * np.quantile(rates, [0.025, 0.975])
    return f"{100 * rate_of(counts):.1f} % ({low:.1f} … {high:.1f})"


def say(line: str) -> None:
    """A line of progress."""
    print(line, file=sys.stderr, flush=True)


def main() -> None:
    """The two commands."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    commands = parser.add_subparsers(required=True)
    training = commands.add_parser("train", help="learn the dataset's train split")
    training.add_argument("dataset", type=Path)
    training.add_argument("reader", type=Path)
    training.add_argument("--minutes", type=float, default=15.0, help="in which it should be done")
    training.add_argument("--seed", type=int, default=1)
    training.add_argument("--hidden", type=int, default=Sizes.hidden, help="cells of a layer, each way")
    training.add_argument("--layers", type=int, default=Sizes.layers)
    training.set_defaults(run=train)
    reading = commands.add_parser("read", help="compare samples with the dataset's valid split")
    reading.add_argument("reader", type=Path)
    reading.add_argument("dataset", type=Path)
    reading.add_argument("samples", type=Path, nargs="+")
    reading.add_argument("--worst", type=int, default=10, help="samples of each file to show")
    reading.set_defaults(run=read)
    for command in (training, reading):
        command.add_argument("--threads", type=int, default=1)
        command.add_argument("--lines", type=int, help="of each split, for a quick try")
    args = parser.parse_args()
    try:
        args.run(args)
    except HwError as error:
        sys.exit(f"{error}" + (f"\n{error.hint}" if error.hint else ""))
    except OSError as error:  # a file that is not there
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
