"""What a command warns of, a Python user is warned of in the same words, and the command says it once."""

from __future__ import annotations

import builtins
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import hwcli
from handmade import hw_here, ink_line, random_model, tiny_dataset, tiny_model, wander
from hwcli.dataset.learned_from import KEY, LearnedFrom
from hwcli.hands import library
from hwcli.hw_warning import HwWarning
from hwcli.model import file as model_file
from renderers.ink import Ink


@pytest.fixture
def told():
    """What Python users are told."""
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always", HwWarning)
        yield lambda: [str(one.message) for one in found if issubclass(one.category, HwWarning)]


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("HW_HANDS", str(tmp_path / "hands"))
    tiny_model(tmp_path / "w.safetensors", alphabet="abc ")
    tiny_model(tmp_path / "p.safetensors")
    return tmp_path


def lines_of(folder: Path, *arguments: str) -> list[str]:
    """The messages of a command that succeeds."""
    done = hw_here(*arguments, cwd=folder, HW_HANDS=str(folder / "hands"))
    assert done.status == 0, done
    return done.err.splitlines()


def faults(lines: list[str]) -> list[str]:
    return [line.removeprefix("warning: ") for line in lines if "has faults" in line]


def test_samples_with_faults(folder, told):
    hwcli.load_model(folder / "w.safetensors").sample_many(2, seed=4, text="cab")
    printed = lines_of(
        folder, "sample", "--model", "w.safetensors", "--text", "cab", "--seed", "4", "--count", "2"
    )
    assert len(told()) == 2
    assert told() == faults(printed)


def test_pages_with_faults(folder, told):
    text = "cab cab\nab ca"
    page = hwcli.Page(width="90mm")
    pages = hwcli.write_pages(
        hwcli.load_model(folder / "w.safetensors"), text, hwcli.Layout.on(page, "8mm"), seed=4
    )
    assert len(list(pages)) == 1
    printed = lines_of(
        folder, "sample", "--model", "w.safetensors", "--text", text, "--seed", "4", "--width", "90mm"
    )
    assert "line 2: " in told()[0]
    assert told() == faults(printed)


def test_quiet_samples_say_nothing(folder, told):
    model = hwcli.load_model(folder / "w.safetensors")
    assert len(list(model.quiet_samples(1, 4, text="cab"))) == 1
    assert told() == []


def test_a_prime_that_says_something_else(folder, told):
    hand = library.load("clear")
    (folder / "line.ndjson").write_bytes(ink_line([s.tolist() for s in hand.strokes]))
    model = hwcli.load_model(kind="synthesis")
    prime = Ink(strokes=hand.strokes, id="line.ndjson")
    model.sample(2, 1, text="a", prime=prime, prime_text="Dear Mr. Brown")
    printed = lines_of(
        folder, "sample", "--prime", "line.ndjson", "--prime-text", "Dear Mr. Brown", "--text", "a",
        "--seed", "1", "--points", "2",
    )  # fmt: skip
    about_prime = [line for line in printed if "does not seem to say its text" in line]
    assert len(about_prime) == 1
    assert about_prime[0].removeprefix("warning: ") in told()


def test_a_prime_whose_text_only_the_model_can_judge(folder, told):
    model = hwcli.load_model(folder / "w.safetensors")
    model.reader = None
    prime = Ink(strokes=tuple(np.array(s, float) for s in wander(50, seed=8)))
    model.sample_many(2, seed=1, text="cab", prime=prime, prime_text="abc", tries=1)
    assert sum("does not seem to match its text 'abc'" in one for one in told()) == 1


def in_pixels(ink: Ink, high: float, up: int = 1) -> Ink:
    factor = high / np.ptp(ink.points[:, 1])
    return Ink(
        strokes=tuple(np.rint(s * factor) * (1, up) for s in ink.strokes), text=ink.text, id="px.ndjson"
    )


def test_device_ink_that_is_mended_and_upside_down(folder, told):
    ink = in_pixels(library.load("clear"), 60, -1)
    hwcli.write_ink(ink, folder / "px.ndjson")
    hwcli.save_hand("mine", ink)
    mine = (folder / "hands" / "mine.ndjson").read_bytes()
    printed = lines_of(folder, "hand", "save", "mine", "px.ndjson", "--overwrite")
    assert [line.removeprefix("warning: ") for line in printed[:-1]] == told()
    assert "smoothed" in told()[0]
    assert "upside down" in told()[1]
    assert (folder / "hands" / "mine.ndjson").read_bytes() == mine


def test_a_prime_that_could_be_mended(folder, told):
    ink = in_pixels(library.load("clear"), 60)
    model = hwcli.load_model(kind="synthesis")
    model.sample(2, 1, text="a", prime=ink)
    assert "px.ndjson has faults of the device that recorded it: hw.mend(ink) mends them" in told()
    before = len(told())
    mended = hwcli.mend(ink)
    assert "smoothed" in told()[before]
    before = len(told())
    model.sample(2, 1, text="a", prime=mended)
    assert not any("hw.mend" in one for one in told()[before:])


def test_the_first_of_several_inks(folder, told):
    inks = [replace(library.load(name), id=name) for name in ("clear", "wide")]
    hwcli.write_ink(inks, folder / "two.ndjson")
    assert hwcli.read_ink(folder / "two.ndjson").id == "clear"
    assert told() == [f"{folder / 'two.ndjson'}: the first of 2 inks is used"]
    printed = lines_of(folder, "hand", "save", "mine", str(folder / "two.ndjson"))
    assert printed[0] == told()[0]


def test_scored_ink_of_another_size(folder, told):
    ink = Ink(strokes=tuple(np.array(s, float) * 1e3 for s in wander(40, seed=3)), id="large")
    model = hwcli.load_model()
    hwcli.write_ink(ink, folder / "large.ndjson")
    model.score(ink)
    printed = lines_of(folder, "sample", "--score", "large.ndjson", "--no-prediction")
    assert told() == [line.removeprefix("warning: ") for line in printed]
    assert "times as large as iam-prediction's lines" in told()[0]
    model.score(ink, fit=True)
    assert len(told()) == 1


def test_lines_that_the_model_learned_from(folder, told):
    data = tiny_dataset(folder / "d", train=(60,) * 4, valid=(40, 30))
    known = LearnedFrom.training(data, range(6), None)
    model = random_model()
    model_file.write(folder / "k.safetensors", replace(model, about={**model.about, KEY: known.content()}))
    hwcli.evaluate(folder / "d", folder / "k.safetensors")
    printed = lines_of(folder, "evaluate", "d", "--model", "k.safetensors")
    assert told() == [line.removeprefix("warning: ") for line in printed]
    assert "the model learned from writers or forms of 2 of these 2 lines" in told()[0]


def test_terms_are_told_once_in_a_notebook_and_never_to_a_script(folder, told, monkeypatch):
    for name in ("XDG_STATE_HOME", "HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(folder / "state"))
    hwcli.load_model()
    assert told() == []
    monkeypatch.setattr(builtins, "__IPYTHON__", True, raising=False)
    hwcli.load_model(kind="synthesis")
    assert told() == []
    hwcli.load_model()
    hwcli.load_model()
    (only,) = told()
    assert only.startswith("note: iam-prediction has learned from IAM On-Line Handwriting Database")
