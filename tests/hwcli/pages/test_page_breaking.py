"""Pages end where no line of a paragraph is alone."""

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hwcli.pages.layout import Layout
from hwcli.pages.page_breaking import MOST_MOVED, Row, break_at
from stub_model import StubModel, pages

PARAGRAPH = "aaaa bbbb cccc dddd eeee ffff gggg hhhh iiii jjjj kkkk llll"  # two words a line


def written(text, height):
    return [page.text.split("\n") for page in pages(text=text, layout=Layout(5.0, height=height))]


def paragraph(lines):
    return " ".join(PARAGRAPH.split()[: 2 * lines])


def test_lines_of_the_paragraph_are_as_long_as_the_tests_assume():
    assert [len(page) for page in written(PARAGRAPH, 20.0)] == [6]


def test_the_last_line_of_a_paragraph_is_not_alone_at_the_top():
    assert [len(page) for page in written(f"ab\n\n{paragraph(5)}\n\ncd", 6.0)] == [5, 4]


def test_the_first_line_of_a_paragraph_is_not_alone_at_the_bottom():
    assert [len(page) for page in written(f"{paragraph(4)}\n\n{paragraph(3)}", 6.0)] == [4, 3]


def test_a_paragraph_of_three_lines_is_not_broken():
    for height in (6.0, 7.0):
        assert [len(page) for page in written(f"{paragraph(4)}\n\n{paragraph(3)}", height)] == [4, 3]


@pytest.mark.parametrize("text", [f"{paragraph(4)}\n\nab\ncd", f"{paragraph(4)}\n\nab\ncd\nef"])
def test_lines_of_a_paragraph_as_typed_count_too(text):
    assert len(written(text, 6.0)[0]) == 4


def test_a_page_is_filled_where_a_paragraph_may_be_broken():
    assert [len(page) for page in written(PARAGRAPH, 4.0)] == [4, 2]
    assert [len(page) for page in written(f"ab\n\n{paragraph(4)}", 4.0)] == [4, 2]


@pytest.mark.parametrize("height", [1.0, 2.0, 3.0])
def test_small_pages_keep_half_of_their_lines(height):
    found = written(f"{PARAGRAPH}\n\n{PARAGRAPH}", height)
    assert all(len(page) >= (height + 1) // 2 for page in found[:-1])
    assert sum(len(page) - page.count("") for page in found) == 12


def test_the_writing_of_a_line_does_not_depend_on_where_pages_end():
    text = f"ab\n\n{paragraph(5)}\n\ncd"
    models = StubModel(), StubModel()
    pages(models[0], text, Layout(5.0))
    pages(models[1], text, Layout(5.0, height=6.0))
    assert [(c["text"], c["seed"]) for c in models[0].calls] == [
        (c["text"], c["seed"]) for c in models[1].calls
    ]


def test_lines_are_numbered_over_pages_that_end_early():
    found = pages(text=f"ab\n\n{paragraph(5)}\n\ncd", layout=Layout(5.0, height=6.0), redo=[5])
    assert [page.extra["first_line"] for page in found] == [1, 5]
    assert ["redo" in page.extra for page in found] == [False, True]


class Line:
    """Any line: where a page ends does not depend on what it says."""


def rows_of(paragraphs):
    """Rows of paragraphs, each a list of the numbers of rows that lines of the text are broken into."""
    rows = []
    for lines in paragraphs:
        rows += [Row(None)] if rows else []
        for k, count in enumerate(lines):
            for n in range(count):
                ends = n == count - 1
                rows.append(Row(Line(), n == 0, ends, k == n == 0, ends and k == len(lines) - 1))
    return rows


@given(
    st.lists(st.lists(st.integers(1, 6), min_size=1, max_size=4), min_size=1, max_size=5), st.integers(1, 20)
)
@example([[1, 3]], 3)
@example([[1], [1, 3], [2]], 5)
def test_a_page_ends_at_the_last_good_place_or_is_full(paragraphs, most):
    rows = rows_of(paragraphs)
    count = break_at(rows, most)
    assert count == len(rows) if len(rows) <= most else max(1, most - MOST_MOVED, most // 2) <= count <= most
    if count < min(most, len(rows)):
        above, below = rows[count - 1], rows[count]
        assert not (below.line and above.line and (below.last or above.first))


@given(st.lists(st.integers(4, 9), min_size=1, max_size=6), st.integers(8, 20))
def test_no_line_of_long_paragraphs_is_ever_alone(lengths, most):
    rows = rows_of([[length] for length in lengths])
    while len(rows) > most:
        count = break_at(rows, most)
        above, below = rows[count - 1], rows[count]
        if above.line and below.line:
            assert not above.starts
            assert not below.ends
        rows = rows[count:]
        while rows and rows[0].line is None:
            rows = rows[1:]
    assert all(a.line or b.line for a, b in pairwise(rows))
