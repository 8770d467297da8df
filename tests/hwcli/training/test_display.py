"""Progress of a run on stderr, with and without a terminal."""

import re
import sys
import time

import pexpect
import pytest

from handmade import TINY, environment, tiny_dataset
from hwcli.training import trainer as trainer_module
from hwcli.training.display import Status, describe_status
from small_runs import epoch_rows, trainer

STATUS = Status(
    epoch=2, epochs=5, step=30, steps=100, loss=-1.0, valid=-900.0, best=-950.0,
    points_per_second=12_345.6, seconds_left=3_725,
)  # fmt: skip


def test_plain_line_has_speed_and_remaining_time():
    line = describe_status(STATUS)
    assert "12,346 points/s, 1:02:05 left" in line
    assert "epoch 2/5, step 30/100" in line


def in_terminal(*arguments: str, cwd) -> str:
    """Return what `hw` prints in a terminal, without control sequences."""
    child = pexpect.spawn(
        sys.executable, ["-m", "hwcli", *arguments], cwd=str(cwd), env=environment(TERM="xterm"),
        dimensions=(40, 120), encoding="utf-8", timeout=120,
    )  # fmt: skip
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0, child.before
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", child.before)


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """A trained model's folder, and what hw train showed in a terminal."""
    folder = tmp_path_factory.mktemp("display")
    tiny_dataset(folder / "data")
    return folder, in_terminal(
        "train", "data", "-o", "run", "--epochs", "2", "--seed", "1", *TINY, cwd=folder
    )


def test_training_shows_speed_remaining_time_and_validation(shown):
    _, text = shown
    assert re.search(r"[\d,]+ points/s", text)
    assert re.search(r"\d:\d\d:\d\d left", text)
    assert "validating" in text


def test_evaluate_shows_progress(shown):
    folder, _ = shown
    text = in_terminal("evaluate", "data", "--model", "run", "--device", "cpu", cwd=folder)
    assert re.search(r"scoring.*100%", text)


def test_validation_time_is_measured_and_not_in_the_speed(tmp_path, monkeypatch):
    """A slow validation changes the remaining time, and not the epoch's points per second."""
    real = trainer_module.evaluate

    def slow(*arguments, **how):
        time.sleep(0.5)
        return real(*arguments, **how)

    monkeypatch.setattr(trainer_module, "evaluate", slow)
    run = trainer(tiny_dataset(tmp_path / "data"), tmp_path / "run", epochs=2)
    start = time.monotonic()
    run.train()
    took = time.monotonic() - start
    assert run.validation_seconds >= 0.5
    training = sum(124 / row["points_per_second"] for row in epoch_rows(tmp_path / "run"))
    assert training <= took - 1.0 + 0.1
