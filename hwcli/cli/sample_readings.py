"""What hw's reader reads in the pictures of a run's samples, for a report."""

from __future__ import annotations

from functools import cache

from hwcli.errors import HwError
from hwcli.ink_io.formats import read_each
from hwcli.plotting.report.report import Reading
from hwcli.reader.error_rate import Errors
from hwcli.reader.load import load_reader
from hwcli.reader.reader import Reader


def reading(svg: bytes) -> Reading | None:
    """Return what hw's reader reads in a picture of a run's samples; None if they have no text, or no ink."""
    found = read_each(svg, "sample", "svg")
    inks = [one.ink for one in found if not isinstance(one, HwError) and one.ink.text]
    if not inks:
        return None
    try:
        said = [_reader().read(ink).text for ink in inks]
    except HwError:  # what is written at first need not look like handwriting
        return None
    errors = Errors.total(Errors.of(ink.text or "", text) for ink, text in zip(inks, said, strict=True))
    expected = "\n".join(ink.text or "" for ink in inks)
    return Reading(expected, "\n".join(said), min(errors.rate, 1.0))


@cache
def _reader() -> Reader:
    return load_reader()
