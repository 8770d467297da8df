"""Which lines a reader learns from; those that it is measured on are `LinesToRead`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from hwcli.alphabet import RARE, Alphabet
from hwcli.dataset.epochs.mixing import Mixture, parse_weights
from hwcli.dataset.line_texts import lines_to_write
from hwcli.dataset.store import Dataset
from hwcli.errors import HwError
from hwcli.reader.composing import Composer
from hwcli.reader.error_rate import plain
from hwcli.reader.lines_to_read import LinesToRead, whole
from hwcli.training.run.fingerprint import Listed, fingerprint

IntArray = NDArray[np.int64]
TYPICAL = 17  # characters of a composed line, where no line says how many


@dataclass(frozen=True)
class ReaderData:
    """The lines that a run learns from, and what they are read as."""

    dataset: Dataset
    lines: list[int]  # of the training split, with text
    whole: list[int]  # those that are read as they were written
    valid_lines: list[int]  # with text; may be empty
    composer: Composer
    alphabet: Alphabet
    weights: Mapping[str, float]  # of the sources

    @classmethod
    def of(
        cls, dataset: Dataset, alphabet: Alphabet | None, source_weight: str | None, share: float
    ) -> ReaderData:
        """Choose the lines, and the alphabet if none is given.

        Where the `share` of composed lines is 0, single characters and words are lines as all others. The
        alphabet has the characters that occur at least RARE times. HwError without lines or enough text.
        """
        lines, valid = lines_to_write(dataset)
        weights = parse_weights(source_weight, dataset, lines)
        lines = [line for name, part in dataset.by_source(lines).items() if weights.get(name, 1.0) > 0
                 for line in part]  # fmt: skip
        texts = dict(zip(lines, map(plain, dataset.lines.texts(lines)), strict=True))
        if alphabet is None:
            alphabet = _alphabet(texts.values(), share > 0)
        if not alphabet:
            raise HwError(
                f"{dataset.path} has too little text for a reader: no character occurs {RARE} times",
                "use more lines with text, or start from a reader with --from",
            )
        lines = [line for line in lines if len(codes_of(alphabet, texts[line]))]
        if not lines:
            raise HwError(
                f"{dataset.path} has no training line with a character that the reader knows",
                f"it reads {alphabet.characters.strip()}",
            )
        known = [line for line in lines if all(alphabet.nearest(c) for c in texts[line])]
        composer = Composer(dataset, known if share else [])
        return cls(dataset, lines, whole(dataset, lines, composer), valid, composer, alphabet, weights)

    def composed_per_epoch(self, share: float, mixture: Mixture) -> int:
        """Return the number of composed lines for `share` of them per line of the `mixture`.

        Without any line in it, a line is TYPICAL characters of the pieces.
        """
        if not self.composer:
            return 0
        if written := sum(mixture.counts.values()):
            return round(share * written)
        pieces = sum(map(len, self.dataset.lines.texts(sorted(self.composer.pieces))))
        return max(round(share * pieces / TYPICAL), 1)

    @cached_property
    def valid(self) -> LinesToRead:
        """The lines to validate on."""
        return LinesToRead.of(self.dataset, self.valid_lines)

    def fingerprint(self) -> str:
        """Return a SHA-256 that changes with the lines, their splits, lengths, sources and texts."""
        infos = (self.dataset.lines[line] for line in chain(self.lines, self.valid_lines))
        about = ((info.text, info.group, self.dataset.sources[info.source].name) for info in infos)
        starts = Listed(map(int, self.dataset.starts))
        return fingerprint(
            [self.alphabet.characters, Listed(self.lines), Listed(self.valid_lines), starts, Listed(about)]
        )


def codes_of(alphabet: Alphabet, text: str) -> IntArray:
    """Return the classes of a network that reads `text`: folded, without what has no near character."""
    codes = alphabet.encode_lossy(text)
    return codes[codes < len(alphabet)] + 1


def _alphabet(texts: Iterable[str], composing: bool) -> Alphabet:
    """Return the characters of `texts`, with the space that composed lines have."""
    found = Alphabet.from_texts(texts)
    if composing and found and " " not in found:
        return Alphabet(f" {found.characters}")
    return found
