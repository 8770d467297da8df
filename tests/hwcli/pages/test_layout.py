"""The layout of a page, from settings to millimetres."""

import numpy as np
import pytest

from hwcli.cli.pictures import text_page_of
from hwcli.config import sections as config
from hwcli.errors import UsageError
from hwcli.pages.layout import BASELINE, Layout
from renderers import Page
from renderers.errors import RenderError
from stub_model import lines_in, pages


def text_page(**settings):
    return text_page_of(config.RenderConfig(**settings))


def test_layout_follows_the_settings():
    page = text_page(paper="a5", margin="14mm")
    layout = Layout.on(page, "10mm", "right")
    assert (layout.measure, layout.height) == (pytest.approx(12.0), pytest.approx(18.2))
    assert (layout.lines, layout.align) == (18, "right")


def test_whole_lines_fit_despite_rounding():
    for lines in range(1, 60):
        assert Layout.on(Page("200mm", f"{20 + lines * 7}mm", "10mm"), "7mm").lines == lines


def test_default_page_is_160_mm_wide_and_unlimited_in_height():
    layout = Layout.on(text_page(margin="10mm"), config.SampleConfig().line_height)
    assert (layout.measure, layout.lines) == (pytest.approx(14.0), None)
    assert text_page(width="300px").width == "300px"
    assert Layout.on(text_page(height="100mm", margin=0), 100).lines == 3


def test_line_height_holds_on_the_drawn_page():
    page = text_page(width="120mm", margin="10mm", plotter=True)
    (ink,) = pages(layout=Layout.on(page, "8mm"))
    drawing = ink.draw(page=page)
    place = page.place(drawing.scene.bounds, drawing.scene.size, drawing.scene.frame)
    feet = [place.apply(points)[:, 1].max() for points in lines_in(ink)]
    assert np.diff(feet) == pytest.approx(8.0, abs=0.1)
    assert feet[0] == pytest.approx(10 + BASELINE * 8, abs=0.1)


@pytest.mark.parametrize(
    ("page", "line", "words"),
    [
        ({"width": "30mm", "margin": "10mm"}, "10mm", "a few characters"),
        ({"height": "30mm", "margin": "10mm"}, "11mm", "a line"),
        ({}, "none", "line-height cannot be 'none'"),
        ({}, "-3mm", "line-height cannot be '-3mm'"),
        ({"width": "wide"}, "10mm", "width cannot be 'wide'"),
        ({"paper": "a4", "width": "30mm"}, "10mm", "paper"),
        ({"paper": "a4"}, "9", "9 px apart are 2.4 mm apart"),
    ],
)
def test_impossible_pages_are_rejected(page, line, words):
    with pytest.raises((UsageError, RenderError), match=words):
        Layout.on(text_page(**page), line)


@pytest.mark.parametrize(
    "numbers", [{"measure": 1.9}, {"measure": np.inf}, {"measure": np.nan}, {"height": 0.9}, {"align": "up"}]
)
def test_impossible_layouts_are_rejected(numbers):
    with pytest.raises(ValueError, match="must be"):
        Layout(**{"measure": 9.0, **numbers})
