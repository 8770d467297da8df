"""Ink on its way to the output is counted, one by one."""

from __future__ import annotations

from hwcli.cli.streams import counted, counted_from
from renderers.ink import Ink

LINE = Ink(strokes=([(0, 0), (3, 4)],))


def test_no_more_ink_is_read_than_is_asked_for():
    """A file may be larger than the memory, and a pipe wants the first ink at once."""
    read = []

    def lines(source):
        for number in range(3):
            read.append((source, number))
            yield LINE

    found = counted_from(["a", "-"], lines, "reading")
    for count in range(1, 7):
        assert next(found) is LINE
        assert len(read) == count
    assert [source for source, _ in read] == ["a"] * 3 + ["-"] * 3
    assert next(found, None) is None
    assert next(counted(lines("b"), "sampling", 3)) is LINE
    assert len(read) == 7
