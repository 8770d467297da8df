"""Which line the others continue from."""

from dataclasses import replace

import pytest

from arches import arches
from hwcli.ink_size import Size
from hwcli.pages.layout import LINE_DISTANCE, Layout
from hwcli.pages.prime_choice import ENOUGH
from renderers import Ink
from stub_model import TEXT, StubModel, baselines, lines_in, pages


def test_first_line_is_the_prime_of_all_others():
    model = StubModel()
    (page,) = pages(model)
    first, *others = model.calls
    assert first["prime"] is None
    others = [call for call in others if call["prime"] is not None or call["seed"] != first["seed"]]
    assert {call["prime_text"] for call in others} == {page.text.split("\n")[0]}
    level = lines_in(page)[0] - [0, baselines(page)[0]]
    for call in others:
        assert call["prime"].points == pytest.approx(level, abs=1e-4)


def test_previous_line_is_the_prime_until_one_is_long_enough():
    model = StubModel()
    pages(model, "Dear Sir,\nI write\nthis letter to you\nsince I have\nnot heard", Layout(20.0))
    assert [call["prime_text"] for call in model.calls] == [
        None, "Dear Sir,", "I write", "this letter to you", "this letter to you",
    ]  # fmt: skip
    assert len("this letter to you") >= ENOUGH > len("Dear Sir,")


def test_marks_and_faulty_lines_are_not_primes():
    model = StubModel(faults={"a line that lacks a letter"})
    text = ". .\nab-\nDear Sir,\na line that lacks a letter\nand on we go\nto the end"
    pages(model, text, Layout(20.0))
    assert [call["prime_text"] for call in model.calls] == [
        None, None, None, "Dear Sir,", "Dear Sir,", "and on we go",
    ]  # fmt: skip


@pytest.mark.parametrize("text", [None, "a text of its own"])
def test_given_prime_serves_all_lines_and_sets_the_units(text):
    own = "a text of its own" if text is None else None
    prime = replace(pages(StubModel(unit=3.0), "a text of its own")[0], text=own, trace=None)
    model = StubModel(unit=3.0)
    (page,) = pages(model, prime=prime, prime_text=text)
    assert len(model.calls) > 2
    for call in model.calls:
        assert call["prime"] is prime
        assert call["prime_text"] == text
    assert page.frame.width == pytest.approx(8 * LINE_DISTANCE * Size.of(prime).height)


def test_prime_that_was_cut_off_is_completed():
    (even,) = pages()
    letters = sum(map(str.isalpha, even.text.split("\n")[0])) + 1  # and a comma
    model = StubModel(finishes=lambda prime: len(prime.strokes) == letters)
    (page,) = pages(model)
    primes = [len(call["prime"].strokes) for call in model.calls if call["prime"]]
    assert sorted(set(primes)) == [letters, letters + 1]
    assert primes == sorted(primes)
    assert page.text == even.text
    assert len(page) == len(even)  # the stroke is not on the page


def test_prime_is_not_completed_with_strokes_of_the_next_line():
    (even,) = pages()
    letters = sum(map(str.isalpha, even.text.split("\n")[0])) + 1  # and a comma
    model = StubModel(
        finishes=lambda prime: len(prime.strokes) == letters,
        ahead=lambda _, prime: len(prime.strokes) > letters,
    )
    pages(model)
    assert {len(call["prime"].strokes) for call in model.calls if call["prime"]} == {letters}


def test_line_that_cannot_be_a_prime_is_rewritten():
    model = StubModel(ahead=lambda calls, _: calls <= 2)
    (page,) = pages(model, "Dear Sir,\n" + TEXT)
    bad, worse, good = model.calls[:3]
    assert bad["text"] == worse["text"] == good["text"] == "Dear Sir,"
    assert bad["prime"] is worse["prime"] is good["prime"] is None
    assert len({call["seed"] for call in (bad, worse, good)}) == 3
    first = lines_in(page)[0] - [0, baselines(page)[0]]
    assert model.calls[3]["prime"].points == pytest.approx(first, abs=1e-4)


def test_page_is_written_even_if_no_line_can_be_a_prime():
    (page,) = pages(StubModel(ahead=lambda *_: True))
    assert page.text.replace("\n", " ") == TEXT


def test_given_prime_is_never_changed():
    model, prime = StubModel(finishes=lambda _: True), Ink(strokes=tuple(arches("nnnnnn")), text="nnnnnn")
    pages(model, prime=prime)
    assert all(call["prime"] is prime for call in model.calls)
