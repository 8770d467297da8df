"""Reading lines that the bundled model wrote, in any units; and ink that is not a line of handwriting."""

from __future__ import annotations

import contextlib
import time
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hwcli.errors import HwError
from hwcli.reader import reader as reading
from hwcli.reader.reader import Reader
from readable import CAT, ROOM, SEEDS, SHIP, line, mapped, moved, one_after_the_other, page, reader
from renderers.ink import Ink


def dense(times: int):
    """Return a change of a stroke that puts `times` pieces in place of each between two points."""

    def change(points: np.ndarray) -> np.ndarray:
        at = np.arange(len(points))
        fine = np.linspace(0, len(points) - 1, times * (len(points) - 1) + 1)
        return np.column_stack([np.interp(fine, at, axis) for axis in points.T])

    return change


@pytest.mark.parametrize("text", SEEDS)
def test_a_clear_line_is_read(text):
    reading = reader().read(line(text))
    assert reading.text == text
    assert len(reading.confidences) == len(text)
    assert 0.9 < reading.confidence <= 1
    assert reading.confidence == pytest.approx(np.exp(np.log(reading.confidences).mean()))


@settings(max_examples=10)
@given(
    st.sampled_from([CAT, ROOM, SHIP]),
    st.floats(-300, 13),
    st.floats(-1e3, 1e3),
    st.floats(-1e3, 1e3),
    st.sampled_from([1, 2, 5]),
)
def test_units_place_and_density_do_not_matter(text, exponent, x, y, times):
    ink = mapped(line(text), lambda points: 10**exponent * (dense(times)(points) + np.array([x, y])))
    reading = reader().read(ink)
    assert reading.text == text
    assert reading.confidence == pytest.approx(reader().read(line(text)).confidence, abs=0.01)


def test_a_line_is_read_alike_whatever_else_is_read():
    first = reader().read(line(CAT))
    reader().read(line(SHIP))
    again = reader().read(line(CAT))
    assert (first.text, first.confidences.tolist()) == (again.text, again.confidences.tolist())
    assert first.characters.tolist() == again.characters.tolist()


def counted(monkeypatch) -> list[int]:
    """Return a list that receives the steps of every line that a network reads from now on."""
    steps: list[int] = []
    classify = reading.classify
    monkeypatch.setattr(
        reading, "classify", lambda weights, rows: steps.append(len(rows)) or classify(weights, rows)
    )
    return steps


def test_the_network_reads_ink_once_whatever_is_asked_about_it(monkeypatch):
    fresh = Reader(reader().file, "fresh")
    steps = counted(monkeypatch)
    whole = page(line(CAT), line(ROOM))
    for _ in range(2):
        assert fresh.read_lines(whole).text == f"{CAT}\n{ROOM}"
    assert len(steps) == 2
    equal, wrong = mapped(line(SHIP), lambda points: points), fresh.compare(line(SHIP), ROOM)
    assert fresh.compare(equal, ROOM).log_likelihood == wrong.log_likelihood
    assert fresh.text_of(equal) == fresh.read(equal).text == SHIP
    assert len(steps) == 3


def test_other_strokes_through_the_same_points_are_other_ink():
    points = np.concatenate(line(CAT).strokes)
    one = Ink(strokes=(points,))
    assert reader().read(line(CAT)).text == CAT
    assert reader().read(one).text != CAT


def test_lines_are_remembered_up_to_a_limit(monkeypatch):
    fresh = Reader(reader().file, "fresh")
    monkeypatch.setattr(reading, "KEPT", 1)
    steps = counted(monkeypatch)
    for text in (CAT, CAT, ROOM, ROOM, CAT):
        assert fresh.text_of(line(text)) == text
    assert len(steps) == 3


def test_points_belong_to_the_words_that_they_are_in():
    left = line(CAT)
    right = moved(line(SHIP), left.points[:, 0].max() + 250)
    reading = reader().read(one_after_the_other(left, right))
    assert reading.text in (f"{CAT} {SHIP}", f"{CAT}{SHIP}")
    assert len(reading.characters) == len(left) + len(right)
    assert reading.characters[: len(left)].max() < len(CAT)
    assert reading.characters[len(left) :].min() >= len(CAT)
    owned = set(reading.characters.tolist())
    assert owned == {k for k, c in enumerate(reading.text) if c != " "}


