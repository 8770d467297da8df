"""metrics.jsonl."""

import json

import pytest

from hwcli.training.metrics import Metrics


def rows(path):
    return [json.loads(line, parse_constant=lambda word: word) for line in path.read_text().splitlines()]


def test_nonfinite_numbers_are_null(tmp_path):
    metrics = Metrics(tmp_path / "m.jsonl")
    metrics.record({"step": 1, "loss": float("nan"), "gradient_norm": float("inf"), "lr": 0.5})
    assert rows(metrics.path) == [{"step": 1, "loss": None, "gradient_norm": None, "lr": 0.5}]


def test_rewind_drops_later_and_truncated_rows(tmp_path):
    metrics = Metrics(tmp_path / "m.jsonl")
    for step in (10, 20, 30):
        metrics.record({"step": step})
    with metrics.path.open("a") as file:
        file.write('{"step": 4')
    metrics.rewind(20, 9)
    assert rows(metrics.path) == [{"step": 10}, {"step": 20}]
    metrics.rewind(0, 9)
    assert rows(metrics.path) == []


def test_row_after_a_torn_one_has_a_line_of_its_own(tmp_path):
    metrics = Metrics(tmp_path / "m.jsonl")
    metrics.path.write_bytes(b'{"step": 1}\n{"step": 2, "lo')
    metrics.record({"step": 3})
    assert metrics.path.read_bytes().splitlines()[::2] == [b'{"step": 1}', b'{"step": 3}']
    metrics.rewind(9, 9)
    assert rows(metrics.path) == [{"step": 1}, {"step": 3}]


@pytest.mark.parametrize(
    "damaged",
    [
        b"\xff\xfe",
        b"[" * 100_000,
        b"9" * 5000,
        b"3",
        b"[1]",
        b'{"step": null}',
        b'{"step": "1"}',
        b'{"epoch": 1}',
        b"",
    ],
)
def test_damaged_row_is_dropped_and_no_other(tmp_path, damaged):
    metrics = Metrics(tmp_path / "m.jsonl")
    metrics.path.write_bytes(b'{"step": 1}\n' + damaged + b'\n{"step": 3}\n' + damaged)
    metrics.rewind(9, 9)
    assert rows(metrics.path) == [{"step": 1}, {"step": 3}]


def test_rows_are_appended_and_never_rewritten(tmp_path):
    metrics = Metrics(tmp_path / "m.jsonl")
    metrics.record({"step": 1})
    with metrics.path.open("rb") as reader:
        metrics.record({"step": 2})
        assert len(reader.readlines()) == 2  # of the file that was there
