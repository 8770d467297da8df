"""The true size of a written page: its frame is as wide as the room between the margins of the paper."""

from __future__ import annotations

from dataclasses import asdict, replace

import pytest

from handmade import random_model, wander
from hwcli.ink_size import Size
from hwcli.pages.layout import Layout
from hwcli.pages.writing import write_pages
from hwcli.sampling.model import Model
from hwcli.sampling.options import SampleOptions
from renderers import Ink, Page

OPTIONS = SampleOptions(predictions=False, tries=1)


@pytest.fixture(scope="module")
def model() -> Model:
    file = random_model(hidden=8, alphabet=" -abc")
    return Model(replace(file, about={"hand": asdict(Size.of(Ink(tuple(wander(40, seed=3)))))}), "m")


@pytest.mark.parametrize(
    ("page", "line_height", "room"),
    [
        (Page(width="80mm", margin="10mm"), "12mm", (60, None)),
        (Page(width="80mm", height="60mm", margin="10mm"), "12mm", (60, 40)),
        (Page(paper="a6", margin="5mm", landscape=True), "0.5in", (138, 95)),
        (Page(width=480, margin=48), 48, (101.6, None)),
        (Page(width="80mm", margin="10mm", plotter=True), "15mm", (60, None)),
    ],
    ids=["mm", "two sides", "paper", "px", "plotter"],
)
def test_frame_times_mm_per_unit_is_the_room_between_the_margins(model, page, line_height, room):
    ink = next(write_pages(model, "ab ca", Layout.on(page, line_height), seed=1, options=OPTIONS))
    frame = ink.frame
    assert frame.width * frame.mm_per_unit == pytest.approx(room[0], rel=1e-6)
    if room[1] is not None:
        assert frame.height * frame.mm_per_unit == pytest.approx(room[1], rel=1e-6)


def test_line_height_is_that_asked_for(model):
    """Without a page height, the frame is as high as its lines."""
    layout = Layout.on(Page(width="80mm", margin="10mm"), "12mm")
    ink = next(write_pages(model, "ab\nca\nb", layout, seed=1, options=OPTIONS))
    assert ink.frame.height * ink.frame.mm_per_unit == pytest.approx(3 * 12, rel=1e-6)


def test_page_without_line_height_in_mm_has_no_true_size(model):
    ink = next(write_pages(model, "ab", Layout(6.0), seed=1, options=OPTIONS))
    assert ink.frame.mm_per_unit is None
