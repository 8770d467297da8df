"""What a signal leaves of ink that is written one by one."""

from __future__ import annotations

import os
import signal

import pytest

from hwcli import signals
from hwcli.cli.series import Tally, collected, part_of, untouched, write_series
from hwcli.ink_io import ndjson, writers
from hwcli.ink_io.files import read_inks
from renderers.ink import Ink


def ink(number: int) -> Ink:
    return Ink(strokes=([(0, 0), (3, 4)],), id=str(number))


def ids(path) -> list[str | None]:
    return [one.id for one in read_inks(path)]


@pytest.fixture(autouse=True)
def caught():
    """Signals as hw catches them, even if the tests run in a shell's background, which ignores SIGINT."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    with signals.caught():
        yield
    signal.signal(signal.SIGINT, before)


def drawn(count: int, stopped_at: int):
    """Yield `count` inks, with Ctrl-C while the one with number `stopped_at` is made."""
    for number in range(count):
        if number == stopped_at:
            signal.raise_signal(signal.SIGINT)
        yield ink(number)


def dump(inks):
    return writers.dump(inks, "ndjson")


@pytest.mark.parametrize("name", ["a.ndjson", "a.inkml", "a.npz"])
@pytest.mark.parametrize("stopped_at", [1, 4])
def test_finished_ink_is_kept_beside_the_file(tmp_path, name, stopped_at):
    path, form = tmp_path / name, name.partition(".")[2]
    path.write_text("old")
    with pytest.raises(KeyboardInterrupt) as end:
        write_series(drawn(9, stopped_at), path, lambda inks: writers.dump(inks, form), Tally("sample", 9))
    part = tmp_path / f"a.part.{form}"
    assert path.read_text() == "old"
    assert ids(part) == [str(n) for n in range(stopped_at)]
    verb = "is" if stopped_at == 1 else "are"
    assert signals.said(end.value) == f"{stopped_at} of 9 samples {verb} in {part}"
    assert sorted(os.listdir(tmp_path)) == sorted([name, part.name])


def test_nothing_is_kept_if_nothing_is_finished(tmp_path):
    with pytest.raises(KeyboardInterrupt) as end:
        write_series(drawn(9, 0), tmp_path / "a.ndjson", dump, Tally("sample"))
    assert signals.said(end.value) == "nothing was written"
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("times", [1, 2])
def test_ink_that_is_being_written_is_finished_unless_a_second_signal_comes(tmp_path, times, capsys):
    def encode(inks):
        for number, one in enumerate(inks):
            for _ in range(times * (number == 2)):
                signal.raise_signal(signal.SIGINT)
            yield ndjson.dump(one)

    path = tmp_path / "a.ndjson"
    with pytest.raises(KeyboardInterrupt) as end:
        write_series(map(ink, range(9)), path, encode, Tally("sample"))
    said = "stopping after this one; interrupt again to quit immediately\n"
    assert capsys.readouterr().err == said
    if times == 1:
        assert ids(part_of(path)) == ["0", "1", "2"]
    else:
        assert os.listdir(tmp_path) == []
        assert signals.said(end.value) == "nothing was written"


def test_signal_at_the_very_end_leaves_the_whole(tmp_path):
    def encode(inks):
        yield from map(ndjson.dump, inks)
        signal.raise_signal(signal.SIGINT)

    path = tmp_path / "a.ndjson"
    with pytest.raises(KeyboardInterrupt) as end:
        write_series(map(ink, range(3)), path, encode, Tally("sample", 3))
    assert signals.said(end.value) == f"{path} is complete"
    assert ids(path) == ["0", "1", "2"]
    assert os.listdir(tmp_path) == ["a.ndjson"]


def test_finished_ink_of_a_picture_is_kept_as_ink(tmp_path):
    path = tmp_path / "a.png"
    with pytest.raises(KeyboardInterrupt) as end:
        collected(drawn(9, 2), path, Tally("sample", 9), prediction=False)
    assert ids(tmp_path / "a.part.ndjson") == ["0", "1"]
    said = f"2 of 9 samples are in {tmp_path / 'a.part.ndjson'}; hw render draws them"
    assert signals.said(end.value) == said
    assert [one.id for one in collected(drawn(2, 9), path, Tally("sample"), False)] == ["0", "1"]
    assert os.listdir(tmp_path) == ["a.part.ndjson"]


def test_part_of_a_link_is_beside_the_file_that_it_points_to(tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "link.ndjson").symlink_to(tmp_path / "there" / "a.ndjson")
    with pytest.raises(KeyboardInterrupt):
        write_series(drawn(9, 2), tmp_path / "link.ndjson", dump, Tally("sample"))
    assert os.listdir(tmp_path / "there") == ["a.part.ndjson"]


def test_untouched_tells_whether_a_file_was_replaced(tmp_path):
    path = tmp_path / "a"
    told = untouched(path)
    assert told() == "nothing was written"
    path.write_text("new")
    assert told() == f"{path} is complete"
    assert untouched(path)() == f"{path} is as it was"
