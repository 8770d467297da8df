"""What hw sample says about samples: their seed, progress, their faults, how many were tried again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from hwcli import console
from hwcli.cli.page_lines import redone
from hwcli.errors import HwError
from hwcli.sampling.messages import fault_message, numbered_lines

if TYPE_CHECKING:
    from hwcli.cli.given_text import GivenText
    from hwcli.cli.left_out import LeftOut
    from hwcli.cli.text_samples import TextSample
    from renderers.ink import Ink

ADVICE = "use more --tries, another --seed or a higher --bias, or drop --strict"
T = TypeVar("T")


class SeedNote:
    """Notes a seed that hw drew, once, when something is drawn with it.

    Errors that come before, as of a text that cannot be written, do not depend on the seed.
    """

    def __init__(self, seed: int, is_given: bool) -> None:
        self.seed, self._is_told = seed, is_given

    def tell(self) -> None:
        """Note the seed, unless the user gave it or it was noted before."""
        if not self._is_told:
            self._is_told = True
            console.note(f"seed {self.seed}")

    def told_with(self, drawn: Iterable[T], has_begun: Callable[[], bool] = lambda: True) -> Iterator[T]:
        """Yield what is `drawn`, and note the seed with the first.

        If something other than an error of hw ends it, such as Ctrl-C, that is noted as well if `has_begun`.
        """
        try:
            for one in drawn:
                self.tell()
                yield one
        except HwError:
            raise
        except BaseException:
            if has_begun():
                self.tell()
            raise


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
    """How often inks were drawn, by kind, and what their prime was warned of."""

    warns: bool = True
    samples: int = 0  # of a single line
    again: int = 0  # of those that were drawn more than once
    most: int = 0  # tries at one of those
    lines: int = 0  # on pages
    tries: int = 0  # at all of those
    warned: set[str] = field(default_factory=set)

    def add(self, ink: Ink) -> None:
        """Count the tries of `ink`; warn of trouble with its prime, once."""
        tries = (ink.trace and ink.trace.tries) or 0
        if ink.frame is None:
            self.samples += 1
            self.again += tries > 1
            self.most = max(self.most, tries)
        elif tries:
            self.lines += sum(1 for _ in numbered_lines(ink.text or "", 1))
            self.tries += tries
        trouble = ink.trace.prime_trouble if ink.trace else None
        if self.warns and trouble is not None and trouble not in self.warned:
            self.warned.add(trouble)
            console.warn(trouble)

    def note(self) -> None:
        """Note how many samples were drawn again, and how often lines of pages were, if any."""
        if self.again:
            samples, were = "sample" if self.samples == 1 else "samples", "was" if self.again == 1 else "were"
            tries = f"with up to {self.most} tries"
            console.note(f"{self.again} of {self.samples} {samples} {were} retried, {tries}")
        if self.tries > self.lines:
            lines = "line" if self.lines == 1 else "lines"
            console.note(f"{self.lines:,} {lines} took {self.tries:,} tries")
