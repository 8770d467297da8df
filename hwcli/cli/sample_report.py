"""What hw sample says about the samples of texts: progress, their faults, how many were tried again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hwcli import console
from hwcli.cli.page_lines import redone
from hwcli.errors import HwError
from hwcli.sampling.messages import fault_message

if TYPE_CHECKING:
    from hwcli.cli.given_text import GivenText
    from hwcli.cli.left_out import LeftOut
    from hwcli.cli.text_samples import TextSample
    from renderers.ink import Ink


ADVICE = "use more --tries, another --seed or a higher --bias, or drop --strict"


def reported(
    samples: Iterable[TextSample], left_out: LeftOut, strict: bool, warn_of_prime: bool = True
) -> Iterator[tuple[GivenText, Ink]]:
    """Yield the inks of `samples` with their texts, warning of each that does not show its text.

    With `warn_of_prime`, also warn if their prime did not seem to match its text.
    If `strict`, samples with faults are left out. At the end, note how many were tried again, and fail if
    there was none to yield.
    """
    tally, none = _Tally(warn_of_prime), True
    for sample in samples:
        left_out.samples += 1
        inks = list(sample.inks) if strict else sample.inks
        if strict and (faults := [said for ink in inks if (said := fault_message(ink))]):
            for ink in inks:
                tally.add(ink)
            message = sample.given.named("; ".join(faults))
            left_out.sample(HwError(message, ADVICE), sample.given.origin)
            continue
        for ink in inks:
            tally.add(ink)
            if said := fault_message(ink):
                console.warn(sample.given.named(said))
            for message in redone(ink):
                console.note(message)
            none = False
            yield sample.given, ink
    tally.note()
    if none:
        left_out.check()


@contextmanager
def show_lines(shown: bool, letters: int | None = None) -> Iterator[Callable[[int, str], None]]:
    """Show on a terminal how many lines are written, if `shown`; the yielded function takes one's tries.

    It also takes the line's text: with the number of `letters` in all texts, the time left is shown.
    """
    lines = again = written_letters = 0
    if not shown:
        yield lambda tries, text: None
        return
    with console.status("writing") as show:

        def written(tries: int, text: str) -> None:
            nonlocal lines, again, written_letters
            lines, again = lines + 1, again + (tries > 1)
            written_letters += letters_of(text)
            retried = f", {again:,} of them after retries" if again else ""
            count = f"writing: {lines:,} {'line' if lines == 1 else 'lines'} so far{retried}"
            show(count, written_letters, letters)

        yield written


def letters_of(text: str) -> int:
    """Return how many characters of `text` are to be written: all but white space."""
    return sum(not c.isspace() for c in text)


@dataclass
class _Tally:
    """How many inks were drawn again, and what their prime was warned of."""

    warns: bool = True
    count: int = 0
    again: int = 0
    most: int = 0
    warned: set[str] = field(default_factory=set)

    def add(self, ink: Ink) -> None:
        """Count the tries of `ink`; warn of trouble with its prime, once."""
        lines = max(sum(map(bool, (ink.text or "").split("\n"))), 1)
        more = ink.trace.tries - lines if ink.trace and ink.trace.tries else 0
        self.count += 1
        self.again += more > 0
        self.most = max(self.most, more)
        trouble = ink.trace.prime_trouble if ink.trace else None
        if self.warns and trouble is not None and trouble not in self.warned:
            self.warned.add(trouble)
            console.warn(trouble)

    def note(self) -> None:
        """Note how many were drawn again, if any."""
        if self.again:
            samples, were = "sample" if self.count == 1 else "samples", "was" if self.again == 1 else "were"
            tries = f"at most {self.most + 1} tries each"
            console.note(f"{self.again} of {self.count} {samples} {were} retried ({tries})")