WRONG = [
    (CAT, "the cat set on it", [(9, "e", "a", False, False)]),
    (CAT, "the cast sat on it", [(6, "s", "", False, False)]),
    (CAT, "the at sat on it", [(4, "a", "c", True, False)]),
    (CAT, "the cat sat on i", [(15, "i", "t", False, True)]),
    (CAT, "The cat sat on it", [(0, "T", "t", False, False)]),
    (ROOM, "Room 17, May 9", [(6, "7", "2", False, False), (13, "9", "4", False, False)]),
    (ROOM, "Rooms 12, May 4", [(4, "s", "", False, False)]),
]


def best_of_each(doubts):
    """Return the doubt with the largest gain at each character."""
    places = sorted({doubt.place for doubt in doubts})
    return [max((d for d in doubts if d.place == place), key=lambda d: d.gain) for place in places]


@pytest.mark.parametrize(("written", "text", "expected"), WRONG, ids=[row[1] for row in WRONG])
def test_a_wrong_text_is_found_at_its_place(written, text, expected):
    right, wrong = (reader().compare(line(written), t) for t in (written, text))
    assert wrong.log_likelihood < right.log_likelihood - 3
    doubts = best_of_each([doubt for doubt in wrong.doubts if doubt.gain > 3])
    found = [(d.place, text[d.place], d.reads_as, d.before, d.after) for d in doubts]
    assert found == expected
    assert not [doubt for doubt in right.doubts if doubt.gain > 3]


def test_gain_is_what_the_change_makes_the_text_more_probable():
    wrong = reader().compare(line(CAT), "the cat set on it")
    doubt = max(wrong.doubts, key=lambda doubt: doubt.gain)
    assert (doubt.place, doubt.reads_as) == (9, "a")
    right = reader().compare(line(CAT), CAT).log_likelihood
    assert doubt.gain == pytest.approx(right - wrong.log_likelihood, abs=1e-3)


def test_every_change_that_gains_is_listed_in_the_order_of_the_text():
    doubts = reader().compare(line(CAT), "dog").doubts
    assert [d.place for d in doubts] == sorted(d.place for d in doubts)
    assert {d.place for d in doubts} == {0, 1, 2}
    assert len(doubts) > 30  # several at each


def test_only_doubts_above_the_asked_gain_are_listed():
    every = reader().compare(line(CAT), "dog")
    some = reader().compare(line(CAT), "dog", gain=5.0)
    assert [d for d in every.doubts if d.gain > 5] == list(some.doubts)


def test_needless_spaces_of_a_text_do_not_count():
    plain, spaced = reader().compare(line(CAT), CAT), "  " + CAT.replace(" ", " \t")
    assert reader().compare(line(CAT), spaced).log_likelihood == plain.log_likelihood


def test_a_reader_knows_what_is_near_its_characters():
    assert reader().knows(CAT)
    assert reader().knows("Déjà vu – “½”")
    assert not reader().knows("cat \ue000")
    accents = reader().compare(line(CAT), "thé cát sat on it")
    assert accents.log_likelihood == reader().compare(line(CAT), CAT).log_likelihood
    with pytest.raises(HwError, match="knows none of the characters of"):
        reader().compare(line(CAT), "\ue000")


def test_a_sign_that_is_near_to_several_characters_stands_for_any_ink():
    read = reader()
    assert "£" not in read.alphabet
    for text, sure in ((ROOM.replace("R", "£"), 3), ("the £ sat on it", 12)):  # a letter and a word
        ink = line(ROOM) if "1" in text else line(CAT)
        comparison = read.compare(ink, text, gain=3.0)
        assert not comparison.doubts
        assert comparison.log_likelihood > -sure
        owned = set(read.characters(ink, text).tolist())
        assert owned == {k for k, c in enumerate(text) if c != " "}
    (doubt,) = best_of_each(
        read.compare(line(ROOM), ROOM.replace("R", "£").replace("2", "7"), gain=3.0).doubts
    )
    assert (doubt.place, doubt.reads_as) == (6, "2")


