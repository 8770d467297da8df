"""Films of the style window mark the character that is being written."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageSequence

from inks import make_ink
from renderers import Page, draw
from renderers.styles.letter_mark import COLOR


def marked(image: np.ndarray) -> np.ndarray:
    """Return where the mark is."""
    return (np.abs(image.astype(int) - COLOR) < 12).all(axis=-1)


def test_mark_is_behind_the_letter_of_the_last_point():
    ink = make_ink(60, text="by hand")
    (layer,) = draw(ink, "window").scene.layers
    mark = layer.mark
    assert mark is not None
    assert not mark.pixels.any()
    painting = mark.begin()
    pixel = mark.bounds.width / mark.pixels.shape[1]
    x = {label.text: label.x for label in layer.labels}
    for points in range(1, 60):
        painting.advance(points)
        columns = np.flatnonzero(painting.pixels.any(axis=0))
        letter = ink.text[ink.trace.characters[points - 1]]
        if letter == " ":
            assert not len(columns)
        else:
            middle = mark.bounds.left + pixel * (columns[0] + columns[-1] + 1) / 2
            assert abs(middle - x[letter]) < 2 * pixel
    painting.advance(60)
    assert not painting.pixels.any()


@pytest.mark.cairo
def test_films_show_it_until_the_ink_is_whole_and_pictures_never_do():
    drawing = draw(make_ink(60), "window", Page(width=500))
    film = Image.open(io.BytesIO(drawing.gif(duration=1, fps=10)))
    frames = [np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(film)]
    found = [marked(frame) for frame in frames]
    assert found[2].sum() > 50
    assert np.flatnonzero(found[2].any(axis=0))[0] < np.flatnonzero(found[-2].any(axis=0))[0]
    assert not found[-1].any()
    assert not marked(np.asarray(Image.open(io.BytesIO(drawing.png())).convert("RGB"))).any()
    assert "<image" not in drawing.svg()


def test_no_labels_no_mark():
    (layer,) = draw(make_ink(60), "window", labels=False).scene.layers
    assert layer.mark is None


def test_mark_moves_with_its_ink():
    inks = [make_ink(60), make_ink(60, seed=1)]
    scene = draw(inks, "window").scene
    for layer in scene.layers:
        low, high = layer.vertices.min(axis=0), layer.vertices.max(axis=0)
        assert layer.mark.bounds.top > low[1]
        assert layer.mark.bounds.left < high[0]
        assert layer.mark.bounds.bottom <= layer.bounds.bottom + 0.2 * layer.size
