"""Marks that align paragraphs: where they hold, what is not a mark, and how one is written as text."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hwcli.pages.alignment import MARKS, has_marks, mark_places, marked, outside_marks
from hwcli.pages.layout import Layout
from hwcli.pages.line_breaking import RunningText
from stub_model import StubModel, lines_in, pages

texts = st.text(st.sampled_from("<>\\ ab\n\f\t"), max_size=20)


def alignments(text):
    return [line.align for line in RunningText.of(text).lines if line.words]


@pytest.mark.parametrize(("mark", "align"), [("<", "left"), ("><", "center"), (">", "right")])
def test_a_mark_aligns_its_paragraph(mark, align):
    assert alignments(f"ab\n\n{mark} cd\nef\n\ngh") == [None, align, align, None]
    assert [line.words for line in RunningText.of(f"{mark} cd ef").lines] == [("cd", "ef")]


def test_a_mark_holds_up_to_the_next_one():
    assert alignments("> a\nb\n< c\n>< d\ne") == ["right", "right", "left", "center", "center"]


def test_broken_lines_keep_the_alignment_and_the_indent():
    text, found = RunningText.of(">   - ab cd ef"), []
    while text:
        found.append((text.lines[0].align, text.lines[0].indent))
        _, text = text.next_line(3)
    assert found == [("right", 2), ("right", 4), ("right", 4), ("right", 4)]


@pytest.mark.parametrize(
    "line", ["<3", ">:(", ">>> a", "->a", " > a", "a > b", ">", "> ", ">\ta", "<> a", "<b> a"]
)
def test_other_text_is_not_a_mark(line):
    assert marked(line) == (None, line)
    assert not has_marks(line)


@pytest.mark.parametrize("mark", MARKS)
def test_a_backslash_keeps_a_mark_as_text(mark):
    assert marked(f"\\{mark} 5") == (None, f"{mark} 5")
    assert marked(f"\\\\{mark} 5") == (None, f"\\{mark} 5")


@given(texts)
@example("\\> a\n> \\< b")
def test_what_is_not_written_is_what_marks_take_away(text):
    places = mark_places(text)
    assert bool(places) == has_marks(text)
    kept = "".join(c for k, c in enumerate(text) if k not in places)
    lines = [marked(line)[1] for page in text.split("\f") for line in page.split("\n")]
    assert kept.replace("\f", "\n") == "\n".join(lines)


@given(texts)
@example("> > a\n\\> b")
def test_text_between_marks_can_be_changed_without_making_any(text):
    def shape(text):
        return [(marked(line)[0], marked(line)[1]) for page in text.split("\f") for line in page.split("\n")]

    assert shape(outside_marks(text, lambda part: part)) == shape(text)
    swapped = outside_marks(text, lambda part: part.replace("a", ">"))
    assert shape(swapped) == [(align, line.replace("a", ">")) for align, line in shape(text)]


def test_a_page_has_lines_of_several_alignments():
    text = "> ab\n\ncd ef\n\n>< gh\n\n> ij\nkl"
    model = StubModel()
    (page,) = pages(model, text, Layout(8.0, align="left"))
    assert page.text == "ab\n\ncd ef\n\ngh\n\nij\nkl"
    width, found = page.frame.width, lines_in(page)
    free = [(points[:, 0].min(), width - points[:, 0].max()) for points in found]
    for (left, right), part in zip(free, [1, 0, 0.5, 1, 1], strict=True):
        assert left == pytest.approx(part * (left + right), abs=1e-3)


def test_a_mark_overrides_the_alignment_of_the_page():
    (page,) = pages(text="< ab\n\ncd", layout=Layout(8.0, align="right"))
    first, second = lines_in(page)
    assert first[:, 0].min() == pytest.approx(0, abs=1e-6)
    assert second[:, 0].max() == pytest.approx(page.frame.width)


def test_a_redone_line_keeps_its_alignment():
    (page,) = pages(text="ab\n\n> cd\nef", redo=[2])
    assert [points[:, 0].max() for points in lines_in(page)[1:]] == pytest.approx([page.frame.width] * 2)


@pytest.mark.parametrize("fold", [False, True])
def test_marks_and_their_escapes_need_not_be_characters_of_the_model(fold):
    (page,) = pages(text="> ab\n\n\\>< cd" if fold else "> ab", fold=fold, model=StubModel(characters="-<>"))
    assert page.text == ("ab\n\n>< cd" if fold else "ab")
