"""What a list of texts did not give: each is named when it is met, and all are counted at the end."""

from __future__ import annotations

import typer

from hwcli import console
from hwcli.errors import HwError


class LeftOut:
    """Counts texts and samples, reports those that are left out, and in the end fails for them."""

    def __init__(self) -> None:
        self._advice: set[str] = set()
        self._texts, self._samples = 0, 0  # left out
        self.texts, self.samples = 0, 0  # met, including those

    def text(self, error: HwError) -> None:
        """Report a text that cannot be read or written."""
        self._texts += 1
        self._report(error)

    def sample(self, error: HwError) -> None:
        """Report a sample with faults."""
        self._samples += 1
        self._report(error)

    def check(self) -> None:
        """Fail if anything was left out; the message has the numbers, unless it was all that there is."""
        if not self._texts and not self._samples:
            return
        if self.texts == 1 and self.samples <= 1:
            raise typer.Exit(1)
        counts = []
        if self._texts:
            counts.append(f"{self._texts:,} of {self.texts:,} texts could not be written")
        if self._samples:
            counts.append(f"{self._samples:,} of {self.samples:,} samples left out because of faults")
        raise HwError(", ".join(counts))

    def _report(self, error: HwError) -> None:
        """Print an error, and the parts of its hint that were not printed before."""
        advice = [part for part in (error.hint or "").split("; ") if part not in self._advice]
        self._advice.update(advice)
        console.error(error.message, "; ".join(advice))
