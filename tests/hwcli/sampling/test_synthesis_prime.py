"""Text in a given hand: the model reads the prime along its text, and continues from there."""

from __future__ import annotations

from dataclasses import asdict, replace

import numpy as np
import pytest

from handmade import random_model, wander
from hwcli.engine.lstm import Engine
from hwcli.engine.mixture import mixture
from hwcli.errors import HwError
from hwcli.ink_size import Size, resampled
from hwcli.sampling import teacher_forcing
from hwcli.sampling.load import load_model
from hwcli.sampling.model import Model
from hwcli.sampling.options import SampleOptions
from hwcli.sampling.teacher_forcing import TeacherForcing
from renderers.ink import Ink

PRIME_TEXT = "ab ca bc"  # a window that moves one character in five points reads it in forty
PRIME = Ink(strokes=tuple(wander(40, seed=3)), text=PRIME_TEXT)
FIELDS = ("eos", "pi", "mu", "sigma", "rho")


def model_of(**how) -> Model:
    file = random_model(**({"layers": 2, "skip": True, "alphabet": "abc "} | how))
    return Model(replace(file, about={"hand": asdict(Size.of(PRIME))}), "m")


@pytest.fixture(scope="module")
def model() -> Model:
    return model_of()


def scaled(ink: Ink, factor: float) -> Ink:
    return Ink(strokes=tuple(stroke * factor for stroke in ink.strokes), text=ink.text)


def places(ink: Ink) -> list[int]:
    return ink.trace.characters.tolist()


def test_kept_prime_comes_first_in_ink_text_and_characters(model):
    ink = model.sample(seed=1, text="cab", prime=PRIME)
    assert ink.text == "ab ca bc cab"
    assert ink.extra["prime_points"] == 40
    assert len(places(ink)) == len(ink) == len(ink.prediction)
    np.testing.assert_array_equal(ink.points[:40], PRIME.points)
    assert places(ink)[0] == 0
    assert abs(places(ink)[39] - len(PRIME_TEXT)) <= 1
    assert places(ink)[-1] == len(ink.text) - 1
    assert set(places(ink)) == set(range(len(ink.text)))
    assert ink.extra.keys() == {"prime_points"}


def test_dropping_the_prime_changes_nothing_else(model):
    whole, rest = (model.sample(seed=1, text="cab", prime=PRIME, keep_prime=keep) for keep in (True, False))
    assert rest.text == "cab"
    np.testing.assert_array_equal(rest.points, whole.points[40:])
    np.testing.assert_array_equal(rest.ends, whole.ends[40:])
    np.testing.assert_array_equal(rest.prediction.pi, whole.prediction.pi[40:])
    assert places(rest) == [max(place - len(PRIME_TEXT) - 1, -1) for place in places(whole)[40:]]
    assert places(rest)[-1] == 2
    assert rest.extra == {}


def test_points_on_the_text_of_a_dropped_prime_belong_to_no_character():
    prime = Ink(strokes=PRIME.strokes[:3], text=PRIME_TEXT)  # far less ink than text
    ink = model_of().sample(seed=1, text="cab", prime=prime, keep_prime=False, tries=1)
    assert places(ink)[0] == -1
    assert set(places(ink)) == {-1, 0, 1, 2}


