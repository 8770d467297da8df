"""Samples that are read back: which are, and which of several tries is kept."""

from __future__ import annotations

import numpy as np
import pytest

from handmade import random_model
from hwcli.alphabet import Alphabet
from hwcli.errors import HwError
from hwcli.hw_warning import HwWarning
from hwcli.reader.reader import Comparison, Doubt
from hwcli.sampling.drafting.read_back import VERY_CLEAR
from hwcli.sampling.drafting.writer import Writer
from hwcli.sampling.model import Model
from hwcli.sampling.options import SampleOptions

ABC = "abc ."
A_FAULT = Doubt(0, "x", 99.0)


class Scripted:
    """A reader that gives the next of `answers` to each question, and remembers the questions."""

    def __init__(
        self, *answers: Comparison | HwError, knows: str = ABC, pictures: Scripted | None = None
    ) -> None:
        self.answers, self.alphabet, self.asked = list(answers), Alphabet(knows), []
        self.pictures = pictures

    def knows(self, text: str) -> bool:
        return all(c in self.alphabet for c in text)

    def compare(self, ink, text: str, gain: float = 0.0) -> Comparison:
        self.asked.append((ink, text))
        answer = self.answers.pop(0)
        if isinstance(answer, HwError):
            raise answer
        return answer

    def text_of(self, ink) -> str:
        return self.asked[-1][1]


def bad(log_likelihood: float) -> Comparison:
    return Comparison(log_likelihood, (A_FAULT,))


GOOD = Comparison(-1.0, ())


@pytest.fixture(scope="module")
def model() -> Model:
    return Model(random_model(layers=2, skip=True, alphabet=ABC), "m")


def sampled(model: Model, reader: Scripted | None, tries: int, **more):
    model.reader = reader
    return model.sample(seed=3, text=more.pop("text", "abc."), tries=tries, predictions=False, **more)


def strokes(ink) -> list[list]:
    return [stroke.tolist() for stroke in ink.strokes]


def test_a_sample_that_reads_well_is_kept(model):
    reader = Scripted(GOOD)
    ink = sampled(model, reader, 8)
    assert (ink.trace.tries, ink.trace.faults) == (1, ())
    ((read, text),) = reader.asked
    assert text == "abc."
    assert strokes(read) == strokes(ink) == strokes(sampled(model, None, 8))


def test_a_misread_sample_is_drawn_again_until_one_reads_well(model):
    reader = Scripted(bad(-5.0), bad(-4.0), GOOD)
    ink = sampled(model, reader, 8)
    assert (ink.trace.tries, ink.trace.faults) == (3, ())
    assert strokes(ink) == strokes(reader.asked[2][0])
    assert len({str(strokes(read)) for read, _ in reader.asked}) == 3


def unclear(log_likelihood: float) -> Comparison:
    return Comparison(log_likelihood, (Doubt(0, "x", -1.0),))


@pytest.mark.parametrize(
    ("answers", "kept"),
    [
        ([unclear(-3.0), GOOD], 1),
        ([*[unclear(-3.0)] * 3, unclear(-2.0), unclear(-4.0)], 3),
        ([unclear(-3.0), *[bad(-2.0)] * 2, *[unclear(-4.0)] * 2], 0),
        ([bad(-3.0), unclear(-9.0), Comparison(-20.0, ())], 2),
        ([*[bad(-9.0)] * 4, unclear(-4.0)], 4),
        ([*[bad(-3.0)] * 6, unclear(-4.0)], 6),
    ],
)
def test_a_sample_that_is_not_clear_is_drawn_again_within_five_tries(model, answers, kept):
    """The clearest without a fault counts; after five tries, the first without a fault."""
    reader = Scripted(*answers)
    ink = sampled(model, reader, 8)
    assert ink.trace.tries == len(answers)
    assert ink.trace.faults == ()
    assert strokes(ink) == strokes(reader.asked[kept][0])


def blurred(log_likelihood: float, gain: float = 2.0) -> Comparison:
    """What a reader of pictures says of a line in which `x` could stand as well."""
    return Comparison(log_likelihood, (Doubt(0, "x", gain),))


@pytest.mark.parametrize(
    ("looks", "kept"),
    [
        ([GOOD], 0),
        ([blurred(-1.0, VERY_CLEAR.pictures - 0.1)], 0),
        ([blurred(-1.0), GOOD], 1),
        ([*[blurred(-3.0)] * 3, blurred(-2.0), blurred(-4.0)], 3),
        ([*[Comparison(-np.inf, ())] * 3, blurred(-9.0), Comparison(-np.inf, ())], 3),
    ],
)
def test_a_sample_whose_picture_is_unclear_is_drawn_again_without_a_fault(model, looks, kept):
    reader = Scripted(*[GOOD] * len(looks), pictures=Scripted(*looks))
    ink = sampled(model, reader, 8)
    assert ink.trace.tries == len(looks)
    assert ink.trace.faults == ()
    assert strokes(ink) == strokes(reader.pictures.asked[kept][0])


def test_both_readers_choose_among_samples_that_neither_finds_clear(model):
    looks = [blurred(-9.0), blurred(-1.0), *[blurred(-4.0)] * 3]
    reader = Scripted(unclear(-1.0), unclear(-4.0), *[unclear(-3.0)] * 3, pictures=Scripted(*looks))
    assert strokes(sampled(model, reader, 8)) == strokes(reader.asked[1][0])


