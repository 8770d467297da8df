"""Ink on its way to the output is counted, one by one."""

from __future__ import annotations

import gzip
import io
from contextlib import contextmanager

import pytest

from hwcli import console
from hwcli.cli.streams import counted, counted_from
from hwcli.ink_io import ndjson
from renderers.ink import Ink

LINE = Ink(strokes=([(0, 0), (3, 4)],))
DATA = ndjson.dump(LINE)


@pytest.fixture
def shown(monkeypatch):
    """What is shown: text, how much is done, and of how much."""
    seen = []

    @contextmanager
    def status(text):
        yield lambda text, done=0, total=None: seen.append((text, done, total))

    monkeypatch.setattr(console, "status", status)
    return seen


def test_no_more_ink_is_read_than_is_asked_for(tmp_path, monkeypatch):
    """A file may be larger than the memory, and a pipe wants the first ink at once."""
    (tmp_path / "a").write_bytes(DATA * 2 + b"never read\n")
    pipe = io.BytesIO(DATA * 3)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BufferedReader(pipe)))
    found = counted_from([str(tmp_path / "a"), "-"], "reading")
    assert next(found).strokes[0].tolist() == [[0, 0], [3, 4]]
    assert next(found) is not None
    with pytest.raises(Exception, match="line 3"):
        next(found)
    lines = iter([LINE] * 3)
    assert next(counted(lines, "sampling", 3)) is LINE
    assert len(list(lines)) == 2


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_bytes_of_files_tell_how_much_is_left(tmp_path, shown, pack):
    for name, count in (("a", 2), ("b", 3)):
        (tmp_path / name).write_bytes(pack(DATA * count))
    sizes = [(tmp_path / name).stat().st_size for name in "ab"]
    assert len(list(counted_from([str(tmp_path / name) for name in "ab"], "reading"))) == 5
    assert [text for text, *_ in shown] == [f"reading: {n} done" for n in range(5)]
    assert {total for *_, total in shown} == {sum(sizes)}
    done = [number for _, number, _ in shown]
    assert done == sorted(done)
    assert (done[0], done[2]) == (0, sizes[0])
    if pack is bytes:
        assert done == [len(DATA) * n for n in range(5)]


def test_stdin_that_is_a_file_tells_how_much_is_left(tmp_path, shown, monkeypatch):
    (tmp_path / "a").write_bytes(DATA * 3)
    with (tmp_path / "a").open() as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        assert len(list(counted_from(["-"], "reading"))) == 3
    assert [one[1:] for one in shown] == [(len(DATA) * n, len(DATA) * 3) for n in range(3)]


def test_end_of_a_pipe_is_not_known(tmp_path, shown, monkeypatch):
    (tmp_path / "a").write_bytes(DATA)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(DATA))))
    assert len(list(counted_from([str(tmp_path / "a"), "-"], "reading"))) == 2
    assert {total for *_, total in shown} == {None}