@pytest.mark.parametrize("skip", [False, True])
@pytest.mark.parametrize("factor", [1.0, 0.04])
def test_predictions_equal_those_of_torch_given_both_texts(skip, factor, monkeypatch):
    monkeypatch.setattr(teacher_forcing, "NEAR_END", len(PRIME_TEXT) + 1)  # from the first point on
    torch = pytest.importorskip("torch")
    from hwcli.network.network import Network
    from hwcli.network.window_steps import Text

    model, prime = model_of(skip=skip, scale=0.8), scaled(PRIME, 1 / factor)
    norm = model.file.normalisation
    mean, std = np.array(norm.mean), np.array(norm.std)
    for ink in model.samples(2, seed=4, text="cab", prime=prime):
        rows = np.concatenate([[[0, 0, 1]], ink.offsets[:-1]])
        rows[:, :2] = (rows[:, :2] * factor - mean) / std
        codes = torch.from_numpy(model.file.alphabet.encode(f"{PRIME_TEXT} cab"))[None, :, None]
        network = Network.of(model.file).eval().double()
        with torch.no_grad():
            raw, _ = network(
                torch.from_numpy(rows)[:, None], torch.zeros(len(rows), 1), network.zero_state(1),
                Text(codes, (0,)),
            )  # fmt: skip
        mix = mixture(raw[:, 0].numpy(), np.array(norm.sigma_min))
        assert np.ptp(mix.eos) > 0.05
        np.testing.assert_allclose(ink.prediction.eos, mix.eos, rtol=0, atol=2e-4)
        np.testing.assert_allclose(ink.prediction.pi[1:], mix.pi[1:], rtol=0, atol=2e-4)
        moved = (mix.mu.swapaxes(1, 2) * std + mean) / factor
        atol = 2e-4 * np.abs(moved).max()
        np.testing.assert_allclose(ink.prediction.mu[1:], moved[1:], rtol=0, atol=atol)


def test_scoring_primed_ink_reproduces_its_predictions(model, monkeypatch):
    monkeypatch.setattr(teacher_forcing, "NEAR_END", len(PRIME_TEXT) + 1)
    ink = model.sample(seed=1, text="cab", prime=PRIME)
    scored = model.score(Ink(strokes=ink.strokes, text=ink.text))
    for name in FIELDS:
        np.testing.assert_allclose(
            getattr(scored.prediction, name), getattr(ink.prediction, name), rtol=1e-4, atol=1e-4
        )


@pytest.mark.parametrize("name", ["unipen-synthesis", "iam-synthesis"])
def test_text_far_ahead_hardly_matters_to_a_trained_network(name, monkeypatch):
    """The prime is read without the line's text up to near its end: compare with all of it in view."""
    trained = load_model(name)
    prime = trained.sample(seed=3, bias=1.0, text="we walked to the sea")
    here = trained.sample(points=40, seed=1, text="and home again", prime=prime, tries=1)
    monkeypatch.setattr(teacher_forcing, "NEAR_END", 99)
    there = load_model(name).sample(points=40, seed=1, text="and home again", prime=prime, tries=1)
    n = len(prime)
    np.testing.assert_allclose(here.prediction.eos[n], there.prediction.eos[n], rtol=0, atol=0.002)
    np.testing.assert_allclose(here.prediction.pi[n], there.prediction.pi[n], rtol=0, atol=0.02)


def test_beginning_of_a_prime_is_read_once_for_all_lines(monkeypatch):
    """Whatever was read before, a line is the same bits."""
    steps = []
    step = Engine.step
    monkeypatch.setattr(Engine, "step", lambda engine, *rows: steps.append(1) or step(engine, *rows))
    options = SampleOptions(points=1, predictions=False, tries=1)

    def written(model: Model, text: str, prime: Ink = PRIME) -> tuple[np.ndarray, int]:
        steps.clear()
        ink = next(model.samples(1, 3, options, text=text, prime=prime))
        return ink.points, len(steps)

    model, other = model_of(), model_of()
    first, all_steps = written(model, "cab")
    again, fewer = written(model, "cab")
    assert all_steps >= 40
    assert fewer < all_steps - 10
    written(other, "bca")
    written(other, "bca", Ink(strokes=PRIME.strokes[::-1], text=PRIME_TEXT))
    for points in (again, written(other, "cab")[0]):
        np.testing.assert_array_equal(points, first)


def test_ink_and_text_of_the_prime_both_matter(model):
    other_ink = Ink(strokes=tuple(wander(40, seed=4)), text=PRIME_TEXT)
    other_text = Ink(strokes=PRIME.strokes, text="bc ab cc")
    eos = [
        model.sample(seed=1, text="cab", prime=prime, points=1, keep_prime=False, tries=1).prediction.eos[0]
        for prime in (PRIME, other_ink, other_text)
    ]
    assert min(abs(eos[0] - eos[1]), abs(eos[0] - eos[2])) > 1e-5