def test_what_looks_wrong_beyond_doubt_is_a_fault(model):
    """It is drawn again to the last try, and the best by the first reader is kept, with a warning."""
    looks = [blurred(-9.0, 5.1), blurred(-1.0, 5.1), blurred(-5.0, 99.0)]
    reader = Scripted(unclear(-3.0), unclear(-4.0), GOOD, pictures=Scripted(*looks))
    with pytest.warns(HwWarning, match="'a' at position 1 reads as 'x'"):
        ink = sampled(model, reader, 3)
    assert ink.trace.tries == 3
    assert [(fault.place, fault.reads_as) for fault in ink.trace.faults] == [(0, "x")]
    assert strokes(ink) == strokes(reader.asked[2][0])


def test_a_sample_that_is_unclear_is_better_than_one_that_looks_wrong(model):
    looks = [blurred(-1.0, 6.0), *[blurred(-9.0, 4.9)] * 4]
    reader = Scripted(*[GOOD] * 5, pictures=Scripted(*looks))
    ink = sampled(model, reader, 8)
    assert (ink.trace.tries, ink.trace.faults) == (5, ())
    assert strokes(ink) == strokes(reader.asked[1][0])


def test_pictures_show_what_else_is_wrong_in_a_sample_with_a_fault(model):
    """The same place is named once, and the picture's likelihood does not count."""
    looks = [Comparison(-1.0, (Doubt(0, "y", 99.0), Doubt(2, "x", 99.0))), Comparison(-99.0, ())]
    reader = Scripted(bad(-5.0), bad(-4.0), pictures=Scripted(*looks))
    with pytest.warns(HwWarning):
        ink = sampled(model, reader, 2)
    assert [(fault.place, fault.reads_as) for fault in ink.trace.faults] == [(0, "x")]
    assert strokes(ink) == strokes(reader.asked[1][0])
    both = Scripted(bad(-4.0), bad(-5.0), pictures=Scripted(*looks))
    with pytest.warns(HwWarning):
        ink = sampled(model, both, 2)
    assert [(fault.place, fault.reads_as) for fault in ink.trace.faults] == [(0, "x"), (2, "x")]


def test_no_more_tries_are_made_for_clarity_than_allowed(model):
    assert sampled(model, Scripted(unclear(-3.0), unclear(-2.0)), 2).trace.tries == 2


@pytest.mark.parametrize("best", range(5))
def test_the_try_that_reads_best_is_kept_if_all_are_misread(model, best):
    values = [-9.0] * 5
    values[best] = -2.0
    reader = Scripted(*map(bad, values))
    ink = sampled(model, reader, 5)
    assert ink.trace.tries == 5
    assert [str(fault) for fault in ink.trace.faults] == ["'a' at position 1 reads as 'x'"]
    assert strokes(ink) == strokes(reader.asked[best][0])


def test_a_try_that_is_no_handwriting_is_the_worst(model):
    reader = Scripted(HwError("this ink is not a line of handwriting"), bad(-900.0))
    ink = sampled(model, reader, 2)
    assert strokes(ink) == strokes(reader.asked[1][0])
    only = sampled(model, Scripted(*[HwError("not a line of handwriting")] * 2), 2)
    assert [str(fault) for fault in only.trace.faults] == ["'a' at position 1 is missing"]


def test_a_single_try_is_not_read(model):
    assert sampled(model, Scripted(), 1).trace.tries == 1  # the reader has no answer


def test_text_with_characters_that_the_reader_lacks_is_not_read(model):
    assert sampled(model, Scripted(knows="abc"), 4).trace.faults == ()


def test_text_of_which_a_part_is_written_is_not_read(model):
    assert sampled(model, Scripted(), 4, until=1).trace.tries == 1


def test_a_prime_is_not_read(model):
    prime = sampled(model, None, 4, text="cab cab cab")
    reader = Scripted(GOOD)
    model.reader = reader
    options = SampleOptions(tries=4, predictions=False)
    (ink,) = model.quiet_samples(1, 3, options, text="abc.", prime=prime)
    ((read, text),) = reader.asked
    assert text == "abc."
    assert len(read) < len(ink)


def test_samples_of_a_batch_are_drawn_again_by_themselves(model, monkeypatch):
    monkeypatch.setattr("hwcli.sampling.drafting.lines.cores", lambda: 1)  # so that they are read in order
    model.reader = Scripted(GOOD, bad(-3.0), GOOD, GOOD)
    inks = list(model.sample_many(3, seed=3, text="abc.", tries=4, predictions=False))
    assert [ink.trace.tries for ink in inks] == [1, 2, 1]
    model.reader = None
    alone = model.sample_many(3, seed=3, text="abc.", tries=4, predictions=False)
    same = [np.array_equal(a.points, b.points) for a, b in zip(inks, alone, strict=True)]
    assert same == [True, False, True]


@pytest.mark.parametrize(("count", "cores", "most"), [(2, 2, 1), (3, 2, 2), (4, 2, 2), (3, 8, 1), (20, 2, 4)])
def test_few_lines_are_shared_out_among_all_cores(model, monkeypatch, count, cores, most):
    monkeypatch.setattr("hwcli.sampling.drafting.lines.cores", lambda: cores)
    drawn, together = Writer.drawn_here, list[int]()

    def counted(self, generators, *rest):
        together.append(len(generators))
        return drawn(self, generators, *rest)

    monkeypatch.setattr(Writer, "drawn_here", counted)
    model.reader = Scripted(*[GOOD] * 2 * count)
    inks = list(model.sample_many(count, seed=3, text="abc.", tries=2, predictions=False))
    assert len(inks) == count
    assert max(together) == most
