"""Checks whether the ink of a dataset's sources is the right way round, by reading some of their lines."""

from __future__ import annotations

import random
from array import array
from collections import Counter, defaultdict
from collections.abc import Sequence

from hwcli.dataset.packing import Line
from hwcli.dataset.rescale import ink_of
from hwcli.errors import HwError
from hwcli.reader.load import load_reader
from hwcli.reader.reader import Reader
from hwcli.sampling.prime_check import ADVICE, can_check, wrong_form

SAMPLE = 20  # lines of a source that are read; one that is the right way round takes some 20 ms
SHARE = 0.5  # of them that are turned in one way, if the source is
CHARACTERS = range(3, 100)  # of a line that is read


def direction_warnings(lines: Sequence[Line]) -> list[str]:
    """Return a warning for each source most of whose lines are turned or ordered wrongly in one way.

    Only lines with a text that the bundled reader knows can tell. Those of dataset folders are not read
    again.
    """
    by_source: defaultdict[str, array[int]] = defaultdict(lambda: array("q"))  # places: there may be millions
    for k, line in enumerate(lines):
        if line.text and line.split is None and len(line.text.strip()) in CHARACTERS:
            by_source[line.origin].append(k)
    if not by_source:
        return []
    reader = load_reader()
    found = {name: _wrong_form(reader, _some(reader, lines, at)) for name, at in sorted(by_source.items())}
    return [f"the ink of {name} {ADVICE[form]}" for name, form in found.items() if form]


def _some(reader: Reader, lines: Sequence[Line], at: Sequence[int]) -> list[Line]:
    """Return up to SAMPLE lines, `at` some places, that `reader` can tell about; always the same ones."""
    chosen = random.Random(len(at)).sample(at, min(len(at), 10 * SAMPLE))
    return [line for k in chosen if can_check(reader, (line := lines[k]).text or "")][:SAMPLE]


def _wrong_form(reader: Reader, lines: Sequence[Line]) -> str | None:
    """Return how most of `lines` are turned or ordered, a key of ADVICE; None if they are right."""
    forms: Counter[str] = Counter()
    right = 0
    for line in lines:
        try:
            form = wrong_form(reader, ink_of(line), " ".join((line.text or "").split()))
        except HwError:  # not a line of handwriting
            form = None
        right += form is None
        forms.update([form] if form else [])
        if right >= (1 - SHARE) * len(lines):
            return None
        if form and forms[form] > SHARE * len(lines):
            return form
    return None
