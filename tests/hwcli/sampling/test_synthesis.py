"""Samples of given text: their end, their seeds, second tries, and which character each point belongs to."""

from __future__ import annotations

from itertools import count, islice

import numpy as np
import pytest

from handmade import dataset_of, offsets_of, random_model
from hwcli import evaluation
from hwcli.dataset.line_texts import LineTexts
from hwcli.errors import HwError
from hwcli.ink_io import ndjson
from hwcli.sampling import drafts as drafter
from hwcli.sampling.drafts import BATCH, FIRST
from hwcli.sampling.model import Model
from hwcli.sampling.options import SampleOptions
from hwcli.sampling.target_text import MARGIN, POINTS
from inks import traced
from renderers.ink import Ink

ABC = "abc ."
BARE = SampleOptions(predictions=False)
# every fifth sample or so jumps over a character, and the next try of it mostly does not
HASTY = {"window": (0.0, 1.0, np.log(0.45)), "wobble": 1.0}
NEVER = {"window": (-1.0, -0.5, np.log(3.0)), "wobble": 0}  # two in three characters are jumped over
STUCK = {"window": (-1.0, -0.5, -20.0), "wobble": 0}
TEXTS = ["a", "abc cab", "c. b", "abcabcabc abc.", "bb"]


def model_of(**how) -> Model:
    return Model(random_model(**({"layers": 2, "skip": True, "alphabet": ABC} | how)), "m")


@pytest.fixture(scope="module", params=[{}, {"layers": 1, "skip": False}], ids=["skip", "plain"])
def model(request) -> Model:
    return model_of(**request.param)


@pytest.fixture(scope="module")
def hasty() -> Model:
    return model_of(**HASTY)


def same(a: Ink, b: Ink) -> None:
    """The same sample, drawn in batches of different sizes: to rounding in float32."""
    np.testing.assert_array_equal(a.ends, b.ends)
    np.testing.assert_allclose(a.points, b.points, rtol=0, atol=1.0)
    assert traced(a) == traced(b)
    assert (a.text, a.id, a.seed, a.model) == (b.text, b.id, b.seed, b.model)


def test_a_sample_says_what_it_wrote_and_which_character_each_point_belongs_to(model):
    ink = model.sample(seed=3, text=" abc cab\n")
    assert (ink.text, ink.id, ink.seed, ink.model) == ("abc cab", "3-0", 3, "m")
    assert (ink.extra, ink.trace.faults, ink.trace.prime_trouble) == ({}, (), None)
    places = ink.trace.characters.tolist()
    assert len(places) == len(ink) == len(ink.prediction)
    assert all(type(place) is int for place in places)
    assert places[0] == 0
    assert set(places) == set(range(7))
    (back,) = ndjson.read(ndjson.dump(ink), "again")
    assert (back.extra, traced(back), back.text) == ({}, traced(ink), ink.text)


def test_a_sample_ends_where_its_window_has_passed_the_last_character(model):
    lengths = [len(model.sample(seed=1, text="abc" * n)) for n in (1, 3, 9)]
    assert lengths == sorted(set(lengths))
    assert lengths[-1] < 27 * POINTS / 4
    for seed in range(5):
        ink = model.sample(seed=seed, text="abc.")
        assert ink.trace.characters.tolist()[-1] == 3
        assert ink.ends[-1]


def test_a_seed_is_one_sample_and_other_seeds_and_texts_are_others(model):
    inks = [
        model.sample(seed=seed, text=text) for seed, text in ((1, "abc"), (1, "abc"), (2, "abc"), (1, "cba"))
    ]
    points = [ink.points.tobytes() for ink in inks]
    assert points[0] == points[1]
    assert len(set(points)) == 3


@pytest.mark.parametrize("window", [{}, HASTY, STUCK], ids=["usual", "hasty", "stuck"])
def test_a_sample_is_the_same_alone_among_others_and_among_other_texts(window):
    """Also where it is drawn again, and where it never comes to its end."""
    model = model_of(hidden=8, **window)
    many = model.sample_many(6, seed=25, text="ab", tries=2)
    mixed = model.sample_many(2, seed=25, text=["ab", "abcabc cab", "a"], tries=2)
    assert [ink.id for ink in mixed] == [f"25-{k}" for k in range(6)]
    for k in range(2):
        same(many[k], mixed[k])
        same(many[k], model.sample_many(k + 1, seed=25, text="ab", tries=2)[k])
    assert len({ink.points.tobytes() for ink in many}) == 6
    if window == HASTY:
        assert any(ink.trace.tries > 1 for ink in many + mixed)


