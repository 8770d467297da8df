"""Samples of given text: where they end, their seeds, retries, and the character of each point."""

from __future__ import annotations

from itertools import count, islice

import numpy as np
import pytest

from handmade import dataset_of, offsets_of, random_model
from hwcli.dataset.line_texts import LineTexts
from hwcli.engine.threads import cores
from hwcli.errors import HwError
from hwcli.evaluation.scoring import score_lines
from hwcli.ink_io import ndjson
from hwcli.ink_io.formats import parse
from hwcli.sampling.drafting import drafter
from hwcli.sampling.drafting.drafter import FIRST, PER_CORE
from hwcli.sampling.model import Model
from hwcli.sampling.options import SampleOptions
from hwcli.sampling.target_text import MARGIN, POINTS
from inks import traced
from renderers.ink import Ink

ABC = "abc ."
BARE = SampleOptions(predictions=False)
# about one sample in five skips a character, and its next try usually does not
HASTY = {"window": (0.0, 1.0, np.log(0.45)), "wobble": 1.0}
NEVER = {"window": (-1.0, -0.5, np.log(3.0)), "wobble": 0}  # skips two of three characters
STUCK = {"window": (-1.0, -0.5, -20.0), "wobble": 0}
TEXTS = ["a", "abc cab", "c. b", "abcabcabc abc.", "bb"]


def model_of(**how) -> Model:
    """A model that scribbles, so nobody is to read what it writes: only the window counts."""
    model = Model(random_model(**({"layers": 2, "skip": True, "alphabet": ABC} | how)), "m")
    model.reader = None
    return model


@pytest.fixture(scope="module", params=[{}, {"layers": 1, "skip": False}], ids=["skip", "plain"])
def model(request) -> Model:
    return model_of(**request.param)


@pytest.fixture(scope="module")
def hasty() -> Model:
    return model_of(**HASTY)


def same(a: Ink, b: Ink) -> None:
    """Assert that two samples are equal, up to float32 rounding in batches of different sizes."""
    np.testing.assert_array_equal(a.ends, b.ends)
    np.testing.assert_allclose(a.points, b.points, rtol=0, atol=1.0)
    assert traced(a) == traced(b)
    assert (a.text, a.id, a.seed, a.model) == (b.text, b.id, b.seed, b.model)


def test_sample_stores_its_text_and_the_character_of_each_point(model):
    ink = model.sample(seed=3, text=" abc cab\n")
    assert (ink.text, ink.id, ink.seed, ink.model) == ("abc cab", "3-0", 3, "m")
    assert (ink.extra, ink.trace.faults, ink.trace.prime_trouble) == ({}, (), None)
    places = ink.trace.characters.tolist()
    assert len(places) == len(ink) == len(ink.prediction)
    assert all(type(place) is int for place in places)
    assert places[0] == 0
    assert set(places) == set(range(7))
    (back,) = parse(ndjson.dump(ink), "again", "ndjson")
    assert (back.extra, traced(back), back.text) == ({}, traced(ink), ink.text)


def test_sample_ends_when_the_window_has_passed_the_last_character(model):
    lengths = [len(model.sample(seed=1, text="abc" * n)) for n in (1, 3, 9)]
    assert lengths == sorted(set(lengths))
    assert lengths[-1] < 27 * POINTS / 4
    for seed in range(5):
        ink = model.sample(seed=seed, text="abc.")
        assert ink.trace.characters.tolist()[-1] == 3
        assert ink.ends[-1]


def test_seed_and_text_determine_the_sample(model):
    inks = [
        model.sample(seed=seed, text=text) for seed, text in ((1, "abc"), (1, "abc"), (2, "abc"), (1, "cba"))
    ]
    points = [ink.points.tobytes() for ink in inks]
    assert points[0] == points[1]
    assert len(set(points)) == 3


@pytest.mark.parametrize("window", [{}, HASTY, STUCK], ids=["usual", "hasty", "stuck"])
def test_sample_does_not_depend_on_others_in_its_batch(window):
    """Holds also for samples that are retried, and for those that never finish."""
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


def test_samples_beyond_the_first_batch_equal_those_drawn_alone(model):
    inks = model.sample_many(FIRST + 2, seed=1, text="ab", predictions=False)
    assert [ink.id for ink in inks] == [f"1-{k}" for k in range(FIRST + 2)]
    alone = [islice(model.samples(99, 1, BARE, text="ab"), k, None) for k in (0, 9)]
    for k, later in zip((0, 9), alone, strict=True):
        same(inks[k], next(later))


@pytest.mark.parametrize("count", [1, 3])
def test_each_text_is_written_count_times_in_order(model, count):
    inks = model.sample_many(count, seed=1, text=iter(TEXTS), predictions=False)
    assert [ink.text for ink in inks] == [text for text in TEXTS for _ in range(count)]
    assert [ink.id for ink in inks] == [f"1-{k}" for k in range(len(TEXTS) * count)]