def test_lines_of_a_page_are_read_one_by_one():
    ink = page(line(CAT), line(ROOM), line(SHIP))
    reading = reader().read_lines(ink)
    assert reading.text == f"{CAT}\n{ROOM}\n{SHIP}"
    assert len(reading.characters) == len(ink)
    parts = [reader().read(line(text)) for text in (CAT, ROOM, SHIP)]
    expected = np.concatenate([part.confidences for part in parts])
    np.testing.assert_allclose(reading.confidences, expected, atol=1e-6)
    starts = (0, len(CAT) + 1, len(CAT) + len(ROOM) + 2)
    belongs = [part.characters + start for part, start in zip(parts, starts, strict=True)]
    np.testing.assert_array_equal(reading.characters, np.concatenate(belongs))


def test_a_reader_shows_its_name_and_size():
    assert repr(reader()) == "<Reader unipen-reader: 3 x 128, 1,455,440 weights>"
    assert repr(reader().pictures) == "<Reader unipen-reader: pictures, 1,455,440 weights>"


# ink that is not a line of handwriting

rng = np.random.default_rng(0)
TURN = np.arange(200) / 31
HOSTILE = {
    "dot": [[(5, 5)]],
    "same point": [[(3, 3), (3, 3)], [(3, 3)]],
    "dash": [[(0, 0), (30, 0)]],
    "circle": [100 * np.column_stack([np.cos(TURN), np.sin(TURN)])],
    "walk": [rng.normal(size=(100_000, 2)).cumsum(0)],
    "noise": [rng.normal(size=(100_000, 2))],
    "wave": [np.column_stack([np.arange(100_000) / 20, 3 * np.sin(np.arange(100_000) / 40)])],
    "dots": [[(20 * k, 0)] for k in range(2_000)],
    "many dots": [[(20 * k, 0)] for k in range(100_000)],
    "strokes": [[(3 * k, 0), (3 * k + 1, 2), (3 * k + 2, 0)] for k in range(30_000)],
    "huge": [[(1e18, 0), (1, 1)], [(0, 0), (-1e18, 1e-300)]],
    "tiny": [[(0, 0), (1e-300, 0)]],
    "largest": [[(1e18, 0), (-1e18, 1)]],
    "a speck and a far point": [[(0, 0), (1e-300, 2e-300)], [(1e18, 0)]],
    "far away": [[(1e12, 1e12), (1e12 + 1, 1e12 + 3)]],
}


@pytest.mark.parametrize("name", HOSTILE)
def test_other_ink_is_read_without_confidence_or_refused(name):
    ink = Ink(strokes=tuple(np.asarray(stroke, float) for stroke in HOSTILE[name]))
    begun = time.monotonic()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        reading = None
        with contextlib.suppress(HwError):
            reading = reader().read_lines(ink)
        if reading is not None:
            assert len(reading.text) <= 2
            assert ((reading.confidences >= 0) & (reading.confidences <= 1)).all()
            assert 0 <= reading.confidence < 0.8
            assert len(reading.characters) == len(ink)
    assert time.monotonic() - begun < 20  # a few seconds, on a machine that is not busy


def test_ink_without_a_point_is_refused():
    for read in (reader().read, reader().read_lines, lambda ink: reader().compare(ink, CAT)):
        with pytest.raises(HwError, match="no point to read"):
            read(Ink(strokes=()))


def test_texts_that_do_not_fit_the_ink(monkeypatch):
    assert reader().compare(Ink(strokes=([(5, 5)],)), CAT).log_likelihood == -np.inf  # a dot
    assert reader().compare(line(CAT), 50 * CAT).log_likelihood == -np.inf
    ink = one_after_the_other(*(moved(line(CAT), 3500 * k) for k in range(8)))
    with pytest.raises(HwError, match="a line of 401 characters is too long"):
        reader().compare(ink, "a" * 401)
    monkeypatch.setattr(reading, "LONGEST", 15)
    with pytest.raises(HwError, match="not a line of handwriting: it reads as 17 characters"):
        reader().read(line(CAT))
