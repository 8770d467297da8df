"""Lines that are drawn again; all other lines stay the same."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arches import arches
from hwcli.errors import UsageError
from hwcli.pages.layout import Layout
from hwcli.pages.line_writer import MAX_SAMPLES
from hwcli.sampling.options import TRIES
from renderers import Ink
from stub_model import LAYOUT, TEXT, StubModel, lines_in, pages

LINES = len(lines_in(pages()[0]))
PRIME = Ink(strokes=tuple(arches("nnnnnn")), text="nnnnnn")


class FaultyCalls:
    """Texts with a fault, decided by the number of the call."""

    def __init__(self, faulty):
        self.model, self.faulty = None, faulty

    def __contains__(self, _):
        return self.faulty(len(self.model.calls) - 1)


def faulty_calls(faulty):
    model = StubModel(faults=FaultyCalls(faulty))
    model.faults.model = model
    return model


def changed(one, other):
    """The numbers of the lines that differ between pages of the same text."""
    assert [page.text for page in one] == [page.text for page in other]
    assert [page.frame for page in one] == [page.frame for page in other]
    pairs = [pair for two in zip(one, other, strict=True) for pair in zip(*map(lines_in, two), strict=True)]
    return [number for number, pair in enumerate(pairs, 1) if not np.array_equal(*pair)]


@given(
    redo=st.lists(st.integers(1, LINES), max_size=6),
    height=st.sampled_from([None, 1.0, 2.0, 3.0]),
    align=st.sampled_from(["left", "center", "right"]),
    count=st.integers(1, 2),
    prime=st.sampled_from([None, PRIME]),
)
def test_exactly_the_given_lines_change(redo, height, align, count, prime):
    how = {"layout": Layout(8.0, height, align), "count": count, "prime": prime}
    before = pages(**how)
    lines = len([line for page in before for line in lines_in(page)]) // count
    redo = [min(line, lines) for line in redo]
    after = pages(**how, redo=redo)
    assert changed(before, after) == [k * lines + n for k in range(count) for n in sorted(set(redo))]


def test_later_lines_are_written_as_if_no_line_was_redone():
    before, after = StubModel(), StubModel()
    pages(before)
    pages(after, redo=[1, 2])
    called = [[(call["seed"], call["text"], call["prime_text"]) for call in m.calls] for m in (before, after)]
    assert called[1][: len(called[0])] == called[0]
    assert len(called[1]) == len(called[0]) + 2


@pytest.mark.parametrize("prime", [None, PRIME], ids=["none", "given"])
def test_redone_line_continues_from_the_prime_of_the_others(prime):
    """The first line too, although its first form had none."""
    model = StubModel()
    (page,) = pages(model, "Dear Sir,\n" + TEXT, prime=prime, redo=[1, 3])
    usual, first, third = model.calls[-3:]
    assert [first["text"], third["text"]] == [page.text.split("\n")[k] for k in (0, 2)]
    assert first["prime"] is third["prime"] is usual["prime"] is not None


def test_naming_a_line_again_gives_its_next_alternative():
    found = [pages(redo=redo) for redo in ([], [2], [2, 2], [4, 2, 2, 2])]
    forms = [lines_in(page)[1].tobytes() for (page,) in found]
    assert len(set(forms)) == 4
    assert changed(found[2], pages(redo=[2, 4, 2])) == [4]


def test_alternatives_of_samples_differ():
    one, two = pages(count=2, redo=[2])
    assert not np.array_equal(lines_in(one)[1], lines_in(two)[1])


@pytest.mark.parametrize("trouble", ["wide", "large", "faulty"])
def test_alternative_is_drawn_until_it_is_a_good_line(trouble):
    def bad(call):
        return LINES <= call < LINES + 3

    models = {
        "wide": StubModel(factor=lambda call: 1.3 if bad(call) else 1.0),
        "large": StubModel(grows=lambda call: 2.5 if bad(call) else 1.0),
        "faulty": faulty_calls(bad),
    }
    model = models[trouble]
    (page,) = pages(model, redo=[2])
    assert changed(pages(), [page]) == [2]
    again = model.calls[LINES:]
    assert len(again) == len({call["seed"] for call in again}) == 4
    assert {call["text"] for call in again} == {page.text.split("\n")[1]}
    assert page.trace.faults == ()
    assert lines_in(page)[1][:, 0].max() <= page.frame.width
    heights = [np.ptp(points[:, 1]) for points in lines_in(page)]
    assert max(heights) < 1.1 * min(heights)


def test_narrowest_alternative_is_kept_if_all_are_too_wide():
    def factor(call):
        return 1.0 if call < LINES else 1.25 if call == LINES + 7 else 1.38

    model = StubModel(factor=factor)
    (page,) = pages(model, redo=[2])
    assert len(model.calls) == LINES + MAX_SAMPLES / 2  # the stub says that it tried twice
    usual, narrowest = (lines_in(each)[1][:, 0].max() for each in (pages()[0], page))
    assert page.frame.width < narrowest == pytest.approx(1.25 * usual, rel=0.03)


def test_faulty_line_is_drawn_with_all_tries_and_only_again_if_it_is_named():
    (page,) = pages()
    second = page.text.split("\n")[1]
    model = StubModel(faults={second})
    (page,) = pages(model)
    assert [call["text"] for call in model.calls].count(second) == TRIES
    assert len(page.trace.faults) == 1


def test_lines_are_counted_over_all_pages_without_empty_ones():
    text, layout = "ab\n\n\ncd\nef\n\ngh\nij", Layout(8.0, 3.0)
    before, after = pages(text=text, layout=layout), pages(text=text, layout=layout, redo=[4, 2, 4])
    assert [page.text for page in before] == ["ab", "cd\nef", "gh\nij"]
    assert changed(before, after) == [2, 4]
    assert [page.extra for page in before] == [{"first_line": 1}, {"first_line": 2}, {"first_line": 4}]
    assert [page.extra.get("redo") for page in after] == [None, [2], [4, 4]]


def test_page_records_its_redone_lines():
    assert pages(redo=[3, 1, 3])[0].extra == {"redo": [1, 3, 3]}


def test_predictions_of_other_lines_stay_but_for_the_step_from_the_redone_line():
    (before,), (after,) = (pages(predictions=True, redo=redo) for redo in ([], [2]))
    sizes = [len(points) for points in lines_in(before)]
    third = sum(sizes[:2])
    assert np.array_equal(before.prediction.mu[third + 1 :], after.prediction.mu[third + 1 :])
    # the stub's means are its offsets, so the page's means are its offsets; row 0 has none
    assert after.prediction.mu[1:, 0] == pytest.approx(after.offsets[1:, :2], abs=1.1e-4)


@pytest.mark.parametrize("layout", [LAYOUT, Layout(8.0, 2.0)], ids=["page", "pages"])
@pytest.mark.parametrize("line", [LINES + 1, 10**30])
def test_line_beyond_the_text_is_rejected(layout, line):
    with pytest.raises(UsageError, match=f"--redo {line}: the text has {LINES} lines"):
        pages(layout=layout, redo=[1, line, line + 1])


def test_text_of_one_line_has_one_line():
    with pytest.raises(UsageError, match=r"(?m)the text has 1 line$"):
        pages(text="ab", redo=[2])


@pytest.mark.parametrize("line", [0, -3])
def test_numbers_below_1_are_rejected_before_writing(line):
    model = StubModel()
    with pytest.raises(ValueError, match="at least 1"):
        pages(model, redo=[2, line])
    assert model.calls == []
