"""The texts of a dataset's lines, for networks that write given text."""

from __future__ import annotations

import unicodedata
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hwcli.alphabet import Alphabet
from hwcli.dataset.store import Dataset
from hwcli.errors import HwError

IntArray = NDArray[np.int64]
ROUND = 8  # texts are padded to a multiple of this many characters, so that array sizes repeat


class _Codes(dict[str, list[int]]):
    """The codes of each character of folded text, found once."""

    def __init__(self, alphabet: Alphabet) -> None:
        super().__init__()
        self._alphabet = alphabet

    def __missing__(self, character: str) -> list[int]:
        codes: list[int] = self._alphabet.encode_lossy(character).tolist()
        return self.setdefault(character, codes)


@dataclass(frozen=True)
class LineTexts:
    """The texts of lines as codes of an alphabet, end to end."""

    lines: IntArray  # (texts,) numbers of lines
    place: NDArray[np.int32]  # (lines,) the number of each line's text here, -1 if there is none
    begins: IntArray  # (texts + 1,)
    codes: NDArray[np.int32]  # (characters,)
    blank: int  # the code for no character: the alphabet's size

    @classmethod
    def of(cls, dataset: Dataset, lines: Iterable[int], alphabet: Alphabet) -> LineTexts:
        """Return the texts of `lines`, encoded for a network with `alphabet`."""
        numbers, known = np.fromiter(lines, np.int64), _Codes(alphabet)
        texts = (unicodedata.normalize("NFC", text) for text in dataset.lines.texts(numbers))
        codes = (chain.from_iterable(map(known.__getitem__, text)) for text in texts)
        return cls.of_codes(numbers, codes, len(alphabet))

    @classmethod
    def of_codes(cls, lines: ArrayLike, codes: Iterable[Iterable[int]], blank: int) -> LineTexts:
        """Return texts by their `codes`, those of one line after those of another."""
        numbers = np.asarray(lines, np.int64)
        flat, begins = array("i"), array("q", [0])
        for some in codes:
            flat.extend(some)
            begins.append(len(flat))
        place = np.full(numbers.max(initial=-1) + 1, -1, np.int32)
        place[numbers] = np.arange(len(numbers))
        return cls(numbers, place, np.array(begins, np.int64), np.array(flat, np.int32), blank)

    def __getitem__(self, line: int) -> NDArray[np.int32]:
        """Return the codes of a line, (characters,)."""
        text = self.place[line]
        codes: NDArray[np.int32] = self.codes[self.begins[text] : self.begins[text + 1]]
        return codes

    def __iter__(self) -> Iterator[NDArray[np.int32]]:
        """Yield the codes of each line."""
        return (self.codes[a:b] for a, b in zip(self.begins[:-1], self.begins[1:], strict=True))

    def columns(self, lines: Sequence[int], longest: int) -> IntArray:
        """Return the texts of `lines` as columns, (longest, lines), padded with `blank`."""
        columns = np.full((longest, len(lines)), self.blank, np.int64)
        for column, line in enumerate(lines):
            codes = self[line]
            columns[: len(codes), column] = codes
        return columns

    def padded_length(self, lines: Iterable[int]) -> int:
        """Return the length of the longest text of `lines`, at least 1, rounded up to a multiple of ROUND."""
        texts = self.place[np.fromiter(lines, np.int64)]
        longest = int((self.begins[texts + 1] - self.begins[texts]).max(initial=0))
        return max(-(-longest // ROUND), 1) * ROUND

    def characters_per_point(self, dataset: Dataset) -> float:
        """Return the mean number of characters per point, over all lines."""
        return len(self.codes) / max(int(dataset.lengths[self.lines].sum()), 1)


def with_text(dataset: Dataset, lines: Sequence[int]) -> list[int]:
    """Return those of `lines` that have a text."""
    numbers = np.asarray(lines, np.int64)
    found: list[int] = numbers[dataset.lines.has_text(numbers)].tolist()
    return found


def lines_to_write(dataset: Dataset) -> tuple[list[int], list[int]]:
    """Return the lines with text in the splits train and valid; raise HwError if train has none."""
    train, valid = (with_text(dataset, dataset.split(name)) for name in ("train", "valid"))
    if not train:
        raise HwError(
            f"{dataset.path} has no line with text to train on",
            "add texts with hw preprocess --transcripts, or train without them: --kind prediction",
        )
    return train, valid
