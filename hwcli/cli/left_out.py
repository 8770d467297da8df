"""What a list of texts did not give: each is named when it is met, and all are counted at the end."""

from __future__ import annotations

import typer

from hwcli import console
from hwcli.errors import HwError

NAMED = 10  # origins that the last message names


class LeftOut:
    """Counts texts and samples, reports those that are left out, and in the end fails for them."""

    def __init__(self) -> None:
        self._advice: set[str] = set()
        self._origins: dict[str, None] = {}  # where the texts left out were given, in order
        self._texts, self._samples = 0, 0  # left out
        self.texts, self.samples = 0, 0  # met, including those
        self.done = 0  # texts that were not met, because their files exist

    def text(self, error: HwError, origin: str) -> None:
        """Report a text, given at `origin`, that cannot be read or written."""
        self._texts += 1
        self._report(error, origin)

    def sample(self, error: HwError, origin: str) -> None:
        """Report a sample with faults, of a text given at `origin`."""
        self._samples += 1
        self._report(error, origin)

    def check(self) -> None:
        """Fail if anything was left out; the message has the numbers, unless it was all that there is.

        Texts that were done already are only noted.
        """
        if self.done:
            console.note(
                f"{self.done:,} of {self.done + self.texts:,} files exist already, and were left as they are"
            )
        if not self._texts and not self._samples:
            return
        if self.texts == 1 and self.samples <= 1:
            raise typer.Exit(1)
        counts = []
        if self._texts:
            counts.append(f"{self._texts:,} of {self.texts:,} texts could not be written")
        if self._samples:
            counts.append(f"{self._samples:,} of {self.samples:,} samples left out because of faults")
        named = [origin for origin in self._origins if origin]
        more = f" and {len(named) - NAMED:,} more" if len(named) > NAMED else ""
        where = f": {'; '.join(named[:NAMED])}{more}" if named else ""
        raise HwError(f"{', '.join(counts)}{where}")

    def _report(self, error: HwError, origin: str) -> None:
        """Print an error, and the parts of its hint that were not printed before."""
        self._origins[origin] = None
        advice = [part for part in (error.hint or "").split("; ") if part not in self._advice]
        self._advice.update(advice)
        console.error(error.message, "; ".join(advice))
