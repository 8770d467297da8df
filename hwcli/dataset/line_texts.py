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
ROUND = 8  # characters: texts under a window are padded to whole eights, so that their sizes repeat


@dataclass(frozen=True)
class LineTexts:
    """The texts of lines in numbers of an alphabet."""

    codes: Mapping[int, IntArray]  # line → its characters, (characters,)
    nothing: int  # the number that stands for no character: the alphabet's size

    @classmethod
    def of(cls, dataset: Dataset, lines: Iterable[int], alphabet: Alphabet) -> LineTexts:
        """The texts of `lines`, all of which have one, as a network with `alphabet` learns them."""
        texts = {line: dataset.lines[line].text or "" for line in lines}
        return cls({line: alphabet.encode_lossy(text) for line, text in texts.items()}, len(alphabet))

    def side_by_side(self, lines: Sequence[int], longest: int) -> IntArray:
        """The texts of `lines` in columns, (longest, lines), filled up with no character."""
        columns = np.full((longest, len(lines)), self.nothing, np.int64)
        for column, line in enumerate(lines):
            codes = self.codes[line]
            columns[: len(codes), column] = codes
        return columns

    def room(self, lines: Iterable[int]) -> int:
        """Rows that hold the longest text of `lines`, and at least one character."""
        longest = max((len(self.codes[line]) for line in lines), default=0)
        return max(-(-longest // ROUND), 1) * ROUND

    def pace(self, dataset: Dataset) -> float:
        """Characters a point, over all lines."""
        characters = sum(len(codes) for codes in self.codes.values())
        return characters / max(int(dataset.lengths[list(self.codes)].sum()), 1)


def with_text(dataset: Dataset, lines: Sequence[int]) -> list[int]:
    """Those of `lines` whose text is known."""
    return [line for line in lines if dataset.lines[line].text]


def lines_to_write(dataset: Dataset) -> tuple[list[int], list[int]]:
    """The lines of the train and the valid split whose text is known; HwError where none is to learn from."""
    train, valid = (with_text(dataset, dataset.split(name)) for name in ("train", "valid"))
    if not train:
        raise HwError(
            f"{dataset.path} has no line with text to train on",
            "hw preprocess --transcripts gives lines their text; --kind prediction learns without",
        )
    return train, valid
