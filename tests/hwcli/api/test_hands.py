"""Hands in Python: mended, saved, learned, written in."""

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

import hwcli
from handmade import environment, tiny_model, wander
from hwcli.errors import HwError
from hwcli.hands import library
from hwcli.hands.learned import LearnedHand
from hwcli.hw_warning import HwWarning
from hwcli.reader.error_rate import Errors
from hwcli.training.hand.effort import Effort
from renderers.ink import Ink


@pytest.fixture
def own(tmp_path, monkeypatch) -> Path:
    """The folder of the user's hands."""
    monkeypatch.setenv("HW_HANDS", str(tmp_path / "own"))
    return tmp_path / "own"


@pytest.fixture
def learned(monkeypatch):
    """Learning, which tests/hwcli/training/hand tests, made instant; returns what it is to return."""
    learning = pytest.importorskip("hwcli.training.hand.learning")
    found: dict[str, object] = {"left_out": (), "strength": 1.0}

    def learn(inks, model, reader, effort, progress):
        found.update(inks=inks, effort=effort)
        for phase in ("reading", "rehearsing", "learning", "reading back"):
            progress(phase, 1, 2)
        changes = {"output.bias": np.full(model.file.shape.outputs, 0.1, np.float32)}
        line = Ink(strokes=inks[0].strokes, text=inks[0].text)
        hand = LearnedHand(
            model.name, model.file.digest, model.file.shape, changes, line, {"lines": len(inks)}
        )
        return learning.Learned(hand, found["left_out"], Errors(), Errors(), found["strength"])

    monkeypatch.setattr(learning, "learn", learn)
    return found


def test_a_hand_is_learned_saved_and_written_in(own, learned):
    parts: list[float] = []
    line = library.load("clear")
    effort = {"updates": 7, "seed": 2, "threads": 1}
    hand = hwcli.learn_hand(iter([line]), **effort, progress=lambda done, _: parts.append(done))
    assert (learned["inks"], learned["effort"]) == ([line], Effort(**effort))
    assert parts == pytest.approx([0.025, 0.2, 0.6, 0.925, 1.0])
    assert (hand.line.text, hand.learned.about) == (line.text, {"lines": 1})
    assert hwcli.save_hand("mine", hand) == own / "mine.hand"
    found = hwcli.find_hand("mine")
    assert found.line.text == hand.line.text
    model = hwcli.load_model(kind="synthesis")
    ink = model.in_hand(found).sample(points=9, seed=1, text="a fox", tries=1)
    assert ink.text == "a fox"
    primed = model.sample(points=9, seed=1, text="a fox", tries=1, prime=found.line, keep_prime=False)
    assert ink.points.tolist() != primed.points.tolist()
    with pytest.raises(HwError, match="already exists"):
        hwcli.save_hand("mine", hand)


def test_lines_that_are_left_out_are_warned_of(learned, recwarn):
    warnings.simplefilter("always", HwWarning)
    learned["left_out"] = [f"line {k} has no text" for k in range(7)]
    hwcli.learn_hand([library.load("clear")])
    told = [str(one.message) for one in recwarn if one.category is HwWarning]
    assert told == [*(f"left out: line {k} has no text" for k in range(5)), "left out: 2 more lines"]


def test_an_illegible_hand_is_an_error(learned):
    learned["strength"] = 0.0
    with pytest.raises(HwError, match="every change made the writing illegible"):
        hwcli.learn_hand([library.load("clear")])


@pytest.mark.parametrize("wrong", [{"updates": 0}, {"updates": 1001}, {"seed": -1}, {"threads": -1}])
def test_numbers_out_of_range_are_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        hwcli.learn_hand([], **wrong)


def test_too_few_lines_are_refused():
    pytest.importorskip("torch")
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
