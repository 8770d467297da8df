"""Tries at lines that continue from one prime, side by side."""

from __future__ import annotations

from dataclasses import asdict, replace

import numpy as np
import pytest

from handmade import random_model, wander
from hwcli.engine import threads
from hwcli.errors import HwError
from hwcli.ink_size import Size
from hwcli.sampling.drafting import lines
from hwcli.sampling.jobs import SLOW
from hwcli.sampling.load import load_model
from hwcli.sampling.model import Model
from hwcli.sampling.options import SampleOptions
from hwcli.sampling.target_text import MARGIN
from renderers.ink import Ink

PRIME = Ink(strokes=tuple(wander(40, seed=3)), text="ab ca bc")
OPTIONS = SampleOptions(keep_prime=False, predictions=False)


@pytest.fixture(scope="module")
def model() -> Model:
    file = random_model(layers=2, skip=True, alphabet="abc ")
    return Model(replace(file, about={"hand": asdict(Size.of(PRIME))}), "m")


@pytest.fixture(scope="module")
def bundled() -> Model:
    return load_model(kind="synthesis")


@pytest.fixture(scope="module")
def line(bundled) -> Ink:
    return bundled.sample(seed=5, bias=1.0, text="a quiet morning", predictions=False)


def test_each_line_gets_its_own_text_and_seed(model):
    lines = [("cab", 1), ("bac", 1), ("cab", 2)]
    tries = model.line_tries(lines, OPTIONS, PRIME)
    assert [each.bare.text for each in tries] == ["cab", "bac", "cab"]
    assert [each.bare.seed for each in tries] == [1, 1, 2]
    first, _, other = (each.bare.points[:20] for each in tries)
    assert not np.array_equal(first, other)


def test_a_line_begins_as_it_does_by_itself(bundled, line):
    """But for rounding, which grows, and for what the network sees of text that is far ahead."""
    options = replace(OPTIONS, bias=1.0, tries=1)
    (several,) = [bundled.line_tries([("over the hill", 3), ("and far away", 4)], options, line)]
    for text, seed, found in (("over the hill", 3, several[0]), ("and far away", 4, several[1])):
        (alone,) = bundled.line_tries([(text, seed)], options, line)
        np.testing.assert_allclose(found.bare.points[:20], alone.bare.points[:20], atol=0.05)


@pytest.mark.parametrize("count", [3, 20, 40])
def test_bits_do_not_depend_on_the_number_of_cores(model, monkeypatch, count):
    lines = [("cab ab"[: 1 + k % 6].strip(), k) for k in range(count)]
    found = []
    for cores in (1, 2, 5):
        monkeypatch.setattr(threads, "cores", lambda cores=cores: cores)
        found.append([each.bare.points.tobytes() for each in model.line_tries(lines, OPTIONS, PRIME)])
    assert found[0] == found[1] == found[2]


def test_line_that_has_run_away_ends_soon(model):
    pace = len(PRIME) / len(PRIME.text + " ")
    tries = model.line_tries([("a" * 150, k) for k in range(4)], OPTIONS, PRIME)
    assert max(len(each.bare) for each in tries) <= round(SLOW * pace * 150) + MARGIN


def test_try_is_read_when_its_draft_is_asked_for(bundled, line, monkeypatch):
    read = []
    compare = type(bundled.reader).compare
    monkeypatch.setattr(
        type(bundled.reader), "compare", lambda *args: (read.append(args[2]), compare(*args))[1]
    )
    found = bundled.line_tries([("over the hill", 3), ("and far away", 4)], replace(OPTIONS, bias=1.0), line)
    assert read == []
    assert all(each.bare.trace.faults == () for each in found)
    faults = found[1].draft.faults
    assert set(read) == {"and far away"}
    assert found[1].ink.trace.faults == tuple(faults)


def test_units_are_the_prime_s(model):
    """An ink of ten times the size is continued ten times as large."""
    large = Ink(strokes=tuple(stroke * 10 for stroke in PRIME.strokes), text=PRIME.text)
    (usual,), (ten,) = (model.line_tries([("cab", 1)], OPTIONS, prime) for prime in (PRIME, large))
    np.testing.assert_allclose(ten.bare.points[:5], 10 * usual.bare.points[:5], rtol=1e-3)


def test_prime_without_text_is_an_error(model):
    with pytest.raises(HwError, match="the prime has no text"):
        model.line_tries([("cab", 1)], OPTIONS, replace(PRIME, text=None))


MENDED = replace(OPTIONS, bias=0.3)


@pytest.fixture(scope="module")
def in_trouble(bundled, line) -> list[tuple[str, int]]:
    """Return three lines that are at fault at the first try."""
    texts = ("Every drawer was full", "the museum is closed", "over Greenwich Mean")
    lines = [(text, seed) for seed in range(8) for text in texts]
    tries = bundled.line_tries(lines, MENDED, line)
    return [one for one, drawn in zip(lines, tries, strict=True) if drawn.draft.faults][:3]


def test_a_mended_try_keeps_what_stands_before_its_trouble(bundled, line, in_trouble):
    tries = bundled.line_tries(in_trouble, MENDED, line)
    mended = bundled.mended(tries, MENDED)
    better = 0
    for one, other in zip(tries, mended, strict=True):
        assert one.begun is other.begun is None
        assert one.draft.faults
        assert other.draft.tries > 1
        word = one.bare.text.rfind(" ", 0, one.draft.troubles[0]) + 1
        kept = int((one.bare.trace.characters < word - 1).sum())
        np.testing.assert_array_equal(one.bare.points[:kept], other.bare.points[:kept])
        assert other.draft.badness <= one.draft.badness
        better += not other.draft.faults
    assert better == 3


@pytest.mark.parametrize("count", [1, 3])
def test_mending_does_not_depend_on_the_number_of_cores(bundled, line, in_trouble, monkeypatch, count):
    found = []
    for cores in (1, 2, 5):
        for module in (threads, lines):
            monkeypatch.setattr(module, "cores", lambda cores=cores: cores)
        tries = bundled.line_tries(in_trouble[:count], MENDED, line)
        found.append([each.bare.points.tobytes() for each in bundled.mended(tries, MENDED)])
    assert found[0] == found[1] == found[2]


def test_a_try_without_trouble_is_mended_to_itself(bundled, line):
    tries = bundled.line_tries([("a quiet morning", seed) for seed in range(4)], MENDED, line)
    for one, other in zip(tries, bundled.mended(tries, MENDED), strict=True):
        if one.draft.clear:
            assert other.draft is one.draft
    assert any(each.draft.clear for each in tries)


def test_a_mended_try_costs_what_was_drawn_beside_the_one_that_it_mends(bundled, line):
    (first,) = bundled.line_tries([("over the hill", 3)], replace(OPTIONS, bias=1.0), line)
    mended = first.mended(replace(first.draft, tries=4))
    assert (first.cost, mended.cost) == (1, 3)
    assert first.mended(first.draft).cost == 0
