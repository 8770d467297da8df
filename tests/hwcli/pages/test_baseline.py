"""The baseline is found whatever else reaches below or above it."""

import numpy as np
import pytest

from arches import arches, sloping
from hwcli.pages.baseline import Baseline, lower_ends
from hwcli.pages.levelling import levelled
from renderers import Ink


@pytest.mark.parametrize("slope", [-0.15, 0.0, 0.04, 0.2])
@pytest.mark.parametrize("text", ["n" * 30, "lnnn nngnn nlngn nnnnn nnlgn", "gnnnnnnnnnnnnnnnnnnnnnnlll"])
def test_baseline_ignores_ascenders_and_descenders(slope, text):
    ink = sloping(arches(text), slope, at=(5000.0, -3000.0))
    found = Baseline.of(ink, 50.0)
    assert found.slope == pytest.approx(slope, abs=0.012)
    level = levelled(ink.points, found)
    standing = level[np.abs(np.concatenate(arches(text))[:, 1]) < 1e-6]
    assert np.abs(np.median(standing[:, 1])) < 6  # letters are 100 high
    assert np.abs(standing[:, 1]).max() < 20


@pytest.mark.parametrize("text", ["-", ".", "- -", "n", "g", "nn"])
def test_few_marks_stand_at_the_expected_level(text):
    ink = sloping(arches(text), at=(0.0, 700.0))
    found = Baseline.of(ink, 50.0, expected=710.0)
    assert found.at(0.0) == pytest.approx(710.0 if text in "- -." else 705.0, abs=6)
    assert abs(found.slope) < 0.05


def test_lone_mark_has_a_baseline():
    assert Baseline.of(Ink(strokes=([[3.0, 5.0]],)), 50.0).slope == 0
    assert -50 < Baseline.of(sloping(arches("-")), 50.0).y < 20


def test_lower_ends_are_turns_upwards_or_lifts():
    zigzag = np.array([[0, 0], [1, 10], [2, 9], [3, 10.5], [4, 0], [5, 8]], float)
    assert lower_ends([zigzag], 5.0).tolist() == [[3, 10.5], [5, 8]]
    assert lower_ends([zigzag], 0.5).tolist() == [[1, 10], [3, 10.5], [5, 8]]
    assert lower_ends([zigzag[::-1]], 5.0).tolist() == [[5, 8], [3, 10.5]]
    assert lower_ends([zigzag[:1], zigzag[1:3]], 5.0).shape == (0, 2)
