"""Which line the others go on from."""

from __future__ import annotations

from collections.abc import Callable

from hwcli.ink_size import Size
from hwcli.pages.written_line import Line, Prime

# Characters that a line needs to be the prime of all that follow, and letters or digits to be one at all: the
# size of a dash or a dot says nothing of the hand.
ENOUGH, LEAST = 12, 4


class Primes:
    """The prime of the next line.

    A given prime serves all lines. Without one, it is the first line of at least ENOUGH characters that has
    no fault, and until there is such a line, the previous line.
    """

    def __init__(self, given: Prime | None) -> None:
        self.current = given
        self.settled = given is not None
        self._whole = given is not None

    def takes(self, line: Line) -> bool:
        """Whether `line`, if it is accepted, is what the next one goes on from."""
        telling = sum(map(str.isalnum, line.text)) >= LEAST and Size.of(line.ink) is not None
        return not self.settled and telling and not (line.faults and self.current)

    def take(self, line: Line) -> None:
        """Go on from `line`, if it `takes` it."""
        if self.takes(line):
            self.current, self._whole = line.as_prime(), False
            self.settled = len(line.text) >= ENOUGH and not line.faults

    def finish(self, line: Line, serves: Callable[[Prime], bool]) -> bool:
        """Add to the prime what `line` was begun with and was still missing of it, a dot on its last i.

        Whether there was something to add that was not asked about before, and the result `serves`.
        """
        if self._whole or not line.left_out or self.current is None:
            return False
        self._whole, finished = True, self.current.with_strokes(line.left_out)
        if not serves(finished):
            return False
        self.current = finished
        return True