def test_prime_text_overrides_the_text_of_the_ink(model):
    bare = Ink(strokes=PRIME.strokes)
    given = model.sample(seed=1, text="cab", prime=bare, prime_text=f" {PRIME_TEXT}\n")
    own = model.sample(seed=1, text="cab", prime=PRIME)
    np.testing.assert_array_equal(given.points, own.points)
    assert given.text == own.text
    wrong = Ink(strokes=PRIME.strokes, text="c")
    np.testing.assert_array_equal(
        model.sample(seed=1, text="cab", prime=wrong, prime_text=PRIME_TEXT).points, own.points
    )


@pytest.mark.parametrize("own", [None, "", "  \n"])
@pytest.mark.parametrize("given", [None, "", " \t"])
def test_prime_without_text_is_refused(model, own, given):
    with pytest.raises(HwError, match="the prime has no text") as caught:
        model.sample(seed=1, text="cab", prime=Ink(strokes=PRIME.strokes, text=own), prime_text=given)
    assert "--prime-text" in caught.value.hint


def test_text_of_the_prime_is_always_folded(model):
    ink = model.sample(seed=1, text="cab", prime=PRIME, prime_text="Áb\tcA b\u0301Ç")
    assert ink.text == "ab ca bc cab"
    with pytest.raises(HwError, match="cannot write 'C'"):
        model.sample(seed=1, text="Cab", prime=PRIME)
    assert model.sample(seed=1, text="Cab", prime=PRIME, fold=True).text == "ab ca bc cab"
    with pytest.raises(HwError, match="cannot write '€'"):
        model.sample(seed=1, text="cab", prime=PRIME, prime_text="€")


@pytest.mark.parametrize(
    ("prime_text", "trouble"),
    [
        (PRIME_TEXT, False),
        (PRIME_TEXT[:7], False),
        (PRIME_TEXT[:5], True),
        (PRIME_TEXT + " b", False),
        ("a", True),
        ("abc" * 13, True),
        ("a " * 9, True),
    ],
)
def test_every_sample_reports_a_prime_that_does_not_match_its_text(model, prime_text, trouble):
    for ink in model.samples(2, 1, SampleOptions(tries=1), text="cab", prime=PRIME, prime_text=prime_text):
        assert (ink.trace.prime_trouble is not None) is trouble
        if trouble:
            assert repr(prime_text.strip()) in ink.trace.prime_trouble
            assert f"of {len(prime_text.strip())}" in ink.trace.prime_trouble
    dropped = model.sample(seed=1, text="cab", prime=PRIME, prime_text=prime_text, tries=1, keep_prime=False)
    assert (dropped.trace.prime_trouble is not None) is trouble


def test_characters_stay_within_the_text_if_the_prime_moves_the_window_past_it():
    model = model_of(window=(-1.0, -0.5, 1.0), wobble=0)
    for keep in (True, False):
        ink = model.sample(seed=1, text="cab", prime=PRIME, keep_prime=keep, tries=1)
        assert ink.trace.prime_trouble is not None
        assert len(places(ink)) == len(ink)
        assert 0 <= min(places(ink)) <= max(places(ink)) == len(ink.text) - 1
        assert len(ink) > 40 * keep
        assert {fault.character for fault in ink.trace.faults} == {"c", "a"}


def test_fault_positions_refer_to_the_text_of_the_ink():
    model = model_of(window=(-1.0, 0.5, -1.0), wobble=1.5)
    found = 0
    for seed in range(12):
        kept, dropped = (
            model.sample(seed=seed, text="cabacab", prime=PRIME, keep_prime=keep, tries=1)
            for keep in (True, False)
        )
        for ink in (kept, dropped):
            for fault in ink.trace.faults:
                assert ink.text[fault.place] == fault.character
                if fault.kind == "skipped":
                    assert fault.place not in places(ink)[ink.extra.get("prime_points", 0) :]
                found += 1
        before = len(PRIME_TEXT) + 1
        assert [fault.place - before for fault in kept.trace.faults] == [
            fault.place for fault in dropped.trace.faults
        ]
    assert found


