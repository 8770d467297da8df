"""The seed that hw draws: noted once it is used, whatever happens then, and not before errors."""

from __future__ import annotations

import signal
from dataclasses import asdict, replace

import pytest

from handmade import (
    TINY,
    hw_here,
    ink_line,
    inks_in,
    random_model,
    refused,
    tiny_dataset,
    tiny_model,
    wander,
)
from hwcli.ink_size import Size
from hwcli.model import file as model_file
from renderers.ink import Ink

WRITE = ["sample", "--model", "m.safetensors", "--tries", "1", "--text"]
PLAIN = ["sample", "--model", "plain.safetensors", "--points", "20"]
STROKES = wander(40, seed=3)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a synthesis model, a prediction model and a prime that cannot be used."""
    root = tmp_path_factory.mktemp("seed")
    # handmade models scribble: only the window can say whether they wrote their text
    (root / "hw.toml").write_text("[sample]\nreader = 'none'\n")
    hand = asdict(Size.of(Ink(strokes=tuple(STROKES))))
    model = replace(random_model(alphabet="abcdeghilrstwo, ."), about={"hand": hand})
    model_file.write(root / "m.safetensors", model)
    tiny_model(root / "plain.safetensors")
    (root / "dot.ndjson").write_bytes(ink_line([[[3, 4]]], text="ab ca bc"))
    return root


@pytest.mark.parametrize(
    "command",
    [
        [*WRITE, "☺"],
        [*WRITE, "☺\n\na cat"],
        [*WRITE, "a", "--hand", "nobody"],
        [*WRITE, "a", "--prime", "dot.ndjson"],
        [*WRITE, "a cat\nsat", "--prime", "dot.ndjson"],
        [*WRITE, "a cat", "--replace", "a=☺"],
        [*WRITE, "@missing.txt"],
        [*PLAIN, "--prime", "dot.ndjson"],
    ],
    ids=lambda command: " ".join(command[3:]),
)
def test_no_seed_is_noted_before_an_error_that_no_seed_would_change(folder, command):
    done = hw_here(*command, cwd=folder)
    assert done.status
    assert done.err.startswith("error: "), done.err


@pytest.mark.parametrize(
    "command", [[*WRITE, "a", "--text", "c"], [*WRITE, "a cat\nsat"], [*PLAIN, "-n", "3"]]
)
@pytest.mark.parametrize("to_file", [False, True])
def test_seed_is_noted_once(folder, tmp_path, command, to_file):
    done = hw_here(*command, *(["-o", tmp_path / "a.npz"] if to_file else []), cwd=folder)
    assert done.status == 0
    assert done.err.count("seed ") == 1
    if not to_file:
        assert done.err == f"seed {inks_in(done)[0].seed}\n"


def test_seed_comes_before_the_faults_of_what_it_drew(folder):
    done = hw_here(*WRITE, "☺", "--text", "a cat\nsat", "--text", "☹", cwd=folder)
    lines = [line.partition(" ")[0] for line in done.err.splitlines()]
    assert lines[:4] == ["error:", "hint:", "seed", "error:"]


@pytest.mark.parametrize(
    "command", [[*WRITE, "a"], [*WRITE, "a cat\nsat"], PLAIN], ids=["line", "page", "plain"]
)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_seed_is_noted_if_the_first_sample_is_interrupted(folder, monkeypatch, command, number):
    def stop(*_, **__):
        signal.raise_signal(number)

    monkeypatch.setattr("hwcli.sampling.drafting.drafter.Drafter._attempts", stop)
    done = hw_here(*command, cwd=folder)
    assert done.status == 128 + number
    seed, said = done.err.splitlines()
    assert seed.startswith("seed ")
    assert said.endswith(": nothing was written")


def test_no_seed_is_noted_if_no_text_came(folder, monkeypatch):
    def stop(*_, **__):
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr("hwcli.cli.stdin_texts.StdinTexts.__next__", stop)
    done = hw_here(*WRITE, "-", cwd=folder)
    assert (done.status, done.err) == (130, "stopped: nothing was written\n")


def test_seed_is_noted_if_the_result_cannot_be_written(folder, tmp_path, monkeypatch):
    def fail(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("renderers.atomic.os.replace", fail)
    done = hw_here(*WRITE, "a cat\nsat", "-o", tmp_path / "a.svg", cwd=folder)
    refused(done, "no space left on device")
    assert done.err.startswith("seed ")


def test_a_run_notes_its_seed_once_it_has_begun(tmp_path):
    tiny_dataset(tmp_path / "data")
    failed = hw_here("train", "data", "-o", "run", "--kind", "synthesis", cwd=tmp_path)
    refused(failed)
    assert "seed" not in failed.err
    done = hw_here("train", "data", "-o", "run", "--epochs", "1", *TINY, cwd=tmp_path)
    assert done.status == 0
    assert done.err.startswith("seed ")
    seed = done.err.split()[1]
    assert f"seed = {seed}" in (tmp_path / "run" / "config.toml").read_text()
