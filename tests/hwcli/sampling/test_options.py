"""Sampling options: their ranges, and the keywords of Model.sample that mirror them."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields
from typing import get_type_hints

import pytest

from hwcli.engine.mixture import Steering
from hwcli.sampling.options import SampleKeywords, SampleOptions

NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("points", n) for n in (0, -1)),
        ("until", -1),
        *(("tries", n) for n in (0, -1)),
        *(("bias", b) for b in (-0.1, NAN, INF)),
        *(("temperature", t) for t in (0.0, -1.0, NAN, INF)),
    ],
)
def test_numbers_out_of_range_are_refused_by_name(name, value):
    with pytest.raises(ValueError, match=f"^{name} must be "):
        SampleOptions(**{name: value})


def test_ends_of_the_ranges_are_allowed():
    options = SampleOptions(points=1, until=0, tries=1, bias=0.0, temperature=1e-9)
    assert (options.points, options.until, options.tries) == (1, 0, 1)
    assert options.steering == Steering(0.0, 1e-9)


@pytest.mark.parametrize(
    ("options", "limited"), [({}, False), ({"points": 9}, True), ({"until": 1}, True), ({"tries": 1}, False)]
)
def test_only_points_and_until_are_limits(options, limited):
    assert SampleOptions(**options).limited is limited


def test_keywords_are_the_fields_without_points_and_bias():
    hints = get_type_hints(SampleOptions)
    expected = {f.name: hints[f.name] for f in fields(SampleOptions) if f.name not in ("points", "bias")}
    assert get_type_hints(SampleKeywords) == expected
    assert SampleKeywords.__required_keys__ == frozenset()


def test_options_are_frozen():
    with pytest.raises(FrozenInstanceError):
        SampleOptions().bias = 1.0


def test_a_text_in_the_place_of_points_is_told_its_name():
    with pytest.raises(TypeError, match="text='hello'"):
        SampleOptions("hello")
