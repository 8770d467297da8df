"""The style attention: the map shows the weights, and grows with the ink."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from inks import make_ink
from renderers import Ink, RenderError, draw
from renderers.attention import Attention
from renderers.ink import Frame, Trace
from renderers.styles.attention import ACROSS, DOWN, LARGEST


def shades(ink: Ink, **options: object) -> np.ndarray:
    """Return the shade of each character at each point."""
    (layer,) = draw(ink, "attention", **options).scene.layers
    assert layer.raster is not None
    return layer.raster.pixels[::DOWN, ::ACROSS]


def test_map_shows_each_weight_at_its_character_and_point():
    ink = make_ink(40)
    weights = ink.attention.dense(len(ink.text)).T
    np.testing.assert_array_equal(shades(ink, gamma=1), np.rint(255 * weights / weights.max()))
    assert np.array_equal(shades(ink).argmax(axis=0), ink.trace.characters)


def test_characters_stand_beside_their_rows_above_the_ink():
    ink = make_ink(40, text="a b\u0301")
    scene = draw(ink, "attention").scene
    (layer,) = scene.layers
    assert [one.text for one in layer.labels] == ["a", "\u2423", "b", "\u25cc\u0301"]
    rows = np.linspace(layer.raster.bounds.top, layer.raster.bounds.bottom, 5)
    for label, top, bottom in zip(layer.labels, rows[:-1], rows[1:], strict=True):
        assert top < label.y < bottom
        assert label.x < layer.raster.bounds.left
    assert layer.raster.bounds.bottom < ink.points[:, 1].min()
    assert draw(ink, "attention", labels=False).scene.layers[0].labels == ()


def test_map_grows_by_the_point():
    ink = make_ink(30)
    (layer,) = draw(ink, "attention").scene.layers
    painting = layer.raster.begin()
    assert not painting.pixels.any()
    assert painting.advance(10) == (slice(0, DOWN * len(ink.text)), slice(0, 10 * ACROSS))
    np.testing.assert_array_equal(painting.pixels[:, : 10 * ACROSS], layer.raster.pixels[:, : 10 * ACROSS])
    assert not painting.pixels[:, 10 * ACROSS :].any()
    assert painting.advance(10) is None
    painting.advance(31)
    np.testing.assert_array_equal(painting.pixels, layer.raster.pixels)


def test_ink_without_weights_is_drawn_white():
    ink = make_ink(10)
    none = replace(ink, trace=Trace(ink.trace.characters, attention=Attention.none(10)))
    assert not shades(none).any()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda ink: replace(ink, trace=Trace(ink.trace.characters)), "no weights of the window"),
        (lambda ink: replace(ink, text=None, trace=None), "no text"),
        (lambda ink: replace(ink, frame=Frame(0, 0, 100, 100)), "lines, not pages"),
        (lambda ink: replace(ink, text=ink.text + LARGEST * "x"), "too many"),
    ],
)
def test_other_ink_is_refused(change, message):
    with pytest.raises(RenderError, match=message):
        change(make_ink(10)).draw("attention")
