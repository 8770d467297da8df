"""Lines in a temporary file: they come back as they were, sorted, and can be replaced."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from handmade import offsets_of
from hwcli.dataset.packing import Line
from hwcli.dataset.spool import HAS_REASON, Lines, LineSpool

IDS = st.text("ab\0é", max_size=3).map(lambda end: 12 * "pq" + end) | st.text("abé", max_size=2)
LINES = st.builds(
    lambda line_id, points, **more: Line(
        line_id, "g", "s", None if points is None else offsets_of(points, 1), **more
    ),
    IDS,
    st.none() | st.integers(2, 9),
    text=st.none() | st.text(st.characters(codec="utf-8"), max_size=4),
    reason=st.none() | st.just("why"),
    grain=st.sampled_from([0.0, 1.5]),
    scaling=st.none() | st.just({"hands": 1, "factor": [0.1, 0.2, 0.3]}),
    split=st.sampled_from([None, "train", "x"]),
    place=st.integers(0, 2),
    cut_out=st.booleans(),
    legibility=st.none() | st.floats(-9, 0),
)


def same(one: Line, other: Line) -> bool:
    if (one.offsets is None) != (other.offsets is None):
        return False
    equal = one.offsets is None or (
        one.offsets.dtype == other.offsets.dtype and (one.offsets == other.offsets).all()
    )
    return bool(equal) and replace(one, offsets=None) == replace(other, offsets=None)


@given(st.lists(LINES, max_size=12), st.data())
def test_lines_come_back_sorted_and_as_they_were_put_last(lines, data):
    with TemporaryDirectory() as folder:
        spool = LineSpool.of(lines, Path(folder) / "new")
        assert list(Path(folder).iterdir()) == []  # nothing is left behind, however the process ends
        assert all(map(same, (spool[k] for k in range(len(spool))), lines))
        expected = sorted(lines, key=lambda line: (line.id, line.cut_out, line.place, line.source))
        found = spool.sorted()
        assert all(map(same, found, expected))
        several = [
            [k for k, one in enumerate(expected) if one.id == i] for i in sorted({x.id for x in lines})
        ]
        assert [list(places) for places in found.same_ids()] == [part for part in several if len(part) > 1]
        if lines:
            k = data.draw(st.integers(0, len(lines) - 1))
            found[k] = replace(expected[k], offsets=np.ones((3, 3), np.float32), reason="new")
            assert found[k].offsets.dtype == np.float32
            assert found.at(found.has(HAS_REASON) & found.kept)[0].reason is not None
        more = found.with_more([Line("z", "z", "s")])
        assert more[-1].id == "z"
        assert [one.id for one in found] == [one.id for one in expected]
        spool.close()


def test_a_spool_is_written_in_blocks(tmp_path, monkeypatch):
    monkeypatch.setattr("hwcli.dataset.spool._BUFFER", 200)
    lines = [Line(f"l{k}", "g", "s", offsets_of(5 + k, k)) for k in range(30)]
    spool = LineSpool.of(lines, tmp_path / "new")
    assert all(map(same, Lines(spool, np.arange(30)), lines))
    with pytest.raises(IndexError):
        spool[30]
