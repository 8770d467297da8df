"""The texts of a dataset's lines, for networks that write given text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwcli.alphabet import Alphabet
from hwcli.dataset.store import Dataset
from hwcli.errors import HwError

IntArray = NDArray[np.int64]
ROUND = 8  # texts are padded to a multiple of this many characters, so that array sizes repeat


@dataclass(frozen=True)
class LineTexts:
    """The texts of lines as codes of an alphabet."""

    codes: Mapping[int, IntArray]  # line → (characters,)
    blank: int  # the code for no character: the alphabet's size

    @classmethod
    def of(cls, dataset: Dataset, lines: Iterable[int], alphabet: Alphabet) -> LineTexts:
        """Return the texts of `lines`, encoded for a network with `alphabet`."""
        texts = {line: dataset.lines[line].text or "" for line in lines}
        return cls({line: alphabet.encode_lossy(text) for line, text in texts.items()}, len(alphabet))

    def columns(self, lines: Sequence[int], longest: int) -> IntArray:
        """Return the texts of `lines` as columns, (longest, lines), padded with `blank`."""
        columns = np.full((longest, len(lines)), self.blank, np.int64)
        for column, line in enumerate(lines):
            codes = self.codes[line]
            columns[: len(codes), column] = codes
        return columns

    def padded_length(self, lines: Iterable[int]) -> int:
        """Return the length of the longest text of `lines`, at least 1, rounded up to a multiple of ROUND."""
        longest = max((len(self.codes[line]) for line in lines), default=0)
        return max(-(-longest // ROUND), 1) * ROUND

    def characters_per_point(self, dataset: Dataset) -> float:
        """Return the mean number of characters per point, over all lines."""
        characters = sum(len(codes) for codes in self.codes.values())
        return characters / max(int(dataset.lengths[list(self.codes)].sum()), 1)


def with_text(dataset: Dataset, lines: Sequence[int]) -> list[int]:
    """Return those of `lines` that have a text."""
    return [line for line in lines if dataset.lines[line].text]


def lines_to_write(dataset: Dataset) -> tuple[list[int], list[int]]:
    """Return the lines with text in the splits train and valid; raise HwError if train has none."""
    train, valid = (with_text(dataset, dataset.split(name)) for name in ("train", "valid"))
    if not train:
        raise HwError(
            f"{dataset.path} has no line with text to train on",
            "add texts with hw preprocess --transcripts, or train without them: --kind prediction",
        )
    return train, valid
