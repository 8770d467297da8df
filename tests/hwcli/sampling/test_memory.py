"""What a long sample takes is said before it is begun, and said about right."""

import io
import tracemalloc

import pytest

from handmade import hw_here, random_model, refused, tiny_model
from hwcli.errors import HwError
from hwcli.ink_io import ndjson
from hwcli.sampling import memory
from hwcli.sampling.memory import check_memory
from hwcli.sampling.model import Model

GIB = 2**30
TEN_MILLION = 10_000_000


@pytest.fixture(scope="module")
def model():
    return Model(random_model(mixtures=20), "m")


def with_free(monkeypatch, free: float | None) -> None:
    monkeypatch.setattr(memory, "_free", lambda: free)


def estimate(monkeypatch, model: Model, points: int, predictions: bool) -> float:
    """The least memory, in bytes, with which that many points are not refused."""
    low, high = 1.0, 1e18
    while high / low > 1.0001:
        middle = (low * high) ** 0.5
        with_free(monkeypatch, middle)
        try:
            check_memory(model, points, predictions)
            high = middle
        except HwError:
            low = middle
    return high


@pytest.mark.parametrize("predictions", [True, False])
def test_what_is_said_is_what_sampling_and_writing_it_down_take(monkeypatch, model, predictions):
    points = 8_000
    said = estimate(monkeypatch, model, points, predictions)
    model.sample(points=10, seed=1)  # what is loaded and kept once
    tracemalloc.start()
    try:
        ink = model.sample(points=points, seed=1, predictions=predictions)
        ndjson.dump(ink)
        taken = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert taken < said < 3 * taken


def test_ten_million_points_are_refused_in_words_or_begun(monkeypatch, model):
    full, bare = (estimate(monkeypatch, model, TEN_MILLION, p) for p in (True, False))
    assert full > 10 * bare > 10 * TEN_MILLION
    with_free(monkeypatch, 8 * GIB)
    check_memory(model, TEN_MILLION, predictions=False)
    with pytest.raises(HwError) as caught:
        check_memory(model, TEN_MILLION, predictions=True)
    assert "10,000,000 points" in caught.value.message
    assert f"{full / GIB:.1f} GiB" in caught.value.message
    assert "8.0 GiB are free" in caught.value.message
    assert f"--no-prediction takes {bare / GIB:.1f} GiB" in caught.value.hint
    with_free(monkeypatch, GIB / 8)
    with pytest.raises(HwError) as caught:
        check_memory(model, TEN_MILLION, predictions=False)
    assert f"{bare / GIB:.1f} GiB" in caught.value.message
    assert "--no-prediction" not in caught.value.hint
    assert "--points" in caught.value.hint


def test_more_mixtures_take_more(monkeypatch, model):
    small = Model(random_model(mixtures=3), "s")
    assert estimate(monkeypatch, small, 1000, True) < estimate(monkeypatch, model, 1000, True) / 5
    assert estimate(monkeypatch, small, 1000, False) == pytest.approx(
        estimate(monkeypatch, model, 1000, False), rel=1e-3
    )


def test_where_nothing_is_known_nothing_is_refused(monkeypatch, model):
    with_free(monkeypatch, None)
    check_memory(model, 10**15, predictions=True)


MEMINFO = "MemTotal:       16000000 kB\nMemFree:          100 kB\nMemAvailable:    2048 kB\n"


def test_what_is_free_is_what_the_system_can_give(monkeypatch):
    monkeypatch.setattr(memory, "open", lambda *_, **__: io.StringIO(MEMINFO), raising=False)
    assert memory._free() == 2 * 2**20


@pytest.mark.parametrize("text", [None, "", "MemTotal: 5 kB\n", "MemAvailable: lots\n", "no rows\n"])
def test_without_the_system_s_table_it_is_all_there_is_or_unknown(monkeypatch, text):
    def opened(*_, **__):
        if text is None:
            raise FileNotFoundError
        return io.StringIO(text)

    monkeypatch.setattr(memory, "open", opened, raising=False)
    sizes = {"SC_PHYS_PAGES": 1000, "SC_PAGE_SIZE": 4096}
    monkeypatch.setattr(memory.os, "sysconf", sizes.__getitem__)
    assert memory._free() == 4_096_000
    monkeypatch.delattr(memory.os, "sysconf")
    assert memory._free() is None


@pytest.mark.parametrize(
    "more", [[], ["--no-prediction"], ["-o", "x.ndjson"], ["--render", "eos", "-o", "x.svg"]]
)
def test_the_command_says_so_and_leaves_nothing(monkeypatch, tmp_path, more):
    tiny_model(tmp_path / "m.safetensors")
    with_free(monkeypatch, GIB / 8)
    arguments = ["sample", "--model", "m.safetensors", "--seed", "1", "--points", str(TEN_MILLION), *more]
    done = hw_here(*arguments, cwd=tmp_path)
    refused(done, "10,000,000 points", "GiB", "--points")
    assert ("--no-prediction" in done.err) is (more != ["--no-prediction"])
    assert done.out == b""
    assert [path.name for path in tmp_path.iterdir()] == ["m.safetensors"]
    few = hw_here("sample", "--model", "m.safetensors", "--seed", "1", "--points", "5", cwd=tmp_path)
    assert few.status == 0, few
