"""Learning a hand, with the bundled model and very few updates."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hwcli.errors import HwError
from hwcli.hands import library
from hwcli.ink_size import Size
from hwcli.reader.load import load_reader
from hwcli.sampling.load import load_model
from hwcli.training.hand import judging, learning, rehearsal
from hwcli.training.hand.batches import side_by_side
from hwcli.training.hand.effort import Effort, Plan
from hwcli.training.hand.learning import learn
from hwcli.training.hand.lines import HandLines
from renderers.ink import Ink

NAMES = ("clear", "wide", "plain", "light")


@pytest.fixture
def quick(monkeypatch):
    """Few lines at once, one text to rehearse and one to judge by."""
    monkeypatch.setattr(learning, "LANES", 4)
    monkeypatch.setattr(Plan, "of", lambda lines: Plan(updates=4, window=256, rank=4, rehearsed=1))
    monkeypatch.setattr(judging, "TEXTS", ("a few words",))
    monkeypatch.setattr(rehearsal, "TEXTS", ("26",))


@pytest.fixture(scope="module")
def model():
    return load_model(kind="synthesis")


@pytest.fixture(scope="module")
def reader():
    return load_reader()


def lines(factor: float = 1.0) -> list[Ink]:
    """Return four lines; they are of four hands, which does not matter here."""
    inks = [library.load(name) for name in NAMES]
    return [Ink(strokes=tuple(factor * s for s in ink.strokes), text=ink.text, id=ink.id) for ink in inks]


def taken(inks, model, reader) -> HandLines:
    return HandLines.of(inks, model.size, reader)


def test_rehearsed_texts_have_every_character_that_can_be_typed():
    assert set("".join(rehearsal.TEXTS)) >= {chr(c) for c in range(32, 127)}


def test_a_hand_is_learned_as_far_as_a_reader_accepts(model, reader, quick):
    phases = []
    found = learn(lines(3.0), model, reader, Effort(updates=4, threads=1), lambda *row: phases.append(row[0]))
    assert (list(found.left_out), found.strength) == ([], 1.0)
    about = found.hand.about
    assert (about["lines"], about["updates"], about["strength"]) == (4, 4, 1.0)
    assert about["misread"] == {"before": found.before.rate, "after": found.after.rate}
    assert about["licence"] == model.file.about["licence"]
    assert list(dict.fromkeys(phases)) == ["reading", "rehearsing", "learning", "reading back"]
    changed = found.hand.applied_to(model.file, model.name)
    moved = [np.abs(changed.tensors[name] - t).max() for name, t in model.file.tensors.items()]
    assert min(moved) > 0
    assert found.hand.line.text == lines()[0].text
    heights = [np.ptp(ink.points[:, 1]) for ink in lines(3.0)]
    assert min(heights) * 0.9 < np.ptp(found.hand.line.points[:, 1]) < max(heights) * 1.1  # in its own units
    inks = taken(lines(3.0), model, reader).inks
    before, after = (
        sum(one.score(ink).extra["log_loss"]["nats"] for ink in inks)
        for one in (model, model.in_hand(found.hand))
    )
    assert after < before


def test_many_lines_are_learned_longer_and_in_more_ways():
    few, twenty, fifty, hundred = map(Plan.of, (5, 20, 50, 100))
    assert few == Plan.of(19) == Plan(updates=32, window=256, rank=8, rehearsed=5)
    assert twenty == Plan(updates=104, window=128, rank=16, rehearsed=3)
    assert fifty == hundred == Plan(updates=144, window=128, rank=16, rehearsed=3)


def test_changes_that_spoil_the_writing_are_not_kept(model, reader, quick, monkeypatch):
    monkeypatch.setattr(learning, "RATE", 1.0)
    monkeypatch.setattr(learning, "RISE", 1)
    found = learn(lines(), model, reader, Effort(updates=2, threads=1), lambda *_: None)
    assert (found.strength, found.hand.changes, found.after) == (0.0, {}, found.before)


def test_lines_keep_their_differences_in_size_and_come_to_the_model_s(model, reader):
    inks = [Ink(strokes=tuple(s * k for s in i.strokes), text=i.text) for k, i in enumerate(lines(0.1), 8)]
    found = taken(inks, model, reader)
    before, after = (np.array([Size.of(ink).height for ink in some]) for some in (inks, found.inks))
    np.testing.assert_allclose(after, found.factor * before, rtol=5e-3)  # resampling rounds corners
    assert np.median(after) == pytest.approx(model.size.height, rel=5e-3)
    spacing = np.median([Size.of(ink).spacing for ink in found.inks])
    assert spacing == pytest.approx(model.size.spacing, rel=0.1)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (lambda ink: replace(ink, text=None), "has no text"),
        (lambda ink: replace(ink, text=" "), "has no text"),
        (lambda ink: replace(ink, text="two\nlines"), "more than one line"),
        (lambda ink: replace(ink, text="Another text, with other words"), "does not seem to say"),
        (lambda ink: replace(ink, strokes=tuple(s * [1, -1] for s in ink.strokes)), "upside down"),
        (lambda ink: replace(ink, strokes=(np.zeros((3, 2)),)), "no measurable size"),
    ],
)
def test_lines_that_cannot_be_learned_from_are_left_out_with_the_reason(model, reader, wrong, reason):
    found = taken([*lines(), replace(wrong(lines()[0]), id="bad one")], model, reader)
    assert len(found.inks) == 4
    (told,) = found.left_out
    assert told.startswith("bad one ")
    assert reason in told


def test_too_few_lines_are_an_error_that_says_what_was_wrong(model, reader):
    few = [*lines()[:2], replace(lines()[0], text="")]
    with pytest.raises(HwError, match="their texts, not 2; left out: clear has no text"):
        taken(few, model, reader)


def test_characters_that_the_model_lacks_become_their_nearest(model, reader):
    inks = [*lines()[:3], replace(lines()[3], text=(lines()[3].text or "").replace("own", "öwn"))]
    found = taken(inks, model, reader).inks
    assert "öwn" in (found[3].text or "")
    codes = side_by_side(model.file, model.told, found).text.codes[0]
    assert (codes[:, 3] == codes[:, 2]).all()


def test_lines_are_level(model, reader):
    (ink, *others) = lines()
    sloping = replace(ink, strokes=tuple(s @ np.array([[1, 0.15], [0, 1]]) for s in ink.strokes))
    found = taken([sloping, *others], model, reader).inks[0].points
    (xx, xy), _ = np.cov(found.T)
    assert abs(xy / xx) < 0.01


def test_the_line_to_continue_is_a_typical_one(model, reader):
    inks = lines()
    large = [replace(ink, strokes=tuple(3 * s for s in ink.strokes)) for ink in inks[:1]]
    chosen = taken([*large, *inks[1:]], model, reader).prime(reader)
    assert np.ptp(chosen.points[:, 1]) < 0.5 * np.ptp(large[0].points[:, 1])


def test_the_line_to_continue_is_one_that_reads_well(model, reader):
    good, *others = lines()
    rough = [replace(ink, strokes=tuple(np.round(s / 25) * 25 for s in ink.strokes)) for ink in others[:1]]
    two = HandLines([*rough, good], 1.0, ())
    assert np.array_equal(two.prime(reader).points, good.points)


def test_a_model_that_writes_no_text_cannot_learn_a_hand(reader):
    with pytest.raises(HwError, match="does not write given text"):
        learn(lines(), load_model(), reader, Effort(updates=2, threads=1), lambda *_: None)