def test_samples_beyond_a_batch_are_those_that_they_would_be_alone(model):
    inks = model.sample_many(FIRST + 2, seed=1, text="ab", predictions=False)
    assert [ink.id for ink in inks] == [f"1-{k}" for k in range(FIRST + 2)]
    fewer = [islice(model.samples(99, 1, BARE, text="ab"), k, None) for k in (0, 9)]
    for k, later in zip((0, 9), fewer, strict=True):
        same(inks[k], next(later))


@pytest.mark.parametrize("count", [1, 3])
def test_each_of_several_texts_is_written_count_times_in_their_order(model, count):
    inks = model.sample_many(count, seed=1, text=iter(TEXTS), predictions=False)
    assert [ink.text for ink in inks] == [text for text in TEXTS for _ in range(count)]
    assert [ink.id for ink in inks] == [f"1-{k}" for k in range(len(TEXTS) * count)]


def test_a_text_of_several_characters_is_one_text_and_none_are_none(model):
    assert [ink.text for ink in model.sample_many(1, seed=1, text="ab")] == ["ab"]
    assert [ink.text for ink in model.sample_many(1, seed=1, text=["a", "b"])] == ["a", "b"]
    assert model.sample_many(1, seed=1, text=[]) == []


def test_texts_are_taken_as_they_are_needed(model):
    taken = []

    def texts():
        for k in count():
            taken.append(k)
            yield TEXTS[k % 5]

    inks = model.samples(1, 1, BARE, text=texts())
    assert taken == []
    assert next(inks).text == "a"
    assert len(taken) <= FIRST
    for _ in range(FIRST):
        ink = next(inks)
    assert ink.id == f"1-{FIRST}"
    assert len(taken) <= FIRST + BATCH


def test_a_text_that_cannot_be_written_does_not_take_those_of_earlier_batches_with_it(model):
    inks = model.samples(1, 1, BARE, text=["ab"] * FIRST + ["€"])
    assert len(list(islice(inks, FIRST))) == FIRST
    with pytest.raises(HwError, match="€"):
        next(inks)


def test_predictions_are_left_out_on_request_and_change_nothing(model):
    bare, told = (model.sample(seed=1, text="abc", predictions=p) for p in (False, True))
    assert bare.prediction is None
    np.testing.assert_array_equal(bare.points, told.points)
    assert traced(bare) == traced(told)


def test_scoring_a_sample_gives_the_predictions_it_was_drawn_from(model):
    ink = model.sample(seed=6, text="abc. cab")
    scored = model.score(Ink(strokes=ink.strokes, text=ink.text))
    for name in ("eos", "pi", "mu", "sigma", "rho"):
        found, drawn = getattr(scored.prediction, name), getattr(ink.prediction, name)
        np.testing.assert_allclose(found, drawn, rtol=1e-4, atol=1e-4)
    other = model.score(Ink(strokes=ink.strokes, text="cab abc."))
    assert other.extra["log_loss"]["nats"] != pytest.approx(scored.extra["log_loss"]["nats"], rel=1e-3)


def test_a_score_is_what_an_evaluation_says_of_the_same_lines(model, tmp_path):
    said = ["abc", "c€ab", "…", "Ab\u0301"]  # as they are learned: folded, and nothing for the rest
    data = dataset_of(tmp_path / "d", [offsets_of(n, n) for n in (12, 40, 7, 9)], texts=said)
    texts = LineTexts.of(data, range(4), model.file.alphabet)
    result = evaluation.evaluate(model.file, data, range(4), model.file.normalisation, texts=texts)
    inks = [Ink.from_offsets(data.line(k), text=said[k]) for k in range(4)]
    nats = sum(model.score(ink).extra["log_loss"]["nats"] for ink in inks)
    assert nats / 4 == pytest.approx(result.nats_per_sequence, rel=1e-5)


