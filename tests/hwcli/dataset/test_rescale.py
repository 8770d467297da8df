"""Scaling each hand to one body height and one density of points."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hwcli.dataset.body_height import BODY
from hwcli.dataset.packing import Line, compact
from hwcli.dataset.rescale import ALIKE, Scaling, measure, mend_lines, summary, to_one_scale
from hwcli.dataset.source_table import grain_warnings, source_table
from hwcli.dataset.spool import LineSpool
from hwcli.dataset.store import BODY_UNITS, INK, TABLET, Source
from inks import make_ink


def line(number: int, scale: float, hand: str, every: int = 1, **about) -> Line:
    """Return a line of loops, `scale` times as large as `make_ink` draws, with one of `every` points."""
    ink = make_ink(301, seed=number)
    points, ends = ink.points * scale, ink.ends
    kept = np.flatnonzero(ends | (np.arange(len(points)) % every == 0))
    points = np.round(points[kept], 2)
    rows = np.column_stack([np.diff(points, axis=0, prepend=points[:1]), ends[kept]])
    return Line(f"{hand}-{number}", hand, "file", compact(rows), hand=hand, **about)


def hand(name: str, scale: float, lines: int = 4, every: int = 1) -> list[Line]:
    return [line(k, scale * (1 + 0.1 * k), name, every) for k in range(lines)]


def at_one_scale(lines: list[Line], **how: bool) -> tuple[list[Line], list[Scaling]]:
    """Return scaled lines, and what was done to them."""
    scaled = list(lines)
    return scaled, to_one_scale(scaled, **how)


@settings(max_examples=15)
@given(st.floats(0.01, 100), st.integers(1, 4))
def test_hands_of_any_units_and_rates_come_to_one_height_and_density(scale, every):
    lines = hand("a", scale, every=every)
    scaled, (scaling,) = at_one_scale(lines, normalise=True, resample=True)
    size = measure(scaled)
    assert size.height == pytest.approx(BODY.height, rel=1e-5)
    assert BODY.spacing / ALIKE / 1.1 < size.spacing < BODY.spacing * ALIKE * 1.1
    assert scaling.factor == pytest.approx(BODY.height / measure(lines).height, rel=0.05)
    assert scaling.lines == len(lines)


def test_each_hand_has_one_factor_so_its_lines_keep_their_differences():
    lines = [*hand("a", 1.0), *hand("b", 30.0)]
    scaled, scalings = at_one_scale(lines, normalise=True, resample=False)
    assert [one.hand for one in scalings] == ["a", "b"]
    factors = {one.hand: one.factor for one in scalings}
    assert factors["a"] == pytest.approx(30 * factors["b"], rel=1e-3)
    for old, new in zip(lines, scaled, strict=True):
        np.testing.assert_allclose(new.offsets[:, :2], factors[old.hand] * old.offsets[:, :2], rtol=1e-5)
        np.testing.assert_array_equal(new.offsets[:, 2], old.offsets[:, 2])
        assert (new.id, new.group, new.text, new.units) == (old.id, old.group, old.text, BODY_UNITS)
    assert summary(scalings) == {
        "hands": 2, "density": [1.0, 1.0, 1.0],
        "factor": [factors["b"], (factors["a"] + factors["b"]) / 2, factors["a"]],
    }  # fmt: skip


def test_one_name_in_two_sources_is_two_hands():
    lines = [*hand("a", 1.0), *(replace(one, origin="other") for one in hand("a", 9.0))]
    _, scalings = at_one_scale(lines, normalise=True, resample=False)
    assert [(one.source, one.hand) for one in scalings] == [("ink", "a"), ("other", "a")]


def test_resampling_alone_keeps_the_units():
    dense, near = hand("dense", 1.0), hand("near", 1.0)
    size = measure(near)
    wanted = BODY.spacing / BODY.height / (size.spacing / size.height)
    lines = [line(k, 5.0, "sparse", every=6) for k in range(3)]
    scaled, (scaling,) = at_one_scale(lines, normalise=False, resample=True)
    assert scaling.factor == 1.0
    assert scaling.density > ALIKE
    assert measure(scaled).height == pytest.approx(measure(lines).height, rel=0.1)
    assert {one.units for one in scaled} == {INK}
    _, scalings = at_one_scale([*dense, *near], normalise=False, resample=True)
    assert all((one.density == 1.0) == (1 / ALIKE <= 1 / wanted <= ALIKE) for one in scalings)


def test_ink_in_whole_pixels_keeps_its_grain_in_the_new_units():
    lines = [replace(one, units=TABLET, grain=1.0) for one in hand("a", 0.5)]
    scaled, (scaling,) = at_one_scale(lines, normalise=True, resample=True)
    assert {one.units for one in scaled} == {BODY_UNITS}
    assert {one.grain for one in scaled} == {scaling.factor} == {scaling.grain}


def test_a_source_on_a_coarse_grid_is_told_and_its_lines_can_be_mended():
    fine, coarse = ([pixels(one) for one in hand("a", scale)] for scale in (2.0, 0.1))
    assert grain_warnings(table_of(fine)) == []
    (warning,) = grain_warnings(table_of(coarse))
    assert "the ink of ink lies on a grid of" in warning
    assert "--normalise or --fit MODEL smooths it" in warning
    same = list(fine)
    assert mend_lines(same) == []
    assert [a is b for a, b in zip(same, fine, strict=True)] == [True] * 4
    made = list(coarse)
    (done,) = mend_lines(made)
    assert (done.hand, done.lines, done.step) == ("a", 4, 1.0)
    assert "4 lines lie on whole pixels" in done.notes[0]
    assert grain_warnings(table_of(made)) == []
    for old, new in zip(coarse, made, strict=True):
        places = [one.offsets[:, :2].cumsum(0) for one in (old, new)]
        assert np.abs(places[0] - places[1]).max() < 0.51
        assert (new.units, new.grain, new.text, new.id) == (INK, 0.0, old.text, old.id)


def table_of(lines: list[Line]) -> list[Source]:
    with TemporaryDirectory() as folder, closing(LineSpool.of(lines, Path(folder) / "new")) as spool:
        return source_table(spool.sorted())


def pixels(one: Line) -> Line:
    """Return a line in whole pixels."""
    points = np.rint(one.offsets[:, :2].cumsum(0, dtype=float))
    rows = np.column_stack([np.diff(points, axis=0, prepend=points[:1]), one.offsets[:, 2]])
    return replace(one, offsets=compact(rows), units=TABLET, grain=1.0)


def test_a_hand_that_cannot_be_measured_is_left_out_with_the_reason():
    dot = Line("dot", "x", "file", np.array([(0, 0, 1)], np.int16), hand="x")
    scatter = np.zeros((40, 3), np.float32)
    scatter[1:, :2] = np.random.default_rng(0).normal(size=(39, 2)) * [2e5, 1]
    wild = Line("wild", "y", "file", scatter, hand="y")
    left_out = Line("gone", "a", "file", reason="too long", hand="a")
    scaled, scalings = at_one_scale([dot, wild, left_out, *hand("a", 1.0)], normalise=True, resample=True)
    assert [one.hand for one in scalings] == ["a"]
    assert "no measurable size" in scaled[0].reason
    assert "not handwriting" in scaled[1].reason or "no measurable size" in scaled[1].reason
    assert scaled[2] is left_out
    assert all(one.offsets is None for one in scaled[:3])
