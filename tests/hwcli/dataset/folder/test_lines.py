"""What is known of lines, in columns: a round trip, and columns that are damaged."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from handmade import TEXTS, tiny_dataset
from hwcli.dataset.folder.arrays import read_array, save_array
from hwcli.dataset.folder.lines import GROUP, SOURCE, SPLIT, WRITER
from hwcli.dataset.store import LineInfo, LineTable, Source, open_dataset, write
from hwcli.errors import HwError

WORDS = st.text(st.characters(codec="utf-8"), max_size=5)
INFOS = st.builds(
    LineInfo,
    id=WORDS,
    group=WORDS,
    split=WORDS,
    text=st.none() | WORDS.filter(bool),
    source=st.integers(0, 1),
    writer=st.none() | WORDS,
    form=st.none() | WORDS,
    legibility=st.none() | st.integers(-99_000, 0).map(lambda n: n / 1000),
)


@given(st.lists(INFOS, min_size=1, max_size=9), st.data())
def test_what_is_known_of_lines_survives_a_round_trip(infos, data):
    rows, starts = np.ones((len(infos), 3), np.int16), np.arange(len(infos) + 1)
    with TemporaryDirectory() as folder:
        write(Path(folder), rows, starts, infos, {}, [Source("a"), Source("b")])
        opened = open_dataset(Path(folder), verify=True)
        assert list(opened.lines) == infos == list(LineTable.of(infos))
        some = data.draw(st.lists(st.integers(0, len(infos) - 1)))
        for table in (opened.lines, LineTable.of(infos)):
            assert list(table.ids(some)) == [infos[k].id for k in some]
            assert list(table.texts(some)) == [infos[k].text or "" for k in some]
            assert table.has_text(some).tolist() == [infos[k].text is not None for k in some]
        split = infos[0].split
        assert opened.split(split) == [k for k, one in enumerate(infos) if one.split == split]


def test_lines_far_apart_are_read_one_by_one(tmp_path, monkeypatch):
    data = tiny_dataset(tmp_path / "d", texts=TEXTS)
    monkeypatch.setattr("hwcli.dataset.folder.strings.CLOSE", 10)
    assert list(data.lines.texts([7, 0, 3])) == [TEXTS[7], TEXTS[0], TEXTS[3]]
    assert data.lines[-1] == data.lines[7]
    assert [one.id for one in data.lines[1:3]] == ["f001-01", "f002-01"]
    with pytest.raises(IndexError):
        data.lines[8]


def altered(path, place, value):
    """Change a number in a .npy file."""
    array = np.load(path)
    array[place] = value
    save_array(path, array)


@pytest.mark.parametrize(
    ("name", "place", "value"),
    [
        ("about.npy", (0, SPLIT), 2),
        ("about.npy", (0, SOURCE), 1),
        ("about.npy", (0, SOURCE), -1),
        ("about.npy", (0, GROUP), 10**6),
        ("about.npy", (0, WRITER), -2),
        ("strings.npy", 3, 0),
        ("strings.npy", 0, 1),
        ("strings.npy", -1, 10**12),
    ],
)
def test_damaged_columns_are_refused_by_name_when_they_are_read(tmp_path, name, place, value):
    tiny_dataset(tmp_path / "d", texts=TEXTS)
    altered(tmp_path / "d" / name, place, value)
    data = open_dataset(tmp_path / "d")
    with pytest.raises(HwError, match=f"{name} is damaged"):
        list(data.lines)


def test_strings_that_are_not_utf_8_are_refused_by_name(tmp_path):
    tiny_dataset(tmp_path / "d", texts=TEXTS)
    file = tmp_path / "d" / "strings.txt"
    file.write_bytes(b"\xff" + file.read_bytes()[1:])
    with pytest.raises(HwError, match=r"strings\.txt is damaged"):
        list(open_dataset(tmp_path / "d").lines)


@pytest.mark.parametrize("name", ["about.npy", "strings.npy", "lines.npy"])
def test_columns_of_another_shape_are_refused(tmp_path, name):
    tiny_dataset(tmp_path / "d")
    array = np.load(tmp_path / "d" / name)
    for other in (array[:-4], array.reshape(-1, 1), array[:0]):
        save_array(tmp_path / "d" / name, other)
        with pytest.raises(HwError, match="damaged"):
            list(open_dataset(tmp_path / "d").lines)


def test_opening_reads_neither_rows_nor_what_is_known_of_lines(tmp_path, monkeypatch):
    tiny_dataset(tmp_path / "d", texts=TEXTS)
    read = []

    def counted(path, header):
        read.append(path.name)
        return read_array(path, header)

    for module in ("store", "folder.strings", "folder.lines"):
        monkeypatch.setattr(f"hwcli.dataset.{module}.read_array", counted)
    data = open_dataset(tmp_path / "d")
    assert len(data) == 8
    assert read == ["lines.npy"]
    assert data.lines[3].text == TEXTS[3]
    assert read == ["lines.npy", "about.npy", "strings.npy"]
