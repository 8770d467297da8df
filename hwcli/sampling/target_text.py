"""What a sequence is to write: text as characters of a model's alphabet."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwcli.alphabet import Alphabet
from hwcli.errors import HwError

IntArray = NDArray[np.int64]
LONGEST = 200  # characters in one line: three times the longest that IAM-OnDB has
POINTS = 80  # a character, at the most: 21 are usual, and the slowest hand of 10,000 lines took 61
MARGIN = 200  # points beside those
NOTHING = "there is no text to write"


@dataclass(frozen=True, eq=False)
class Script:
    """A line of text, and what the window moves over: that, behind a prime's text and a space."""

    text: str
    codes: IntArray  # (characters,)
    before: str = ""  # the prime's text, with the space

    @property
    def begin(self) -> int:
        """Where `text` begins in `codes`."""
        return len(self.before)

    @classmethod
    def of(cls, alphabet: Alphabet, text: str, fold: bool = False, prime_text: str | None = None) -> Script:
        """`text`, without blanks at its ends, in characters of `alphabet`.

        With `fold` characters that it does not have become their nearest. HwError for those it does not have,
        for text without a character to see, and for more than LONGEST.
        """
        text = unicodedata.normalize("NFC", text)
        text = alphabet.folded(text).strip() if fold else text.strip()
        if not text:
            raise HwError(NOTHING, "give it a word")
        if len(text) > LONGEST:
            raise HwError(
                f"a line of {len(text):,} characters is too long: at most {LONGEST}",
                "hw sample breaks long text into lines: --width",
            )
        before = "" if prime_text is None else alphabet.folded(prime_text).strip() + " "
        return cls(text, np.concatenate([alphabet.encode(before), alphabet.encode(text)]), before)

    def within(self, places: IntArray) -> IntArray:
        """`places` of the window, those behind the last character as that one."""
        return np.minimum(places, len(self.codes) - 1)

    @property
    def points(self) -> int:
        """The most points that writing it may take: far more than it should."""
        return POINTS * len(self.text) + MARGIN
