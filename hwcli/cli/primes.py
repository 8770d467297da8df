"""The ink that hw sample continues from: a prime or a hand, and warnings about it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from hwcli import console
from hwcli.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from hwcli.cli.sample_flags import SampleFlags
    from hwcli.hands.learned import LearnedHand
    from hwcli.sampling.model import Model
    from renderers.ink import Ink


@dataclass(frozen=True)
class GivenPrime:
    """Ink to continue from, its text, and its name."""

    ink: Ink | None = None
    text: str | None = None
    name: str = ""
    learned: LearnedHand | None = None  # what a model changes to write in the hand

    @classmethod
    def of(cls, flags: SampleFlags) -> GivenPrime:
        """Load the hand or the prime that `flags` name, if any.

        A learned hand is continued from its own line, or from the prime given beside it. Raises HwError if
        one cannot be read, and UsageError for a prime beside a hand that is a line itself.
        """
        if flags.hand is None:
            return cls._of_prime(flags)
        from hwcli.hands import library

        hand = library.find(flags.hand)
        if flags.prime is None:
            line = as_written(hand.line, f"hand {flags.hand}", flags.y_up)
            return cls(line, line.text, f"hand {flags.hand}", hand.learned)
        if hand.learned is None:
            raise UsageError(
                "--prime beside --hand needs a learned hand", "remove one of them; see hw hand learn"
            )
        return replace(cls._of_prime(flags), learned=hand.learned)

    @classmethod
    def _of_prime(cls, flags: SampleFlags) -> GivenPrime:
        if (source := flags.prime_file) is None:
            return cls()
        return cls(given_ink(source, flags.y_up), flags.prime_text, name_of(str(source)))

    def checked(self, model: Model) -> bool:
        """Warn if the reader of `model` finds something wrong with the ink; return whether it could tell.

        Without a prime or its text, no reader is loaded.
        """
        text = self.text or (self.ink.text if self.ink else None)
        if self.ink is None or not text or (reader := model.reader) is None:
            return False
        from hwcli.sampling.prime_check import can_check, prime_warning

        if (wrong := prime_warning(reader, self.ink, text)) is not None:
            console.warn(f"{self.name} {wrong}")
        return can_check(reader, text)


def given_ink(source: str | Path, y_up: bool) -> Ink:
    """Return the first ink of a file, or of stdin for "-", the right way up and mended (hwcli.device_ink)."""
    from hwcli.ink_io.files import read_ink

    return as_written(read_ink(source), name_of(str(source)), y_up)


def as_written(ink: Ink, name: str, y_up: bool) -> Ink:
    """Return ink as the pen wrote it: turned over if its y grows upwards, and mended, with a note."""
    from hwcli.device_ink.mending import mended
    from hwcli.device_ink.upright import turned_over

    (ink,), notes = mended([turned_over(ink) if y_up else ink])
    console.note(*(f"{name}: {note}" for note in notes))
    return ink


def name_of(source: str) -> str:
    """Return what a message calls the ink from `source`, a path or -."""
    return "the ink on stdin" if source == "-" else source
