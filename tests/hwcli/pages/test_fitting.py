"""Fitting a text to one page: lines as far apart as they can be, and an error if they would be too close."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hwcli.errors import HwError
from hwcli.pages.fitting import MOVED
from hwcli.pages.layout import LEAST_LINE, Layout
from renderers import Page
from stub_model import TEXT, StubModel, lines_in, pages

PAGE = Page(width="80mm", height="100mm", margin="5mm")
LAYOUT = Layout.on(PAGE, "10mm", fit_page=True)
LONG = "\n\n".join([TEXT] * 3)


def written(text, model=None, layout=LAYOUT, **how):
    """The page, and the distance of its lines in millimetres."""
    (page,) = pages(model, text, layout, **how)
    return page, page.frame.line_height * page.frame.mm_per_unit


def test_a_text_that_fits_is_written_as_without_fitting():
    page, line = written(TEXT)
    (plain,) = pages(text=TEXT, layout=Layout.on(PAGE, "10mm"))
    assert line == pytest.approx(10)
    assert (page.text, page.points.tolist()) == (plain.text, plain.points.tolist())


@pytest.mark.parametrize("factor", [0.7, 1.0, 1.2])
def test_a_long_text_has_one_page_of_smaller_lines_that_fills_it(factor):
    page, line = written(LONG, StubModel(factor=factor))
    assert page.text.split() == LONG.split()
    assert LEAST_LINE <= line < 10
    rows = page.text.count("\n") + 1
    room = page.frame.height / page.frame.line_height
    assert rows <= room + 1e-9
    assert rows > 0.8 * room
    scale = page.frame.mm_per_unit
    assert (page.frame.width * scale, page.frame.height * scale) == pytest.approx((70, 90))
    widest = max(points[:, 0].max() for points in lines_in(page)) / page.frame.width
    assert 0.85 < widest <= 1


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 6), st.floats(0.7, 1.3), st.integers(0, 1000))
def test_whatever_the_hand_the_text_fits_and_is_written_twice_at_most(count, factor, seed):
    text, model = (
        "\n\n".join([TEXT] * count),
        StubModel(factor=lambda call: factor * (1 + 0.1 * (call % 3 - 1))),
    )
    try:
        page, line = written(text, model, seed=seed)
    except HwError as error:
        assert "too long for one page" in str(error)  # noqa: PT017  # only where it is
        assert count * len(TEXT) * factor > 350
        return
    assert page.text.split() == text.split()
    assert LEAST_LINE - 1e-9 <= line <= 10 + 1e-9
    letters = sum(map(len, {call["text"] for call in model.calls}))
    assert letters <= 5 * len(text)  # lines are also broken again because they are too wide


def test_a_page_in_a_given_hand_is_begun_once_and_another_twice():
    prime = pages(text="ab cd ef gh ij")[0]
    for given_hand, times in (({"prime": prime, "prime_text": prime.text}, 1), ({}, 2)):
        model = StubModel(factor=0.75 if times == 2 else 1.0)
        written(f"zz\n\n{LONG}", model, **given_hand)
        assert [call["text"] for call in model.calls].count("zz") == times


def test_lines_that_are_a_few_too_many_are_moved_together():
    layout = LAYOUT.with_lines(20)
    assert layout.with_lines(20) is layout
    closer = layout.with_lines(int(20 * (1 + MOVED)) + 1)
    assert closer.lines == 22
    assert closer.line_mm == pytest.approx(90 / 22)
    assert closer.measure / layout.measure == pytest.approx(22 / 20)


@pytest.mark.parametrize("text", ["\n\n".join([TEXT] * 40), "ab\n" * 19, TEXT * 500])
def test_a_text_too_long_for_any_page_is_refused(text):
    model = StubModel()
    with pytest.raises(
        HwError, match=r"too long for one page: it does not fit 18 lines, 5 mm apart"
    ) as error:
        written(text, model)
    assert "larger page" in error.value.hint
    assert len(model.calls) < 60


def test_smaller_lines_that_were_asked_for_are_the_limit():
    layout = Layout.on(PAGE, "4mm", fit_page=True)
    assert written("ab\n" * 22, layout=layout)[1] == pytest.approx(4)
    with pytest.raises(HwError, match="22 lines, 4 mm apart"):
        written("ab\n" * 23, layout=layout)


def test_a_form_feed_is_refused():
    with pytest.raises(HwError, match="form feed"):
        written("ab\fcd")
    assert written("ab\f\n")[0].text == "ab"


def test_redo_and_alternatives_keep_the_fitted_page():
    page, line = written(LONG)
    again, same_line = written(LONG, redo=[3])
    assert (again.text, same_line) == (page.text, line)
    assert again.extra == {"redo": [3]}


@pytest.mark.parametrize("layout", [{"height": None, "line_mm": 10.0}, {"height": 9.0, "line_mm": None}])
def test_fitting_needs_a_height_and_millimetres(layout):
    with pytest.raises(ValueError, match="fit_page"):
        Layout(8.0, fit_page=True, **layout)


def test_hyphenation_is_fitted_too():
    page, _ = written(LONG, layout=Layout.on(PAGE, "10mm", fit_page=True, language="en_GB"))
    assert "".join(page.text.split()).replace("-", "") == "".join(LONG.split())
