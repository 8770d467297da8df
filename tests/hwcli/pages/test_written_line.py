"""A written line is level, of its hand's size, and free of strokes that belong to its prime."""

import numpy as np
import pytest

from arches import arches
from hwcli.pages.written_line import Prime, WrittenLine
from renderers import Ink, Prediction
from renderers.ink import Trace


def test_strokes_that_complete_the_prime_are_left_out():
    prime = Prime(Ink(strokes=tuple(arches("nnn"))), "nnn", 0.0)  # ends at x = 280
    late = [np.array([[250.0, -150.0]]), np.array([[270.0, -60.0], [300.0, -60.0]])]
    new = [np.add(stroke, (350.0, 0.0)) for stroke in arches("nnnnnnnnnn")]
    strokes = (*late, *new, late[0])  # the last dot is not at the beginning
    n = sum(map(len, strokes))
    mu = np.full((n, 1, 2), 7.0)
    prediction = Prediction(np.full(n, 0.5), np.ones((n, 1)), mu, np.ones((n, 1, 2)), np.zeros((n, 1)))
    trace = Trace(np.array([0] * 3 + [1] * (n - 3)), tries=1)
    line = WrittenLine.of(
        Ink(strokes=strokes, prediction=prediction, text="n" * 10, trace=trace), prime, 30.0
    )
    assert len(line.ink) == len(line.ink.prediction) == len(line.ink.trace.characters) == n - 3
    assert set(line.ink.trace.characters) == {1}
    assert line.ink.trace.tries == 1
    assert list(map(np.ndarray.tolist, line.prime_strokes)) == list(map(np.ndarray.tolist, late))
    # the pen comes from the end of the last of them
    assert line.ink.points[0] - line.pen_before == pytest.approx(new[0][0] - late[1][-1], abs=3)


def test_line_on_top_of_its_prime_is_kept():
    prime = Prime(Ink(strokes=tuple(arches("nnn"))), "nnn", 0.0)
    assert len(WrittenLine.of(Ink(strokes=([[250.0, -150.0]],), text="."), prime, 30.0).ink) == 1


@pytest.mark.parametrize("times", [0.5, 1.0, 3.0])
def test_line_is_rescaled(times):
    strokes = [stroke * times + [50.0, 20.0] for stroke in arches("n" * 20)]
    line = WrittenLine.of(Ink(strokes=tuple(strokes), text="n" * 20), None, 30.0, times)
    assert line.ink.points == pytest.approx(np.concatenate(arches("n" * 20)), abs=6)
    assert line.width == pytest.approx(1980, abs=6)
    assert line.pen_before is None
    assert not line.prime_strokes
