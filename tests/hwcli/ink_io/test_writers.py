"""Every format that hw writes ink in can be read again."""

import pytest

from hwcli.errors import HwError
from hwcli.ink_io import formats, ndjson, writers
from hwcli.ink_io.files import read_inks, write_ink
from inks import make_inks

EXACT = [name for name in writers.WRITERS if name != "npy"]  # which keeps strokes only


@pytest.mark.parametrize("name", writers.WRITERS)
def test_what_is_written_is_found_by_its_content(name, tmp_path):
    for suffix in writers.WRITERS[name].suffixes:
        path = write_ink(make_inks(3), tmp_path / f"ink{suffix}")
        assert formats.detect(path.read_bytes()[: formats.HEAD]) == name
        assert [len(ink.strokes) for ink in read_inks(path)] == [len(ink.strokes) for ink in make_inks(3)]


@pytest.mark.parametrize("name", EXACT)
def test_one_format_after_the_other_keeps_all(name, tmp_path):
    inks = read_inks(write_ink(make_inks(3, id="é", extra={"writer": "w"}), tmp_path / "first.ndjson"))
    back = read_inks(write_ink(inks, tmp_path / "second", format=name))
    assert [ndjson.dump(ink) for ink in back] == [ndjson.dump(ink) for ink in inks]


@pytest.mark.parametrize("name", writers.WRITERS)
def test_the_same_ink_gives_the_same_bytes(name):
    assert b"".join(writers.dump(make_inks(2), name)) == b"".join(writers.dump(make_inks(2), name))


@pytest.mark.parametrize("name", writers.WRITERS)
def test_no_ink_at_all_can_be_written_and_is_told(name, tmp_path):
    with pytest.raises(HwError, match=r"no ink|no strokes|is empty"):
        read_inks(write_ink([], tmp_path / "ink", format=name))
