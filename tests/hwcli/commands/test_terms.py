"""The terms of restricted weights are told once, to a person."""

from __future__ import annotations

import pytest

from handmade import hw_here
from hwcli import console

SAMPLE = ["sample", "--seed", "1", "--points", "5", "--no-prediction"]


@pytest.fixture
def draw(tmp_path, monkeypatch):
    """Return the messages of hw sample with a model; stderr is a terminal, and the user's state new."""
    monkeypatch.setattr(console, "is_terminal", lambda: True)

    def messages(*more: str, state: str = "state") -> str:
        home = {name: str(tmp_path / state) for name in ("XDG_STATE_HOME", "HOME", "LOCALAPPDATA")}
        outcome = hw_here(*SAMPLE, *more, cwd=tmp_path, **home)
        assert outcome.status == 0, outcome
        return outcome.err

    return messages


def test_restricted_weights_are_noted_at_their_first_use(draw):
    first = draw("--model", "iam-prediction")
    assert first.startswith(
        "note: iam-prediction has learned from IAM On-Line Handwriting Database (IAM-OnDB), "
    )
    assert "non-commercial research only" in first
    assert draw("--model", "iam-prediction") == ""
    assert draw("--model", "iam-prediction-large").startswith("note: iam-prediction-large has")
    assert draw() == ""  # the default without text is iam-prediction
    assert draw("--model", "iam-prediction-large") == ""


def test_open_weights_are_not(draw):
    assert "note:" not in draw("--model", "unipen-prediction")


def test_scripts_are_not_told(draw, monkeypatch):
    monkeypatch.setattr(console, "is_terminal", lambda: False)
    assert draw("--model", "iam-prediction") == ""


def test_a_state_folder_that_cannot_be_written_or_read_is_no_error(draw, tmp_path):
    (tmp_path / "file").write_text("")
    for _ in range(2):
        assert draw("--model", "iam-prediction", state="file").startswith("note:")
    noted = tmp_path / "bytes" / "hw" / "terms-noted"
    noted.parent.mkdir(parents=True)
    noted.write_bytes(b"\xff\xfe")
    assert draw("--model", "iam-prediction", state="bytes").startswith("note:")