@pytest.mark.parametrize("text", [None, ""])
def test_ink_without_text_has_no_score_by_a_model_of_text(model, text):
    with pytest.raises(HwError, match="no text"):
        model.score(Ink(strokes=([(0, 0), (1, 1)],), text=text))


def test_ink_whose_text_is_nothing_to_the_model_has_a_score_all_the_same(model):
    for text in ("€", "\u0301", " "):
        assert np.isfinite(model.score(Ink(strokes=([(0, 0), (1, 1)],), text=text)).extra["log_loss"]["nats"])


# second tries


def test_a_sample_without_a_fault_is_the_first_try_whatever_tries_is(hasty):
    one, eight = (hasty.sample_many(20, seed=1, text="abcab", tries=tries) for tries in (1, 8))
    again = [k for k, ink in enumerate(eight) if ink.trace.tries > 1]
    assert 2 <= len(again) <= 12
    assert all(ink.trace.tries == 1 for ink in one)
    for k in range(20):
        if k in again:
            assert one[k].trace.faults
            assert one[k].points.tobytes() != eight[k].points.tobytes()
        else:
            assert not one[k].trace.faults
            same(one[k], eight[k])
    assert not any(ink.trace.faults for ink in eight)


def test_more_tries_than_are_needed_change_nothing(hasty):
    two, many = (hasty.sample_many(8, seed=1, text="abcab", tries=tries) for tries in (2, 50))
    for a, b in zip(two, many, strict=True):
        if not a.trace.faults:
            same(a, b)


def test_a_second_try_has_a_seed_of_its_own_and_is_the_same_again(hasty, monkeypatch):
    seeds = []
    real = np.random.default_rng
    monkeypatch.setattr(drafter.np.random, "default_rng", lambda seed: seeds.append(seed) or real(seed))
    first = hasty.sample_many(12, seed=1, text="abcab", tries=3)
    assert seeds[:FIRST] == [[1, k] for k in range(FIRST)]
    assert len({tuple(seed) for seed in seeds}) == len(seeds)
    for k, ink in enumerate(first):
        tried = [seed for seed in seeds if seed[:2] == [1, k]]
        assert tried == [[1, k], [1, k, 1], [1, k, 2]][: ink.trace.tries]
    for a, b in zip(first, hasty.sample_many(12, seed=1, text="abcab", tries=3), strict=True):
        same(a, b)


def test_the_best_of_all_tries_is_kept_and_its_faults_are_told():
    model = model_of(window=(0.0, 1.0, np.log(1.3)), wobble=3.0)
    text = "abcabcab"
    inks = {n: model.sample(seed=0, text=text, tries=n) for n in range(1, 7)}
    faults = [len(inks[n].trace.faults) for n in inks]
    assert faults == sorted(faults, reverse=True)
    assert faults[-1] < faults[0]
    assert faults[-1] > 0
    assert [ink.trace.tries for ink in inks.values()] == list(range(1, 7))
    for ink in inks.values():
        assert len(ink.trace.characters.tolist()) == len(ink)
        for fault in ink.trace.faults:
            assert text[fault.place] == fault.character
            if fault.kind == "skipped":
                assert fault.place not in ink.trace.characters.tolist()


def test_a_text_that_is_never_written_is_told_to_be_faulty():
    ink = model_of(**NEVER).sample(seed=1, text="abcabc", tries=3)
    assert ink.trace.tries == 3
    assert {fault.kind for fault in ink.trace.faults} == {"skipped"}
    assert max(ink.trace.characters.tolist()) < 6


def test_a_window_that_stands_still_ends_after_many_points_and_is_told_to_be_unfinished():
    ink = model_of(**STUCK).sample(seed=1, text="ab", tries=1)
    assert len(ink) == len(ink.trace.characters.tolist()) == 2 * POINTS + MARGIN
    assert [(fault.kind, fault.place) for fault in ink.trace.faults] == [("unfinished", 0)]


def test_a_window_that_passes_all_at_once_leaves_a_stroke_on_the_last_character():
    ink = model_of(window=(-1.0, -0.5, 5.0), wobble=0).sample(seed=1, text="abc", tries=1)
    assert len(ink.strokes) <= 2
    assert set(ink.trace.characters.tolist()) == {2}
    assert [fault.character for fault in ink.trace.faults] == ["a", "b"]


