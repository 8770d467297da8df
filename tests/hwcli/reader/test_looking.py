"""A reader that looks at pictures."""

from __future__ import annotations

from hwcli.hands import library
from hwcli.reader.load import load_reader
from renderers.ink import Ink


def test_the_bundled_reader_reads_pictures_whatever_the_order_of_the_strokes():
    ink, reader = library.load("clear"), load_reader()
    looks = reader.pictures
    assert looks.text_of(ink) == ink.text
    backwards = Ink(tuple(stroke[::-1] for stroke in reversed(ink.strokes)))
    assert looks.text_of(backwards) == ink.text
    assert reader.text_of(backwards) != ink.text
    assert looks.pictures is None
