"""Hands in Python: mended, saved, learned, written in."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import hwcli
from handmade import environment, tiny_model, wander
from hwcli.errors import HwError
from hwcli.hands import library
from hwcli.hands.learned import LearnedHand
from hwcli.hw_warning import HwWarning
from renderers.ink import Ink

NAMES = ("clear", "wide", "plain", "upright")


@pytest.fixture
def own(tmp_path, monkeypatch) -> Path:
    """The folder of the user's hands."""
    monkeypatch.setenv("HW_HANDS", str(tmp_path / "own"))
    return tmp_path / "own"


@pytest.fixture
def quick(monkeypatch):
    """Few lines at once, one text to rehearse and one to judge by."""
    pytest.importorskip("torch")
    from hwcli.training.hand import judging, learning, rehearsal
    from hwcli.training.hand.effort import Plan

    monkeypatch.setattr(learning, "LANES", 4)
    monkeypatch.setattr(Plan, "of", lambda lines: Plan(updates=4, rank=4, rehearsed=1))
    monkeypatch.setattr(judging, "TEXTS", ("a few words",))
    monkeypatch.setattr(rehearsal, "TEXTS", ("26",))


def test_a_hand_is_learned_saved_and_written_in(own, quick):
    lines = [*map(library.load, NAMES), Ink(strokes=library.load("clear").strokes, id="silent")]
    parts: list[float] = []
    with pytest.warns(HwWarning, match="left out: silent has no text"):
        hand = hwcli.learn_hand(iter(lines), threads=1, progress=lambda done, _: parts.append(done))
    assert parts == sorted(parts)
    assert parts[-1] == 1
    assert hand.learned.about["lines"] == 4
    assert hwcli.save_hand("mine", hand) == own / "mine.hand"
    found = hwcli.find_hand("mine")
    assert found.line.text == hand.line.text
    model = hwcli.load_model(kind="synthesis")
    ink = model.in_hand(found).sample(seed=1, text="a fox", tries=1)
    assert ink.text == "a fox"
    assert ink.points.tolist() != model.sample(seed=1, text="a fox", tries=1).points.tolist()
    with pytest.raises(HwError, match="already exists"):
        hwcli.save_hand("mine", hand)


@pytest.mark.parametrize("wrong", [{"updates": 0}, {"updates": 1001}, {"seed": -1}, {"threads": -1}])
def test_numbers_out_of_range_are_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        hwcli.learn_hand([], **wrong)


def test_too_few_lines_are_refused(quick):
    with pytest.raises(HwError, match="at least 3 lines with their texts, not 1"):
        hwcli.learn_hand([library.load("clear")])


def test_without_torch_the_command_that_installs_it_is_named():
    code = (
        "import sys, hwcli as hw\n"
        "sys.modules['torch'] = None  # any import of it raises ModuleNotFoundError\n"
        "try:\n    hw.learn_hand([])\n"
        "except hw.HwError as error:\n    print(error.message, '|', error.hint)"
    )
    done = subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True, text=True)
    assert (
        done.stdout == 'hw hand learn cannot learn: torch is not installed | pip install "hwcli[train]"\n'
    ), done


def test_in_a_hand_that_is_a_line_samples_continue_from_it(tmp_path):
    tiny_model(tmp_path / "w.safetensors", alphabet="abc ")
    model = hwcli.load_model(tmp_path / "w.safetensors")
    line = Ink(strokes=tuple(np.array(s, float) for s in wander(50, seed=8)), text="cab cab")
    in_hand = model.in_hand(hwcli.Hand(line))
    ink = in_hand.sample(seed=1, text="ab")
    primed = model.sample(seed=1, text="ab", prime=line, keep_prime=False)
    np.testing.assert_array_equal(ink.points, primed.points)
    assert ink.text == "ab"
    other = Ink(strokes=tuple(np.array(s, float) for s in wander(50, seed=9)), text="abc")
    asked = in_hand.sample(seed=1, text="ab", prime=other)
    np.testing.assert_array_equal(asked.points, model.sample(seed=1, text="ab", prime=other).points)
    (page,) = hwcli.write_pages(in_hand, "ab cab", hwcli.Layout(measure=30), seed=1)
    (same,) = hwcli.write_pages(model, "ab cab", hwcli.Layout(measure=30), seed=1, prime=line)
    np.testing.assert_array_equal(page.points, same.points)


def test_a_learned_hand_of_another_model_is_refused(tmp_path):
    tiny_model(tmp_path / "w.safetensors", alphabet="abc ")
    model = hwcli.load_model(tmp_path / "w.safetensors")
    line = Ink(strokes=([(0, 0), (3, 4)],), text="cab cab")
    hand = hwcli.Hand(line, LearnedHand("other", "0" * 64, model.file.shape, {}, line))
    with pytest.raises(HwError, match="was learned by other"):
        model.in_hand(hand)


def test_a_line_of_a_hand_is_saved_from_a_hand_too(own):
    saved = hwcli.save_hand("again", hwcli.find_hand("clear"))
    np.testing.assert_array_equal(library.load("again").points, library.load("clear").points)
    assert saved == own / "again.ndjson"


def test_ink_whose_y_grows_upwards_is_turned_over():
    ink = library.load("clear")
    up = Ink(strokes=tuple(stroke * (1, -1) for stroke in ink.strokes), text=ink.text)
    np.testing.assert_array_equal(hwcli.mend(up, y_up=True).points, ink.points)
    assert hwcli.mend(ink) is ink
