"""Which points belong to which character, on printed letters whose strokes are known."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from hwcli.model.reader_shape import STRIDE
from hwcli.reader.belonging import points_of_characters
from hwcli.reader.pen_path import PenPath
from print_letters import LETTERS, strokes_of
from renderers.ink import Ink


def owners(text: str, *late: list[tuple[float, float]], says: str | None = None) -> list[str]:
    """Return, for each stroke of printed `text` and of `late`, the characters of its points.

    Each character is read in the frame in the middle of its steps. `says` has the letters that are read.
    """
    strokes = strokes_of(text) + [np.array(points) * 10 for points in late]
    path = PenPath.of(Ink(strokes=tuple(strokes)))
    features = path.features()
    first = np.cumsum([0, *(len(stroke) for stroke in strokes)])
    places, stroke = [], 0
    for character in text:
        count = len(LETTERS.get(character, []))
        if count:
            inside = (features.points >= first[stroke]) & (features.points < first[stroke + count])
            places.append(int(np.flatnonzero(inside).mean()) // STRIDE)
        else:
            places.append(places[-1] if places else 0)  # a space is read anywhere
        stroke += count
    said = says or text
    belongs = points_of_characters(features, path, np.array(places), said)
    assert len(belongs) == first[-1]
    return ["".join(sorted({said[k] for k in belongs[a:b]})) for a, b in pairwise(first)]


def test_each_letter_has_its_strokes():
    assert owners("zoTv") == ["z", "o", "T", "T", "v"]


def test_spaces_have_no_points():
    assert owners("zo lo. v") == ["z", "o", "l", "o", ".", "v"]


def test_late_dots_belong_to_the_letter_below_them():
    dot = [(12.0, -3.0), (12.3, -2.8)]  # over the second letter
    assert owners("zlov", dot, says="ziov") == ["z", "i", "o", "v", "i"]


def test_a_late_stroke_far_from_letters_with_dots_stays_with_the_last():
    far = [(26.0, -3.0), (26.3, -2.8)]  # over the third letter, which has none
    assert owners("zlov", far, says="ilov")[-1] == "v"


def test_ink_without_text_belongs_to_no_character():
    path = PenPath.of(Ink(strokes=tuple(strokes_of("zo"))))
    for text, places in (("", []), ("  ", [0, 1])):
        belongs = points_of_characters(path.features(), path, np.array(places, int), text)
        assert (belongs == -1).all()
        assert len(belongs) == len(path.points)
