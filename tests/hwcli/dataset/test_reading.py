"""Reading sources: what is told of the progress."""

from handmade import ink_line
from hwcli.config.sections import PreprocessConfig
from hwcli.dataset import reading


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
