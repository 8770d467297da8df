"""benchmarks/quality/hands.py, as a user runs it, and how far a line leans further in its second half."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from handmade import environment
from hwcli.hands import library
from hwcli.ink_io.files import read_inks, write_ink
from renderers.ink import Ink, Trace

QUALITY = Path(__file__).parents[2] / "benchmarks" / "quality"


def run(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, str(QUALITY / "hands.py"), *arguments],
        cwd=folder, env=environment(PYTHONPATH=str(QUALITY.parents[1])),
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_lines_are_drawn_and_tried(tmp_path):
    said = run(tmp_path, "draw", "lines.ndjson", "--count", "3", "--bias", "1", "--text", "one 2 Three")
    inks = list(read_inks(tmp_path / "lines.ndjson"))
    assert said == f"lines.ndjson: {len(inks)} of 3 lines are clear\n"
    assert inks
    assert {ink.text for ink in inks} == {"one 2 Three"}


def test_the_hand_that_is_read_best_comes_first(tmp_path):
    clear = library.load("clear")
    spoilt = replace(clear, id="spoilt", strokes=tuple(stroke[::-1] for stroke in clear.strokes[::-1]))
    write_ink([spoilt, clear], tmp_path / "lines.ndjson")
    head, rule, *rows = run(tmp_path, "try", "lines.ndjson", "--texts", "2").splitlines()
    assert head.startswith("| hand | misread | drift | rms | width per character")
    assert rule.count("|") == head.count("|")
    assert [row.split(" | ")[0] for row in rows] == ["| clear", "| spoilt"]


def test_drift_is_how_much_further_the_second_half_leans(monkeypatch):
    monkeypatch.syspath_prepend(str(QUALITY))
    import hands
    from handwriting import Line

    def stroke(x: float, degrees: float) -> np.ndarray:
        y = np.linspace(0, 100, 11)
        return np.column_stack([x - np.tan(np.radians(degrees)) * y, y])

    leaning = [stroke(0, 10), stroke(50, 10), stroke(100, 25), stroke(150, 25)]
    trace = Trace(characters=np.repeat(np.arange(4), 11))
    ink = Ink(strokes=tuple(leaning), text="abcd", trace=trace)
    assert hands.drift(Line(ink, 4)) == pytest.approx(15, abs=0.01)
    no_end = replace(ink, trace=Trace(characters=np.zeros(44, int)))
    assert np.isnan(hands.drift(Line(no_end, 4)))
