"""The text that a sample is to write, as characters of a model's alphabet."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hwcli.alphabet import Alphabet
from hwcli.errors import HwError
from hwcli.lettering.spelling import Spelling, folded

IntArray = NDArray[np.int64]
LONGEST = 200  # characters in one line: three times the longest in IAM-OnDB
POINTS = 80  # limit per character: 21 are usual, and the slowest hand of 10,000 lines took 61
MARGIN = 200  # points beside those
NOTHING = "no text to write", "pass text with --text TEXT, or pipe some in with --text -"


@dataclass(frozen=True, eq=False)
class TargetText:
    """A line of text, and the characters that the window moves over: a prime's text, a space, the line."""

    spelling: Spelling
    codes: IntArray  # (characters,)
    before: str = ""  # the prime's text with the space

    @property
    def text(self) -> str:
        """What the network writes."""
        return self.spelling.written

    @property
    def start(self) -> int:
        """Position in `codes` at which `text` starts."""
        return len(self.before)

    @property
    def only_before(self) -> TargetText:
        """The same as long as nothing but the prime's text is in view."""
        return replace(self, codes=self.codes[: self.start])

    @property
    def most_points(self) -> int:
        """Limit on the points that writing the text may take: far more than it should."""
        return POINTS * len(self.text) + MARGIN

    @classmethod
    def of(
        cls, alphabet: Alphabet, text: str, fold: bool = False, prime_text: str | None = None
    ) -> TargetText:
        """Return `text` in characters of `alphabet`, after `prime_text` if there is one.

        White space at its ends is left out, and of several spaces one is left: networks have learned no more.
        With `fold`, characters that cannot be written become their nearest. Raises HwError for those that
        cannot be written otherwise, for text without a visible character, and for more than LONGEST
        characters.
        """
        text = unicodedata.normalize("NFC", text).strip()
        text = folded(alphabet, text).strip() if fold else text
        spelling = Spelling.of(alphabet, re.sub(r"\s{2,}", " ", text))
        text = spelling.written
        if not text.strip():
            raise HwError(*NOTHING)
        if len(text) > LONGEST:
            raise HwError(
                f"a line of {len(text):,} characters is too long: at most {LONGEST}",
                "hw sample breaks long text into lines: --width",
            )
        before = "" if prime_text is None else alphabet.folded(prime_text).strip() + " "
        return cls(spelling, np.concatenate([alphabet.encode(before), alphabet.encode(text)]), before)

    def until(self, end: int) -> TargetText:
        """Return the target of nothing but what is written before `end`."""
        return TargetText(self.spelling.until(end), self.codes[: self.start + end], self.before)

    def in_text(self, places: IntArray) -> IntArray:
        """Return positions in `codes` as positions in the spelling's text; the prime's are below 0."""
        return self.spelling.in_text(self.clipped(places) - self.start)

    def clipped(self, places: IntArray) -> IntArray:
        """Return the window's `places`, with those past the last character moved back to it."""
        return np.minimum(places, len(self.codes) - 1)
