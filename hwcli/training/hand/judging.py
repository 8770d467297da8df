"""How well a reader reads what a model writes in a hand."""

from __future__ import annotations

from hwcli.hands.learned import LearnedHand
from hwcli.model.file import ModelFile
from hwcli.reader.error_rate import Errors
from hwcli.reader.reader import Reader
from hwcli.sampling.model import Model
from hwcli.sampling.options import SampleOptions

# Together they have every letter, in both cases at times, and digits.
TEXTS = (
    "Quick boys jumped over five",
    "the lazy dog, which barked at",
    "Max and Zoe on 26 May 1984",
    "Nothing here was ever written",
    "seven grey owls in 30 elm trees",
    "Kind regards, your friend Paul",
)
BIAS = 1.0
SEED = 17


class Judge:
    """Reads the same texts in a hand as its model learns, with the same random numbers each time."""

    def __init__(self, file: ModelFile, name: str, reader: Reader) -> None:
        self._file, self._name, self._reader = file, name, reader
        self._texts = [text for text in TEXTS if not file.alphabet or not file.alphabet.unknown(text)]

    def errors(self, hand: LearnedHand) -> Errors:
        """Return how many characters the reader reads wrongly in single samples at BIAS."""
        model = Model(hand.applied_to(self._file, self._name), self._name)
        options = SampleOptions(bias=BIAS, keep_prime=False, predictions=False, tries=1)
        tries = model.line_tries([(text, SEED) for text in self._texts], options, hand.line)
        return Errors.total(
            Errors.of(text, self._reader.text_of(each.bare))
            for text, each in zip(self._texts, tries, strict=True)
        )