@pytest.mark.parametrize("points", [1, 2, 9])
def test_points_are_the_most_and_what_is_cut_off_is_unfinished(model, points):
    whole, part = (model.sample(seed=1, text="abcabc", points=p, tries=1) for p in (None, points))
    assert len(part) == points < len(whole)
    np.testing.assert_array_equal(part.points, whole.points[:points])
    assert part.trace.characters.tolist() == whole.trace.characters.tolist()[:points]
    assert part.trace.faults[-1].kind == "unfinished"
    again = model.sample(seed=1, text="abcabc", points=10**5, tries=1)
    same(again, whole)


def test_until_ends_a_sample_of_text_with_that_pen_lift(model):
    whole = model.sample(seed=1, text="abcabcabcabc", tries=1)
    lifts = np.flatnonzero(whole.ends)
    part = model.sample(seed=1, text="abcabcabcabc", until=1, tries=1)
    assert len(part) == lifts[0] + 1
    assert part.trace.characters.tolist() == whole.trace.characters.tolist()[: len(part)]
    assert not part.trace.faults  # what it has not come to was not asked for
    many = model.sample(seed=1, text="abcabcabcabc", until=len(lifts) + 9, tries=1)
    same(many, whole)


def test_bias_and_temperature_steer_what_is_written(model):
    plain, biased, hot = (
        model.sample(seed=1, text="abc", points=1, tries=1, **steer).prediction
        for steer in ({}, {"bias": 2.0}, {"temperature": 9.0})
    )
    assert biased.pi.max() >= plain.pi.max()
    assert abs(hot.eos[0] - 0.5) < abs(plain.eos[0] - 0.5)
    inks = [model.sample(seed=1, text="abcabc", bias=b) for b in (0.0, 0.5)]
    assert inks[0].points.tobytes() != inks[1].points.tobytes()
    assert [ink.trace.characters.tolist()[-1] for ink in inks] == [5, 5]


# what is refused


def test_a_prediction_model_cannot_write_text_and_a_synthesis_model_nothing_else(model):
    other = Model(random_model(), "plain")
    with pytest.raises(HwError, match="plain cannot write text"):
        other.sample(seed=1, text="abc")
    with pytest.raises(HwError, match="m writes text, and none was given"):
        model.sample(seed=1)


@pytest.mark.parametrize(
    ("text", "words"),
    [("", "no text"), ("  \n", "no text"), ("a" * 201, "too long"), ("aXb", "'X' at position 2"),
     ("a\tb", "U+0009"), ("a\nb", "U+000A"), ("é", "never seen"), ("👍", "never seen"),
     ("אב", "never seen"), ("a\0", "U+0000")],
)  # fmt: skip
def test_text_that_cannot_be_written_is_refused(model, text, words):
    with pytest.raises(HwError) as caught:
        model.sample(seed=1, text=text)
    assert words in caught.value.message


@pytest.mark.parametrize(("text", "folded"), [("Á…B", "a...b"), ("a\tb", "a b"), ("C\u200b“", None)])
def test_fold_writes_the_nearest(model, text, folded):
    if folded is None:
        with pytest.raises(HwError, match="“"):
            model.sample(seed=1, text=text, fold=True)
        return
    ink = model.sample(seed=1, text=text, fold=True)
    assert ink.text == folded
    assert max(ink.trace.characters.tolist()) == len(folded) - 1
    same(ink, model.sample(seed=1, text=folded))


@pytest.mark.parametrize(
    "bad", [{"tries": 0}, {"tries": -1}, {"points": 0}, {"count": 0}, {"seed": -1}], ids=str
)
def test_numbers_that_make_no_sense_are_refused_by_name(model, bad):
    with pytest.raises(ValueError, match=next(iter(bad))):
        model.sample_many(**({"count": 1, "text": "a"} | bad))


def test_a_model_that_keeps_no_size_is_measured_by_what_it_writes(model):
    assert model.size.height > 0
    for alphabet in ("a", "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ "):
        assert model_of(alphabet=alphabet, hidden=8).size.height > 0


def test_sampling_leaves_the_global_generators_alone(model):
    before = np.random.get_state()[1].copy()
    model.sample_many(2, text="abc")
    assert (np.random.get_state()[1] == before).all()