def test_string_is_one_text_and_empty_list_gives_no_sample(model):
    assert [ink.text for ink in model.sample_many(1, seed=1, text="ab")] == ["ab"]
    assert [ink.text for ink in model.sample_many(1, seed=1, text=["a", "b"])] == ["a", "b"]
    assert model.sample_many(1, seed=1, text=[]) == []


def test_a_text_left_out_keeps_its_numbers(model):
    whole = model.sample_many(2, seed=1, text=["a", "b", "c", "ab", "ca"], predictions=False)
    part = model.sample_many(2, seed=1, text=[None, "b", None, "ab", None], predictions=False)
    assert [ink.id for ink in part] == ["1-2", "1-3", "1-6", "1-7"]
    for ink, k in zip(part, (2, 3, 6, 7), strict=True):
        assert ink.text == whole[k].text
        same(ink, whole[k])
    assert model.sample_many(2, seed=1, text=[None, None]) == []


def test_texts_are_consumed_lazily(model):
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
    assert len(taken) <= FIRST + PER_CORE * cores()


def test_unwritable_text_fails_only_when_its_batch_is_drawn(model):
    inks = model.samples(1, 1, BARE, text=["ab"] * FIRST + ["€"])
    assert len(list(islice(inks, FIRST))) == FIRST
    with pytest.raises(HwError, match="€"):
        next(inks)


def test_leaving_out_predictions_does_not_change_the_sample(model):
    bare, full = (model.sample(seed=1, text="abc", predictions=p) for p in (False, True))
    assert bare.prediction is None
    np.testing.assert_array_equal(bare.points, full.points)
    assert traced(bare) == traced(full)


def test_scoring_a_sample_reproduces_its_predictions(model):
    ink = model.sample(seed=6, text="abc. cab")
    scored = model.score(Ink(strokes=ink.strokes, text=ink.text))
    for name in ("eos", "pi", "mu", "sigma", "rho"):
        found, drawn = getattr(scored.prediction, name), getattr(ink.prediction, name)
        np.testing.assert_allclose(found, drawn, rtol=1e-4, atol=1e-4)
    other = model.score(Ink(strokes=ink.strokes, text="cab abc."))
    assert other.extra["log_loss"]["nats"] != pytest.approx(scored.extra["log_loss"]["nats"], rel=1e-3)


def test_score_equals_the_evaluation_of_the_same_lines(model, tmp_path):
    texts = ["abc", "c€ab", "…", "Ab\u0301"]  # as in training: folded, unknown characters dropped
    data = dataset_of(tmp_path / "d", [offsets_of(n, n) for n in (12, 40, 7, 9)], texts=texts)
    encoded = LineTexts.of(data, range(4), model.file.alphabet)
    result = score_lines(model.file, data, range(4), texts=encoded).mean()
    inks = [Ink.from_offsets(data.line(k), text=texts[k]) for k in range(4)]
    nats = sum(model.score(ink).extra["log_loss"]["nats"] for ink in inks)
    assert nats / 4 == pytest.approx(result.nats_per_sequence, rel=1e-5)


@pytest.mark.parametrize("text", [None, ""])
def test_synthesis_model_refuses_to_score_ink_without_text(model, text):
    with pytest.raises(HwError, match="without its text"):
        model.score(Ink(strokes=([(0, 0), (1, 1)],), text=text))


def test_ink_with_only_unknown_characters_is_scored(model):
    for text in ("€", "\u0301", " "):
        assert np.isfinite(model.score(Ink(strokes=([(0, 0), (1, 1)],), text=text)).extra["log_loss"]["nats"])


# retries


def test_sample_without_a_fault_is_the_first_try(hasty):
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


def test_unneeded_tries_change_nothing(hasty):
    two, many = (hasty.sample_many(8, seed=1, text="abcab", tries=tries) for tries in (2, 50))
    for a, b in zip(two, many, strict=True):
        if not a.trace.faults:
            same(a, b)


def test_each_try_has_its_own_reproducible_seed(hasty, monkeypatch):
    seeds = []
    real = np.random.default_rng
    monkeypatch.setattr(drafter.np.random, "default_rng", lambda seed: seeds.append(seed) or real(seed))
    first = hasty.sample_many(12, seed=1, text="abcab", tries=4)
    assert seeds[:FIRST] == [[1, k] for k in range(FIRST)]
    assert len({tuple(seed) for seed in seeds}) == len(seeds)
    for k, ink in enumerate(first):
        tried = [seed for seed in seeds if seed[:2] == [1, k]]
        # the third and the fourth are drawn side by side, and the first good one counts
        assert (
            tried == [[1, k], [1, k, 1], [1, k, 2], [1, k, 3]][: {3: 4}.get(ink.trace.tries, ink.trace.tries)]
        )
    for a, b in zip(first, hasty.sample_many(12, seed=1, text="abcab", tries=4), strict=True):
        same(a, b)


