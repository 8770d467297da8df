"""How many lines stay wrong, and how many tries they take, by when hw draws again and which try it keeps.

    python benchmarks/quality/choosing.py

Whole lines are drawn again here. hw draws words again (hwcli/sampling/drafting/word_by_word.py).
tried_lines.ndjson.xz holds 80 texts, 40 plain and 40 with numbers, names, signs and capitals, each
six times as unipen-synthesis wrote it at bias 1; nothing chose among them. A vision-language model, which did
not know the texts, read each line once by eye; the key `judged` has what it read. A line is wrong if that
differs from its text, apart from letters of one shape in two sizes.

Each row takes the tries of a text in a random order, many times over. It stops at the first one that has no
fault and is clear: neither reader holds another text to be likelier by more than its limit, in nats. (The
first network of the bundled reader is `reader` here, the second `pictures`.) After FOR_CLARITY tries any
without a fault will do. Of those that were drawn, the one is kept that has no fault, is clear, and whose text
is likeliest to both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hwcli.errors import HwError
from hwcli.reader.load import load_reader
from hwcli.reader.reader import Reader
from hwcli.sampling.drafting.draft import FOR_CLARITY
from hwcli.sampling.drafting.read_back import (
    CLEAR,
    VERY_CLEAR,
    WRONG_PICTURE,
    largest_gain,
    read_back,
    worst_doubts,
)
from proofreading import LINES, errors, judged_lines
from renderers.ink import Ink

TRIED = LINES.with_name("tried_lines.ndjson.xz")
PLAIN = 40  # texts at the beginning
FLOOR = -15.0  # nats
ORDERS = 500
SEED = 1
# Limits of the readers (reader, pictures)
LIMITS = (
    CLEAR, (-2.0, 0.0), (-3.0, 1.3), (-3.0, 0.0), (-3.0, -1.0),
    (-4.0, -1.0), VERY_CLEAR, (-6.0, -4.0),
)  # fmt: skip


@dataclass(frozen=True)
class Tried:
    """One try at a text."""

    wrong: bool  # by eye
    faulty: bool
    gains: tuple[float, float]  # of another text, to the reader and in pictures, in nats
    doubt: float  # how unlikely the text is to both readers, in nats

    def is_clear(self, limits: Sequence[float]) -> bool:
        """Return whether it has no fault, and no gain is above its limit."""
        return not self.faulty and all(g <= most for g, most in zip(self.gains, limits, strict=True))


def tried(reader: Reader, ink: Ink) -> Tried:
    """Return what the readers and people make of a line."""
    text = ink.text or ""
    verdict = read_back(reader, ink, text)
    found, doubt = [], 0.0
    for one in (reader, reader.pictures):
        assert one is not None
        try:
            comparison = one.compare(ink, text, FLOOR)
        except HwError:  # it is too wide
            return Tried(True, True, (np.inf, np.inf), np.inf)
        found.append(largest_gain(text, worst_doubts(text, comparison.doubts)))
        doubt -= comparison.log_likelihood
    is_wrong = errors(text, ink.extra["judged"][0]) > 0
    is_faulty = bool(verdict.faults) or found[1] > WRONG_PICTURE
    return Tried(is_wrong, is_faulty, (found[0], found[1]), doubt)


def outcome(texts: Sequence[Sequence[Tried]], limits: Sequence[float], most: int) -> str:
    """Return the share of texts whose kept try is wrong, and the tries they took, with up to `most`."""
    rng, wrong, tries = np.random.default_rng(SEED), 0, 0
    for every in texts:
        for _ in range(ORDERS):
            drawn: list[Tried] = []
            for k in rng.permutation(len(every))[:most]:
                drawn.append(every[k])
                if any(one.is_clear(limits) for one in drawn):
                    break
                if len(drawn) >= FOR_CLARITY and any(not one.faulty for one in drawn):
                    break
            kept = min(drawn, key=lambda one: (one.faulty, not one.is_clear(limits), one.doubt))
            wrong, tries = wrong + kept.wrong, tries + len(drawn)
    count = len(texts) * ORDERS
    return f"{wrong / count:5.1%} wrong, {tries / count:.2f} tries"


def main() -> None:
    """Print a row for each way to choose."""
    reader = load_reader()
    texts: dict[str, list[Tried]] = {}
    for ink in judged_lines(TRIED):
        texts.setdefault(ink.text or "", []).append(tried(reader, ink))
    every = list(texts.values())

    def row(name: str, limits: Sequence[float], most: int = 6) -> None:
        plain, hard = (outcome(of, limits, most) for of in (every[:PLAIN], every[PLAIN:]))
        print(f"{name:34} plain: {plain}; hard: {hard}")

    unlimited, impossible = (np.inf, np.inf), (-np.inf, -np.inf)
    row("first try", unlimited, 1)
    row("drawn again for faults only", unlimited)
    for limits in LIMITS:
        row("reader {:g}, pictures {:g}".format(*limits), limits)
    row("the likeliest of five", impossible)


if __name__ == "__main__":
    main()
