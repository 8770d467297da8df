"""Legibility of samples: a recogniser trained only on real lines reads them, and held-out real lines.

The recogniser is a reader independent of the model. It is trained on the dataset's train split. Its character
error rate (CER) on the valid split shows how well it reads, and the samples' CER divided by that shows how
much less legible samples are than real writing. For a fair ratio, the samples should have the valid lines'
texts, or texts that are as long and as hard. The held-out lines also decide which weights are kept, but
since the learning rate falls to 0, the last are usually the best, so this is a small advantage.

    python benchmarks/quality/recogniser.py train DATASET READER [--minutes 15] [--threads 1] [--seed 1]
    python benchmarks/quality/recogniser.py read READER DATASET SAMPLES.ndjson ... [--worst 10]

READER is a safetensors file, written whenever an epoch reads the held-out lines better than all before, so
training can be stopped at any time. The schedule follows the clock, not the steps, so training ends on time
under any load. SAMPLES are hw ink files in which every ink has a text, from hw sample.
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
from hwcli.ink_io.formats import read_stream
from reader import Pen, Reader, Sizes, errors, padded, plain
from renderers.ink import Ink

BATCH = 16
RATE = 8e-3
WARM, COOL = 0.03, 0.6  # fractions of the time in which the rate rises, and in which it falls to 0
DECAY = 0.01
DRAWS = 2000  # bootstrap draws for the intervals
Line = tuple[Pen, str]


def lines_of(dataset: Dataset, split: str, most: int | None = None) -> list[Line]:
    """Return the split's lines with a text, or `most` of them, evenly chosen."""
    chosen = [(k, text) for k in dataset.split(split) if (text := plain(dataset.lines[k].text or ""))]
    chosen = chosen[:: max(len(chosen) // most, 1)][:most] if most else chosen
    return [(Pen.of(Ink.from_offsets(dataset.line(k))), text) for k, text in chosen]


def counted(reader: Reader, lines: Sequence[Line]) -> tuple[NDArray[np.float64], list[str]]:
    """Return errors and characters of every line, (lines, 2), and the texts that were read."""
    texts = reader.read([pen for pen, _ in lines])
    rows = [(errors(text, read), len(text)) for (_, text), read in zip(lines, texts, strict=True)]
    return np.array(rows, np.float64), texts


def rate_of(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the character error rate of counts (…, lines, 2)."""
    total = counts.sum(-2)
    return total[..., 0] / total[..., 1]


def batches(lines: Sequence[Line], random: np.random.Generator) -> Iterator[list[int]]:
    """Yield batches of all lines, of about the same length within a batch, in random order."""
    lengths = np.array([len(pen.points) for pen, _ in lines])
    order = np.argsort(lengths * random.uniform(0.9, 1.1, len(lines)))
    starts = random.permutation(np.arange(0, len(order), BATCH))
    yield from (order[start : start + BATCH].tolist() for start in starts)


def optimisers_of(reader: Reader) -> list[torch.optim.Optimizer]:
    """Return Muon for the LSTM's matrices and AdamW for the rest, at one rate.

    After 500 steps the CER was 11.3 %; with AdamW only, at 6e-3, it was 14.3 %.
    """
    of_lstm = [p for layer in (*reader.there, *reader.back) for p in layer.parameters() if p.ndim == 2]
    others = [p for p in reader.parameters() if not any(p is q for q in of_lstm)]
    return [
        torch.optim.Muon(of_lstm, RATE, weight_decay=DECAY, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW(others, RATE, betas=(0.9, 0.98), weight_decay=DECAY, fused=True),
    ]


def train(args: argparse.Namespace) -> None:
    """Train on the train split for the given time; keep the weights that read the valid split best."""
    begin, budget = time.monotonic(), 60 * args.minutes
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)  # weights and dropout
    random = np.random.default_rng(args.seed)
    dataset = open_dataset(args.dataset)
    lines, held = (lines_of(dataset, split, args.lines) for split in ("train", "valid"))
    if not lines or not held:
        raise HwError(f"{args.dataset} needs lines with a text in both its splits, train and valid")
    alphabet = Alphabet.from_texts(text for _, text in lines)
    targets = [torch.from_numpy(alphabet.encode_lossy(text)) for _, text in lines]
    targets = [t[t < len(alphabet)] + 1 for t in targets]  # 0 is the blank
    reader = Reader(Sizes(alphabet.characters, args.hidden, args.layers)).train()
    optimisers = optimisers_of(reader)
    say(
        f"{len(lines)} lines, {len(held)} held out, {len(alphabet)} characters, "
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
        reading = time.monotonic() - trained  # reserved, so that the last evaluation ends on time
        if cer < best:
            best = cer
            reader.save(args.reader, cer=cer, epoch=epoch, seconds=trained - begin, lines=len(lines))
        say(
            f"epoch {epoch}: loss {np.mean(losses) if losses else np.nan:.3f} nats per character, valid CER "
            f"{cer:.2%} (best {best:.2%}), {trained - now:.0f} + {reading:.0f} s"
        )


def read(args: argparse.Namespace) -> None:
    """Print the CER of the held-out lines and of every file of samples, then the worst samples."""
    torch.set_num_threads(args.threads)
    reader = Reader.load(args.reader)
    real, _ = counted(reader, lines_of(open_dataset(args.dataset), "valid", args.lines))
    random = np.random.default_rng(1)
    print("| | lines | characters | CER (95 %) | ratio to real lines (95 %) |")
    print("| --- | ---: | ---: | ---: | ---: |")
    drawn_real = drawn(real, random)
    print(
        f"| held-out real lines | {len(real)} | {real[:, 1].sum():.0f} | {interval(real, drawn_real)} | 1 |"
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
    """Return every ink of an hw ink file, with its text."""
    lines = [(Pen.of(ink), plain(ink.text or "")) for ink in read_stream(str(path), "ndjson")]
    if missing := [k for k, (_, text) in enumerate(lines, 1) if not text]:
        raise HwError(f"{path}: ink {missing[0]} has no text to compare with", "use hw sample --text")
    if not lines:
        raise HwError(f"{path} has no ink")
    return lines


def drawn(counts: NDArray[np.float64], random: np.random.Generator) -> NDArray[np.float64]:
    """Return the CERs of DRAWS bootstrap samples of the lines."""
    return np.array([rate_of(counts[random.integers(len(counts), size=len(counts))]) for _ in range(DRAWS)])


def interval(counts: NDArray[np.float64], rates: NDArray[np.float64]) -> str:
    """Format the CER with its 95 % interval."""
    low, high = 100 * np.quantile(rates, [0.025, 0.975])
    return f"{100 * rate_of(counts):.1f} % ({low:.1f} … {high:.1f})"


def say(line: str) -> None:
    """Print a line of progress to stderr."""
    print(line, file=sys.stderr, flush=True)


def main() -> None:
    """Parse the command line and run its command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    commands = parser.add_subparsers(required=True)
    training = commands.add_parser("train", help="train a reader on the dataset's train split")
    training.add_argument("dataset", type=Path)
    training.add_argument("reader", type=Path)
    training.add_argument("--minutes", type=float, default=15.0, help="duration of training")
    training.add_argument("--seed", type=int, default=1)
    training.add_argument("--hidden", type=int, default=Sizes.hidden, help="cells per layer and direction")
    training.add_argument("--layers", type=int, default=Sizes.layers)
    training.set_defaults(run=train)
    reading = commands.add_parser(
        "read", help="compare the CER of samples with that of the dataset's valid split"
    )
    reading.add_argument("reader", type=Path)
    reading.add_argument("dataset", type=Path)
    reading.add_argument("samples", type=Path, nargs="+")
    reading.add_argument("--worst", type=int, default=10, help="worst samples to show per file")
    reading.set_defaults(run=read)
    for command in (training, reading):
        command.add_argument("--threads", type=int, default=1)
        command.add_argument("--lines", type=int, help="lines per split, for a quick try")
    args = parser.parse_args()
    try:
        args.run(args)
    except HwError as error:
        sys.exit(f"{error}" + (f"\n{error.hint}" if error.hint else ""))
    except OSError as error:  # a missing file
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
