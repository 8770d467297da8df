"""Reading many lines: in one process or several, with the same result."""

import numpy as np
import pytest

from hwcli.alphabet import Alphabet
from hwcli.model.reader_file import ReaderFile
from hwcli.model.reader_shape import CHANNELS, ReaderShape
from hwcli.reader import greedy


@pytest.fixture
def reader():
    shape, rng = ReaderShape(1, 5, 3), np.random.default_rng(1)
    tensors = {name: rng.normal(size=size).astype(np.float32) for name, size in shape.tensors().items()}
    return ReaderFile(shape, Alphabet("abc"), tensors)


def test_text_is_that_of_the_most_probable_path():
    best = [0, 1, 1, 0, 1, 2, 2, 3, 0]
    logs = np.log(np.full((9, 4), 0.1))
    logs[np.arange(9), best] = np.log(0.7)
    assert greedy.text_of(Alphabet("abc"), logs) == "aabc"


def test_several_processes_read_like_one(reader, monkeypatch):
    rng = np.random.default_rng(2)
    lines = [rng.normal(size=(n, CHANNELS)).astype(np.float32) for n in range(20, 45)]
    monkeypatch.setattr(greedy, "cores", lambda: 1)
    alone = greedy.read_all(reader, lines)
    monkeypatch.setattr(greedy, "cores", lambda: 2)
    monkeypatch.setattr(greedy, "FEW", 12)
    seen = []
    assert greedy.read_all(reader, lines, lambda done, total: seen.append((done, total))) == alone
    assert seen == [(k, 25) for k in range(1, 26)]
    assert len(set(alone)) > 5
    assert greedy.read_all(reader, []) == []