def test_prime_is_read_once_per_text(model, monkeypatch):
    read = []
    real = TeacherForcing.read_prime
    monkeypatch.setattr(TeacherForcing, "read_prime", lambda *a: read.append(a) or real(*a))
    inks = model.sample_many(2, seed=1, text=["a", "cab", "bb"], prime=PRIME, predictions=False)
    assert [ink.text.removeprefix(f"{PRIME_TEXT} ") for ink in inks] == ["a", "a", "cab", "cab", "bb", "bb"]
    assert [ink.id for ink in inks] == [f"1-{k}" for k in range(6)]
    assert len(read) == 3


def test_primed_sample_does_not_depend_on_others_in_its_batch(model):
    many = model.sample_many(3, seed=1, text=["cab", "a"], prime=PRIME, predictions=False)
    alone = model.sample(seed=1, text="cab", prime=PRIME, predictions=False)
    np.testing.assert_array_equal(alone.ends, many[0].ends)
    np.testing.assert_array_equal(alone.points, many[0].points)
    assert places(alone) == places(many[0])
    assert len({ink.points.tobytes() for ink in many}) == 6


def test_units_of_the_prime_do_not_matter(model):
    here, there = (model.sample(seed=1, text="cab", prime=scaled(PRIME, k)) for k in (1.0, 300.0))
    np.testing.assert_array_equal(here.ends, there.ends)
    np.testing.assert_allclose(there.points / 300, here.points, atol=1.0)
    assert places(here) == places(there)


def test_resampled_prime_has_a_character_for_each_new_point(model):
    ink = model.sample(seed=1, text="cab", prime=resampled(PRIME, 5.0), prime_text=PRIME_TEXT, tries=1)
    assert ink.extra["prime_points"] != 200
    assert len(places(ink)) == len(ink) == len(ink.prediction)


def test_points_and_until_do_not_count_the_prime(model):
    cut = model.sample(seed=1, text="cabcab", prime=PRIME, points=7, tries=1)
    assert len(cut) == len(places(cut)) == 47
    assert cut.trace.faults[-1].kind == "unfinished"
    one = model.sample(seed=1, text="cabcab", prime=PRIME, until=1, tries=1)
    assert len(one.strokes) == len(PRIME.strokes) + 1


def test_predictions_of_the_prime_are_biased_too(model):
    plain, biased = (model.sample(seed=1, text="cab", prime=PRIME, bias=b).prediction for b in (0.0, 2.0))
    assert (biased.sigma[1:40] < plain.sigma[1:40]).all()


@pytest.mark.parametrize(
    "strokes", [(), ([(3, 4)],), ([(3, 4)], [(9, 9)])], ids=["no stroke", "a point", "dots"]
)
def test_prime_without_a_measurable_size_is_refused(model, strokes):
    with pytest.raises(HwError, match="the size of the prime"):
        model.sample(seed=1, text="cab", prime=Ink(strokes=strokes, text=PRIME_TEXT))


@pytest.mark.parametrize("seed", range(4))
def test_model_reads_its_own_line_with_its_text_but_not_with_a_far_shorter_or_longer_one(model, seed):
    ink = model.sample(seed=seed, text=PRIME_TEXT, tries=1)
    own = Model(replace(model.file, about={"hand": asdict(Size.of(ink))}), "m")  # its lines are of this size
    assert own.reads(ink, PRIME_TEXT)
    assert own.reads(scaled(ink, 300.0), PRIME_TEXT)
    for text in (PRIME_TEXT[:1], PRIME_TEXT[:2], PRIME_TEXT[:5], 3 * PRIME_TEXT):
        assert not own.reads(ink, text)


def test_reads_refuses_the_primes_that_samples_refuse(model):
    with pytest.raises(HwError, match="the size of the prime"):
        model.reads(Ink(strokes=([(3, 4)],)), "cab")
    with pytest.raises(HwError, match="cannot write"):
        model.reads(PRIME, "€")
