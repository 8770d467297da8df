"""The hash of what a run learns from is that of a list's `repr`, made in pieces."""

import hashlib

import pytest

from hwcli.training.run import fingerprint as module
from hwcli.training.run.fingerprint import Listed, fingerprint


@pytest.mark.parametrize("together", [1, 2, 4096])
def test_a_fingerprint_is_the_hash_of_the_repr(monkeypatch, together):
    monkeypatch.setattr(module, "TOGETHER", together)
    plain = [(1.5, "a"), [], [1, 2, 3], ["x", [[1], [], [2, 3]]], None]
    listed = [
        (1.5, "a"),
        Listed([]),
        Listed(range(1, 4)),
        Listed(["x", Listed(iter([[1], [], [2, 3]]))]),
        None,
    ]
    assert fingerprint(listed) == hashlib.sha256(repr(plain).encode()).hexdigest()
