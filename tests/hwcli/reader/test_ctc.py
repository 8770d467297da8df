"""Connectionist temporal classification, against sums over all paths and against PyTorch's loss."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from unittest import mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from hwcli.reader import ctc
from hwcli.reader.ctc import ANYTHING, BLANK, Edits, Lattice, best_path

CLASSES = 4  # the blank and three characters
# No path is so much less probable than another that Edits would not look for it: 5 frames of e^±1
LOGITS = st.integers(1, 5).flatmap(
    lambda frames: arrays.arrays(float, (frames, CLASSES), elements=st.floats(-1, 1))
)
TEXTS = st.lists(st.integers(1, CLASSES - 1), max_size=4)


def normalised(logits: np.ndarray) -> np.ndarray:
    return logits - np.log(np.exp(logits).sum(1, keepdims=True))


def spelt(path: Sequence[int]) -> tuple[int, ...]:
    """The text of a path: each run of equal classes once, without blanks."""
    return tuple(c for c, _ in itertools.groupby(path) if c != BLANK)


def all_texts(logs: np.ndarray) -> dict[tuple[int, ...], float]:
    """The log-probability of every text that is possible at all, by a sum over all paths."""
    sums: dict[tuple[int, ...], float] = {}
    for path in itertools.product(range(CLASSES), repeat=len(logs)):
        text = spelt(path)
        sums[text] = np.logaddexp(sums.get(text, -np.inf), logs[np.arange(len(logs)), path].sum())
    return sums


@given(LOGITS, TEXTS)
def test_likelihood_is_the_sum_over_all_paths(logits, text):
    logs = normalised(logits)
    expected = all_texts(logs).get(tuple(text), -np.inf)
    assert Lattice.of(logs, np.array(text, int)).log_likelihood == pytest.approx(expected, abs=1e-9)


@given(LOGITS, TEXTS)
def test_a_character_is_where_most_of_the_paths_have_it(logits, text):
    logs = normalised(logits)
    shares = np.full((len(logs), len(text)), -np.inf)
    for path in itertools.product(range(CLASSES), repeat=len(logs)):
        if spelt(path) == tuple(text):
            begun = np.cumsum([c != BLANK and (t == 0 or path[t - 1] != c) for t, c in enumerate(path)])
            for t, c in enumerate(path):
                if c != BLANK:
                    k = begun[t] - 1
                    shares[t, k] = np.logaddexp(shares[t, k], logs[np.arange(len(logs)), path].sum())
    lattice = Lattice.of(logs, np.array(text, int))
    if np.isfinite(lattice.log_likelihood):
        found = shares[lattice.places(), np.arange(len(text))]
        np.testing.assert_allclose(found, shares.max(0), atol=1e-9)


@given(LOGITS, TEXTS, st.sampled_from([1, 2, 12]))
def test_edits_are_sums_over_all_paths_of_the_changed_text(logits, text, block):
    logs = normalised(logits)
    texts = all_texts(logs)
    if tuple(text) not in texts:
        return
    with mock.patch.object(ctc, "BLOCK", block):
        edits = Edits.of(Lattice.of(logs, np.array(text, int)))

    def gain(*changed: int) -> float:
        return texts.get(changed, -np.inf) - texts[tuple(text)]

    assert edits.others.tolist() == list(range(1, CLASSES))
    for k in range(len(text)):
        before, after = text[:k], text[k + 1 :]
        assert edits.deleted[k] == pytest.approx(gain(*before, *after), abs=1e-6)
        expected = [gain(*before, c, *after) if c != text[k] else -np.inf for c in edits.others]
        np.testing.assert_allclose(edits.changed[k], expected, atol=1e-6)
    for k in range(len(text) + 1):
        expected = [gain(*text[:k], c, *text[k:]) for c in edits.others]
        np.testing.assert_allclose(edits.inserted[k], expected, atol=1e-6)


@given(LOGITS, TEXTS, st.integers(0, 3))
def test_anything_is_a_further_class_that_is_always_the_likeliest(logits, text, at):
    logs = normalised(logits)
    extended = np.column_stack([logs, logs.max(1)])
    place = min(at, len(text))
    lattice = Lattice.of(logs, np.array([*text[:place], ANYTHING, *text[place:]], int))
    wanted = Lattice.of(extended, np.array([*text[:place], CLASSES, *text[place:]], int))
    assert lattice.log_likelihood == pytest.approx(wanted.log_likelihood, abs=1e-9)
    if not np.isfinite(lattice.log_likelihood):
        return
    np.testing.assert_array_equal(lattice.places(), wanted.places())
    found, expected = Edits.of(lattice), Edits.of(wanted)
    assert found.others.tolist() == list(range(1, CLASSES))
    np.testing.assert_allclose(found.deleted, expected.deleted, atol=1e-9)
    np.testing.assert_allclose(found.changed, expected.changed[:, :-1], atol=1e-9)
    np.testing.assert_allclose(found.inserted, expected.inserted[:, :-1], atol=1e-9)


def sharp_line(frames: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A line as readers see it: log-probabilities that are certain nearly everywhere, and its text."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(frames, 30))
    logits[:, BLANK] += 6
    at = np.arange(2, frames - 2, 4)
    logits[at, rng.integers(1, 30, len(at))] += rng.uniform(6, 14, len(at))
    logs = normalised(logits)
    return logs, best_path(logs)


def test_edits_of_a_long_line_are_those_of_the_changed_texts():
    logs, codes = sharp_line(120, seed=1)
    assert len(codes) > 24  # several blocks
    lattice = Lattice.of(logs, codes)
    edits = Edits.of(lattice)

    def gain(*parts: Sequence[int]) -> float:
        return Lattice.of(logs, np.concatenate(parts).astype(int)).log_likelihood - lattice.log_likelihood

    likely = [(k, m) for k, m in zip(*np.nonzero(edits.changed > -8), strict=True)]
    assert len(likely) > 20
    for k, m in likely:
        expected = gain(codes[:k], [edits.others[m]], codes[k + 1 :])
        assert edits.changed[k, m] == pytest.approx(expected, abs=1e-3)
    for k, m in zip(*np.nonzero(edits.inserted > -6), strict=True):
        assert edits.inserted[k, m] == pytest.approx(gain(codes[:k], [edits.others[m]], codes[k:]), abs=1e-3)
    for k in np.flatnonzero(edits.deleted > -8):
        assert edits.deleted[k] == pytest.approx(gain(codes[:k], codes[k + 1 :]), abs=1e-3)


def test_likelihood_is_that_of_pytorch():
    torch = pytest.importorskip("torch")
    for seed in range(3):
        logs, codes = sharp_line(140, seed)
        loss = torch.nn.functional.ctc_loss(
            torch.from_numpy(logs)[:, None], torch.from_numpy(codes)[None],
            torch.tensor([len(logs)]), torch.tensor([len(codes)]), reduction="none",
        )  # fmt: skip
        assert Lattice.of(logs, codes).log_likelihood == pytest.approx(-float(loss[0]), rel=1e-9)


@given(st.lists(st.integers(0, CLASSES - 1), min_size=1, max_size=12))
def test_best_path_is_spelt_without_blanks_and_repetitions(path):
    logs = np.where(np.arange(CLASSES) == np.array(path)[:, None], -0.1, -5.0)
    assert best_path(logs).tolist() == list(spelt(path))


def test_text_with_more_characters_than_frames_is_impossible():
    logs = normalised(np.zeros((3, CLASSES)))
    assert Lattice.of(logs, np.array([1, 2, 3, 1])).log_likelihood == -np.inf
    assert Lattice.of(logs, np.array([1, 1, 2])).log_likelihood == -np.inf  # a blank is between equal ones
    assert np.isfinite(Lattice.of(logs, np.array([1, 1])).log_likelihood)
