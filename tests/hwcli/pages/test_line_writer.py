"""Lines fit their measure; those that do not are rewritten."""

from collections import Counter

import numpy as np
import pytest

from hwcli.pages.layout import Layout
from hwcli.pages.line_writer import MAX_REWRITES
from hwcli.pages.lines_ahead import UNFIT
from hwcli.pages.text_width import units
from hwcli.sampling.options import SampleOptions
from stub_model import TEXT, StubModel, lines_in, pages, same


def test_line_distance_follows_the_handwriting_s_size():
    text = "it was a dark\nnight"
    small, usual, large = (pages(StubModel(large=large), text)[0] for large in (0.7, 1.0, 1.4))
    widths = [page.frame.width for page in (small, usual, large)]
    # a short first line is trusted only in part
    assert 0.7 * widths[1] < widths[0] < 0.9 * widths[1]
    assert 1.15 * widths[1] < widths[2] < 1.4 * widths[1]


@pytest.mark.parametrize("factor", [0.6, 0.8, 1.25, 1.6])
def test_line_breaks_follow_the_measured_character_width(factor):
    model = StubModel(factor=factor)
    (page,) = pages(model)
    lines = lines_in(page)
    width = page.frame.width
    assert all(points[:, 0].max() <= width for points in lines)
    texts = page.text.split("\n")
    for points, text, after in zip(lines, texts, texts[1:], strict=False):
        word = after.split()[0]
        # the width of one more word, and some reserve
        assert points[:, 0].max() + units(" " + word) * 60 * factor > 0.92 * width, text
    drawn = {call["text"] for call in model.calls}
    assert len(drawn) <= 2 * len(texts) + 1  # the width is learned from the first tries, once


def of_texts(factor):
    """A model whose factor depends on the text and on how often it was called with it before."""
    model, counts = StubModel(), Counter()

    def of_call(call):
        text = model.calls[call]["text"]
        counts[text] += 1
        return factor(text, counts[text] - 1)

    model.factor = of_call
    return model


def test_line_that_is_always_too_wide_gets_fewer_words():
    model = of_texts(lambda text, _: 1.4 if "torrents but" in text else 1.0)
    (page,) = pages(model)
    wide = Counter(call["text"] for call in model.calls if "torrents but" in call["text"])
    assert max(wide.values()) >= UNFIT
    assert page.text.replace("\n", " ") == TEXT
    assert all(points[:, 0].max() <= page.frame.width for points in lines_in(page))
    assert same(page, *pages(of_texts(lambda text, _: 1.4 if "torrents but" in text else 1.0)))


def test_line_that_is_hardly_too_wide_is_made_narrower():
    others = ["it was a dark night", "and the rain fell in", "short gaps when it", "came by"]
    lines = [*others, "torrents but for", *others, *others]
    (even,) = pages(text="\n".join(lines))
    fill = lines_in(even)[4][:, 0].max() / even.frame.width
    model = of_texts(lambda text, _: 1.04 / fill if text == lines[4] else 1.0)
    (page,) = pages(model, "\n".join(lines))
    assert page.text.split("\n") == lines
    assert [call["text"] for call in model.calls].count(lines[4]) == 1
    assert lines_in(page)[4][:, 0].max() == pytest.approx(page.frame.width)
    heights = [np.ptp(points[:, 1]) for points in lines_in(page)]
    assert max(heights) < 1.05 * min(heights)


def test_line_of_which_a_try_fits_keeps_its_words():
    (even,) = pages()
    model = of_texts(lambda _, n: 3.0 if n == 1 else 1.0)
    model.faults = {*even.text.split("\n")}  # so that all tries are drawn
    (page,) = pages(model)
    assert page.text == even.text
    assert all(points[:, 0].max() <= page.frame.width for points in lines_in(page))


def test_wide_first_line_is_rewritten_with_fewer_words():
    model = StubModel(factor=lambda call: 1.5 if call == 0 else 1.0)
    (page,) = pages(model)
    wide, again = model.calls[:2]
    assert wide["text"].startswith(again["text"])
    assert len(again["text"]) < len(wide["text"])
    assert wide["seed"] == again["seed"]  # so that it begins the same
    assert page.text.replace("\n", " ") == TEXT


def test_short_first_line_is_rewritten_with_more_words():
    model = StubModel(factor=lambda call: 0.7 if call < 2 else 1.0)
    (page,) = pages(model)
    short, longer = model.calls[:2]
    assert longer["text"].startswith(short["text"] + " ")
    assert longer["seed"] == short["seed"]
    assert page.text.startswith(longer["text"] + "\n")


def test_line_that_stays_keeps_its_ink():
    """Its seed is that of its words, and of how many lines with the same words come before."""
    first = "Dear Sir, it was\n"
    one, other = (lines_in(pages(text=first + text)[0]) for text in ("ab\ncd\nab", "ef cd\nab\nab"))
    shapes = [[points - points[0] for points in lines] for lines in (one, other)]
    assert shapes[0][1] == pytest.approx(shapes[1][2], abs=0.2)
    assert shapes[0][3] == pytest.approx(shapes[1][3], abs=0.2)
    assert shapes[0][1] != pytest.approx(shapes[0][3], abs=0.2)


def test_narrowest_try_is_kept_if_all_are_too_wide():
    model, text = StubModel(factor=lambda call: 1.0 if call < 2 else 3.0 + 0.1 * call), TEXT[:47]
    (page,) = pages(model, text, Layout(6.0))
    assert page.text.replace("-\n", "").split() == text.split()
    drawn = Counter(call["text"] for call in model.calls)
    assert len(drawn) <= len(page.text.split("\n")) * (MAX_REWRITES + 1)
    assert max(drawn.values()) <= SampleOptions().tries
    widths = [points[:, 0].max() for points in lines_in(page)]
    assert max(widths) > page.frame.width


def test_runaway_lines_do_not_change_the_character_width():
    model = StubModel(factor=lambda call: 9.0 if 2 <= call < 5 else 1.0)
    (page,), (even,) = pages(model), pages()
    assert page.text == even.text


@pytest.mark.parametrize("times", [0.7, 1.4])
def test_lines_are_rescaled_to_one_size(times):
    (page,), (even,) = pages(StubModel(grows=lambda _: times)), pages()
    heights = [np.ptp(points[:, 1]) for points in lines_in(page)]
    usual = np.ptp(lines_in(even)[0][:, 1])
    assert heights[0] == pytest.approx(usual, rel=0.03)
    assert all(abs(np.log(height / usual)) < 0.45 * abs(np.log(times)) for height in heights)
    # a short last line too, by the lines before it
    (page,) = pages(StubModel(grows=lambda _: times), TEXT + "\nby me")
    assert abs(np.log(np.ptp(lines_in(page)[-1][:, 1]) / usual)) < 0.35 * abs(np.log(times))


def test_far_too_large_try_is_not_used():
    model = StubModel(grows=lambda call: 2.5 if call == 3 else 1.0)
    (page,) = pages(model)
    heights = [np.ptp(points[:, 1]) for points in lines_in(page)]
    assert model.calls[3]["text"] in page.text.split("\n")
    assert max(heights) < 1.1 * min(heights)


def test_try_that_fits_beats_one_that_is_too_wide():
    model = StubModel(factor=lambda call: 0.7 if call == 2 else 1.4 if call == 3 else 1.0)
    (page,) = pages(model)
    assert all(points[:, 0].max() <= page.frame.width for points in lines_in(page))
    assert page.text.replace("\n", " ") == TEXT
