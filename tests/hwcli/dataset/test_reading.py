"""Reading sources: what is told of the progress, and large files in pieces."""

import gzip
import tempfile
from concurrent.futures import Future
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handmade import ink_line
from hwcli.config.sections import PreprocessConfig
from hwcli.dataset import reading
from hwcli.ink_io import line_pieces, ndjson


def test_progress_is_told_within_a_large_file(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "TOLD_BYTES", 1000)
    line = ink_line([[[k, k % 7] for k in range(40)]])
    small, large = tmp_path / "small.ndjson", tmp_path / "large.ndjson"
    small.write_bytes(20 * line)
    large.write_bytes(200 * line)
    told = []
    sources, rules = [small, large], PreprocessConfig(jobs=1)
    lines = list(reading.read_sources(sources, None, rules, lambda *report: told.append(report)))
    assert len(lines) == 220
    total = 220 * len(line)
    assert {of for _, of in told} == {total}
    done = [at for at, _ in told]
    assert done == sorted(done)
    assert done[-1] == total
    assert 30 < len(set(done)) < 150


class Inline:
    """A pool that does its jobs at once, in this process."""

    def __init__(self, *_):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def submit(self, job, *args):
        future = Future()
        future.set_result(job(*args))
        return future


INK = ink_line([[[k, k % 7] for k in range(40)]]).rstrip(b"\n")
KINDS = {
    "ink": INK,
    "named": INK[:-1] + b',"id":"a"}',
    "blank": b"  ",
    "bad": b'{"hw":1,"strokes":3}',
    "two": b'{"lines":[{"strokes":[[[1,2],[3,4]]]},{"strokes":[[[5,6],[7,9]]]}]}',
    "drawing": b'{"word":"cat","drawing":[[[0,1,2],[5,6,7]]]}',
    "latin": b"\xff\xfe",
}


@given(
    kinds=st.lists(st.sampled_from([*KINDS]), min_size=1, max_size=40),
    piece=st.integers(1, 2000),
    most_bad=st.integers(1, 12),
    packs=st.booleans(),
    cut_off=st.booleans(),
)
def test_pieces_of_a_large_file_give_what_it_gives_as_a_whole(kinds, piece, most_bad, packs, cut_off):
    data = b"\n".join([INK, *(KINDS[kind] for kind in kinds)]) + b"\n"
    data = gzip.compress(data, mtime=0) if packs else data
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        patch.setattr(reading, "Workers", Inline)
        patch.setattr(reading, "LARGE", 10)
        patch.setattr(line_pieces, "PIECE_BYTES", piece)
        for module in (reading, ndjson):
            patch.setattr(module, "MOST_BAD", most_bad)
        source = Path(folder, "many.ndjson")
        source.write_bytes(data[: -10 if packs and cut_off else None])
        one, two = (
            list(reading.read_sources([source], None, PreprocessConfig(jobs=jobs, min_points=1), None))
            for jobs in (1, 2)
        )
    assert [shown(line) for line in two] == [shown(line) for line in one]


def shown(line):
    """All that is known of a line, in a form that can be compared."""
    fields = {name: getattr(line, name) for name in line.__slots__}
    return fields | {"offsets": None if line.offsets is None else line.offsets.tolist()}


def test_a_large_file_is_read_by_workers(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "LARGE", 1000)
    monkeypatch.setattr(line_pieces, "PIECE_BYTES", 2000)
    read_here = []
    monkeypatch.setattr(reading, "read_each", lambda *args: read_here.append(args) or iter(()))
    (tmp_path / "large.ndjson").write_bytes(100 * (INK + b"\n"))
    lines = reading.read_sources([tmp_path / "large.ndjson"], None, PreprocessConfig(jobs=2), None)
    assert [line.id for line in lines] == [f"large-{k:06d}" for k in range(1, 101)]
    assert [batch for batch, *_ in read_here] == [[]]
