"""Choosing the line that the following lines continue from."""

from __future__ import annotations

from collections.abc import Callable

from hwcli.ink_size import Size
from hwcli.pages.written_line import Prime, WrittenLine

# A line needs this many characters to be the prime of all lines that follow, and this many letters or digits
# to be a prime at all: a dash or a dot does not show the size of the handwriting.
ENOUGH, MIN_LETTERS = 12, 4


class PrimeChoice:
    """The current prime: a given one for all lines, else one of the lines written so far.

    Each line is the prime of the next, until one of ENOUGH characters without a fault serves all others.
    """

    def __init__(self, given: Prime | None) -> None:
        self.current = given
        self.settled = given is not None
        self._complete = given is not None

    def accepts(self, line: WrittenLine) -> bool:
        """Return whether `line` would become the prime of the next one."""
        measurable = sum(map(str.isalnum, line.text)) >= MIN_LETTERS and Size.of(line.ink) is not None
        return not self.settled and measurable and not (line.faults and self.current)

    def update(self, line: WrittenLine) -> None:
        """Make `line` the prime of the next one if it is accepted."""
        if self.accepts(line):
            self.current, self._complete = line.as_prime(), False
            self.settled = len(line.text) >= ENOUGH and not line.faults

    def complete(self, line: WrittenLine, usable: Callable[[Prime], bool]) -> bool:
        """Add to the prime the strokes that `line` wrote to finish it, such as the dot on its last i.

        Tried once per prime and undone unless the result is `usable`; returns whether the prime changed.
        """
        if self._complete or not line.prime_strokes or self.current is None:
            return False
        self._complete, completed = True, self.current.with_strokes(line.prime_strokes)
        if not usable(completed):
            return False
        self.current = completed
        return True
