"""How often the check of primes and hands is right, on lines of people whose text is known.

Each line is checked as it is, upside down, mirrored, rotated by 180 degrees, with its strokes from right to
left and shuffled; and with the text of another line, without its last third, its last word, or any word, and
with one word more. The lines are drawn at random and divided in two.
With a model, the check by its window is measured
as well, on lines that it can write. Ctrl-C ends with what was measured so far.

python benchmarks/quality/prime_check.py DATASET [lines [synthesis model]]
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from hwcli.dataset.store import Dataset, open_dataset
from hwcli.errors import HwError
from hwcli.reader.load import load_reader
from hwcli.reader.reader import Reader
from hwcli.sampling.load import load_model
from hwcli.sampling.model import Model
from hwcli.sampling.prime_check import FORMS, differences, wrong_form
from renderers.ink import Ink

FEWEST = 10  # characters of a line
SEED = 1


def main() -> None:
    folder, count, name = (*sys.argv[1:], *["200", ""][len(sys.argv) - 2 :])
    dataset, reader = open_dataset(Path(folder)), load_reader()
    model = load_model(name) if name else None
    lines = drawn(dataset, reader, int(count))
    found: list[Counter[str]] = [Counter(), Counter()]
    asked: list[Counter[str]] = [Counter(), Counter()]
    with suppress(KeyboardInterrupt):
        for k, (ink, text) in enumerate(lines):
            rng, other = random.Random(f"{SEED}-{k}"), lines[k - 1][1]
            for kind, accused in checked(reader, model, ink, text, other, rng):
                asked[k % 2][kind] += 1
                found[k % 2][kind] += accused
    report(found, asked)


def report(found: Sequence[Counter[str]], asked: Sequence[Counter[str]]) -> None:
    """Print how many of those `asked` for were `found` to be wrong, on the even and the odd lines."""
    print(f"{'':28} {'even lines':>16} {'odd lines':>16}")
    for kind in asked[0]:
        rates = (
            f"{f[kind]:4} of {a[kind]:3} {f[kind] / a[kind]:6.1%}" for f, a in zip(found, asked, strict=True)
        )
        print(f"{kind:28} {'  '.join(rates)}")


def drawn(dataset: Dataset, reader: Reader, count: int) -> list[tuple[Ink, str]]:
    """Return `count` validation lines of two words and more whose characters the reader knows."""
    lines = []
    for k in dataset.split("valid"):
        text = " ".join((dataset.lines[k].text or "").split())
        if len(text) >= FEWEST and " " in text and reader.knows(text):
            lines.append((k, text))
    random.Random(SEED).shuffle(lines)
    return [(Ink.from_offsets(dataset.line(k)), text) for k, text in lines[:count]]


def checked(
    reader: Reader, model: Model | None, ink: Ink, text: str, other: str, rng: random.Random
) -> Iterator[tuple[str, bool]]:
    """Yield each form and text of a line, and whether it was found to be wrong: for a form, in that way."""
    for kind, (strokes, cause) in broken(ink.strokes, rng).items():
        form = wrong_form(reader, Ink(strokes=tuple(strokes)), text)
        yield f"ink: {kind}", form is not None if cause is None else form == cause
    for kind, wrong in texts(text, other, rng).items():
        yield f"text: {kind}", differences(reader, ink, wrong) is not None
        if kind != "right":
            yield f"form, text: {kind}", wrong_form(reader, ink, wrong) is not None
        if model is not None:
            with suppress(HwError):  # the model lacks a character
                yield f"window, text: {kind}", not matches(model, ink, wrong)


def broken(strokes: Sequence, rng: random.Random) -> dict[str, tuple[Sequence, str | None]]:
    """Return the strokes in each form, and what is wrong with it."""
    turned = {name: (form(strokes), name) for name, form in FORMS.items() if name != "disordered"}
    if len(strokes) < 4:  # no order that could be wrong
        return {"right": (strokes, None), **turned}
    shuffled = rng.sample(strokes, len(strokes))
    backwards = sorted(strokes, key=lambda s: -s[:, 0].min())
    return {
        "right": (strokes, None),
        **turned,
        "right to left": (backwards, "disordered"),
        "shuffled": (shuffled, "disordered"),
    }


def texts(text: str, other: str, rng: random.Random) -> dict[str, str]:
    """Return `text` and what could be given in its place."""
    words = text.split()
    places = [k for k, word in enumerate(words) if any(map(str.isalnum, word))] or [len(words) - 1]
    k, more = rng.choice(places), [word for word in other.split() if any(map(str.isalnum, word))] or ["more"]
    return {
        "right": text,
        "another line": other,
        "without its last third": " ".join(words[: max(1, len(words) * 2 // 3)]),
        "without its last word": " ".join(words[: places[-1]]) or words[0],
        "without a word": " ".join(words[:k] + words[k + 1 :]),
        "with a word more": " ".join([*words[:k], rng.choice(more), *words[k:]]),
    }


def matches(model: Model, ink: Ink, text: str) -> bool:
    """Return whether the model's window is at the end of `text` when the ink ends."""
    options = {"points": 2, "tries": 1, "fold": True, "predictions": False}
    sample = model.sample(seed=1, text="the", prime=ink, prime_text=text, **options)
    return sample.trace is None or sample.trace.prime_trouble is None


if __name__ == "__main__":
    main()
