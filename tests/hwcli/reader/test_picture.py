"""Pictures of lines: ink and its direction, and nothing of how it was drawn."""

from __future__ import annotations

import numpy as np
import pytest

from hwcli.errors import HwError
from hwcli.hands import library
from hwcli.model.picture_shape import CHANNELS, HEIGHT
from hwcli.reader.pen_path import PenPath
from hwcli.reader.picture import DOT, MARGIN, PIXELS, picture
from renderers.ink import Ink


def channels(path: PenPath) -> np.ndarray:
    return picture(path).reshape(-1, CHANNELS, HEIGHT).transpose(1, 2, 0)


@pytest.mark.parametrize(
    ("end", "doubled"), [((3, 0), (1, 0)), ((0, 3), (-1, 0)), ((2, 2), (0, 1)), ((2, -2), (0, -1))]
)
def test_a_stroke_leaves_ink_and_its_direction_whichever_way_it_was_drawn(end, doubled):
    for points in ([(0, 0), end], [end, (0, 0)]):
        path = PenPath(np.array(points, float), np.array([False, True]))
        black, cosine, sine = channels(path)
        length = float(np.hypot(*end))
        assert np.arctanh(black).sum() == pytest.approx((length + DOT) * PIXELS, rel=1e-4)
        assert (cosine.sum() / black.sum(), sine.sum() / black.sum()) == pytest.approx(doubled, abs=0.1)
        rows, columns = np.nonzero(black > 1e-6)
        assert np.ptp(columns) - abs(end[0]) * PIXELS in (0, 1)
        assert np.ptp(rows) - abs(end[1]) * PIXELS in (0, 1)


def test_the_order_of_the_strokes_cannot_be_seen():
    strokes = library.load("clear").strokes
    there, back = (PenPath.of(Ink(tuple(some))) for some in (strokes, strokes[::-1]))
    np.testing.assert_allclose(picture(there), picture(back), atol=1e-3)


def test_a_dot_and_what_is_far_above_or_below_is_seen():
    path = PenPath(np.array([[0, 0], [5, -40], [5, 40]], float), np.array([True, False, True]))
    black, cosine, sine = channels(path)
    assert black[HEIGHT // 2, MARGIN] == pytest.approx(np.tanh(DOT * PIXELS), rel=1e-5)
    assert not cosine[:, : MARGIN + 2].any()
    assert not sine[:, : MARGIN + 2].any()
    assert black[0, -MARGIN - 1] > 0.9
    assert black[-1, -MARGIN - 1] > 0.9


def test_ink_that_is_far_too_wide_is_refused():
    path = PenPath(np.array([[0, 0], [0, 1], [1e5, 0], [1e5, 1]], float), np.array([False, True] * 2))
    with pytest.raises(HwError, match="too wide"):
        picture(path)