def test_best_try_is_kept_with_its_faults():
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


def test_text_that_never_succeeds_keeps_its_faults():
    ink = model_of(**NEVER).sample(seed=1, text="abcabc", tries=3)
    assert ink.trace.tries == 3
    assert {fault.kind for fault in ink.trace.faults} == {"skipped"}
    assert max(ink.trace.characters.tolist()) < 6


def test_window_that_never_moves_is_cut_off_as_unfinished():
    ink = model_of(**STUCK).sample(seed=1, text="ab", tries=1)
    assert len(ink) == len(ink.trace.characters.tolist()) == 2 * POINTS + MARGIN
    kinds = [(fault.kind, fault.place) for fault in ink.trace.faults]
    assert kinds == [("repeated", 0), ("unfinished", 0)]


def test_window_that_jumps_to_the_end_writes_only_the_last_character():
    ink = model_of(window=(-1.0, -0.5, 5.0), wobble=0).sample(seed=1, text="abc", tries=1)
    assert len(ink.strokes) <= 2
    assert set(ink.trace.characters.tolist()) == {2}
    assert [fault.character for fault in ink.trace.faults] == ["a", "b"]


@pytest.mark.parametrize("points", [1, 2, 9])
def test_points_limit_cuts_the_sample_off_as_unfinished(model, points):
    whole, part = (model.sample(seed=1, text="abcabc", points=p, tries=1) for p in (None, points))
    assert len(part) == points < len(whole)
    np.testing.assert_array_equal(part.points, whole.points[:points])
    assert part.trace.characters.tolist() == whole.trace.characters.tolist()[:points]
    assert part.trace.faults[-1].kind == "unfinished"
    again = model.sample(seed=1, text="abcabc", points=10**5, tries=1)
    same(again, whole)


def test_until_ends_the_sample_at_that_pen_lift(model):
    whole = model.sample(seed=1, text="abcabcabcabc", tries=1)
    lifts = np.flatnonzero(whole.ends)
    part = model.sample(seed=1, text="abcabcabcabc", until=1, tries=1)
    assert len(part) == lifts[0] + 1
    assert part.trace.characters.tolist() == whole.trace.characters.tolist()[: len(part)]
    assert not part.trace.faults  # text after the limit is not a fault
    many = model.sample(seed=1, text="abcabcabcabc", until=len(lifts) + 9, tries=1)
    same(many, whole)


def test_bias_and_temperature_change_the_predictions(model):
    plain, biased, hot = (
        model.sample(seed=1, text="abc", points=1, tries=1, **steer).prediction
        for steer in ({}, {"bias": 2.0}, {"temperature": 9.0})
    )
    assert biased.pi.max() >= plain.pi.max()
    assert abs(hot.eos[0] - 0.5) < abs(plain.eos[0] - 0.5)
    inks = [model.sample(seed=1, text="abcabc", bias=b) for b in (0.0, 0.5)]
    assert inks[0].points.tobytes() != inks[1].points.tobytes()
    assert [ink.trace.characters.tolist()[-1] for ink in inks] == [5, 5]


# errors


def test_prediction_models_refuse_text_and_synthesis_models_require_it(model):
    other = Model(random_model(), "plain")
    with pytest.raises(HwError, match="plain cannot write text"):
        other.sample(seed=1, text="abc")
    with pytest.raises(HwError, match="m cannot sample without text"):
        model.sample(seed=1)


@pytest.mark.parametrize(
    ("text", "words"),
    [("", "no text"), ("  \n", "no text"), ("a" * 201, "too long"), ("aжb", "'ж' (column 2)"),
     ("a\tb", "U+0009"), ("a\nb", "U+000A"), ("👍", "cannot write"),
     ("אב", "cannot write"), ("a\0", "U+0000")],
)  # fmt: skip
def test_unwritable_text_is_refused(model, text, words):
    with pytest.raises(HwError) as caught:
        model.sample(seed=1, text=text)
    assert words in caught.value.message


@pytest.mark.parametrize(("text", "folded"), [("Á…B", "a…b"), ("a\tb", "a b"), ("C\u200b“", None)])
def test_fold_writes_the_nearest_known_characters(model, text, folded):
    if folded is None:
        with pytest.raises(HwError, match="“"):
            model.sample(seed=1, text=text, fold=True)
        return
    ink = model.sample(seed=1, text=text, fold=True)
    assert ink.text == folded
    assert max(ink.trace.characters.tolist()) == len(folded) - 1
    same(ink, model.sample(seed=1, text=folded))


def test_model_without_a_stored_size_is_measured_by_its_samples(model):
    assert model.size.height > 0
    for alphabet in ("a", "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ "):
        assert model_of(alphabet=alphabet, hidden=8).size.height > 0


def test_sampling_does_not_touch_the_global_generator(model):
    before = np.random.get_state()[1].copy()
    model.sample_many(2, text="abc")
    assert (np.random.get_state()[1] == before).all()
