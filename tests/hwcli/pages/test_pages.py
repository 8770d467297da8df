"""Pages: long text broken into lines, all written in one hand, level and evenly below each other."""

import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from handmade import environment, random_model
from hwcli.alphabet import Alphabet
from hwcli.config import sections as config
from hwcli.errors import HwError, UsageError
from hwcli.ink_size import Size
from hwcli.pages.baseline import Baseline, lower_ends
from hwcli.pages.hand import BASELINE, DISTANCE
from hwcli.pages.layout import Layout, text_page
from hwcli.pages.levelling import levelled, levelled_prediction
from hwcli.pages.line_breaking import Flow
from hwcli.pages.prime_choice import ENOUGH
from hwcli.pages.scribe import REWRITES
from hwcli.pages.text_width import Pace, units
from hwcli.pages.writing import write_pages
from hwcli.pages.written_line import Line, Prime
from hwcli.sampling.model import Model
from hwcli.sampling.target_text import LONGEST
from renderers import Ink, Page, Prediction

TEXT = (
    "It was a dark night, and the rain fell in torrents but for some short gaps when a gust of wind came by"
)


# breaking


def lines_of(text, room, hyphen="-"):
    """All lines of `text`."""
    flow, found = Flow.of(text), []
    while flow:
        line, flow = flow.line(room, hyphen)
        found.append(line)
    return found


texts = st.text(st.sampled_from("abcdeimwMW.,1/' \n\t"), max_size=80)
rooms = st.floats(0.1, 40)


@given(texts, rooms, st.sampled_from(["", "-"]))
@example("internationalisation of it", 8.0, "-")
def test_no_word_is_lost_and_none_is_added(text, room, hyphen):
    lines = lines_of(text, room, hyphen)
    assert "".join(lines).replace("-", "").replace(" ", "") == "".join(text.split())
    whole = [word for line in lines for word in line.split()]
    if len(whole) == len(text.split()):  # none was broken
        assert whole == text.split()


@given(texts, rooms)
@example("W" * 30, 1.0)
@example("-" * 30, 3.0)
def test_no_line_is_wider_than_its_room_unless_it_is_one_character(text, room):
    for line in lines_of(text, room):
        assert units(line) <= room or len(line) == 1


@given(texts, rooms)
def test_a_line_takes_all_words_that_fit(text, room):
    flow = Flow.of(text)
    while flow:
        words = flow.lines[0]
        line, flow = flow.line(room)
        taken = len(line.split())
        if line.split() == list(words[:taken]) and taken < len(words):
            assert units(f"{line} {words[taken]}") > room


@given(st.lists(texts.filter(str.strip), min_size=1, max_size=5), st.integers(0, 3))
def test_line_breaks_and_empty_lines_stay_but_for_those_at_the_ends(parts, blanks):
    parts = [" ".join(part.split()) for part in parts]
    text = "\n" * blanks + ("\n" + " \n" * blanks).join(parts) + "\n \n"
    expected = []
    for part in parts:
        expected += [part, *[""] * blanks]
    assert lines_of(text, 1e9) == expected[: len(expected) - blanks]


@pytest.mark.parametrize("text", ["", " ", "\n", "\n \t\n"])
def test_text_without_a_word_has_no_line(text):
    assert not Flow.of(text)


@pytest.mark.parametrize(
    ("word", "room", "hyphen", "lines"),
    [
        ("abbreviation", 6, "-", ["abbre-", "viati-", "on"]),
        ("abbreviation", 6, "", ["abbrev", "iation"]),
        ("well-founded", 7.5, "-", ["well-", "founded"]),
        ("a-bundance", 6.9, "-", ["a-bun-", "dance"]),  # the mark is too early
        ("either/or", 7, "-", ["either/", "or"]),
        ("1234567890", 6.1, "-", ["12345", "67890"]),
        ("see", 2.2, "-", ["se", "e"]),  # too short for a hyphen
        ("don'tdont", 5, "-", ["don't", "dont"]),
        ("W", 0.1, "-", ["W"]),
        ("go gogogogo", 4.3, "-", ["go", "gog-", "ogo-", "go"]),
    ],
)
def test_words_longer_than_a_line_are_broken_where_it_is_full(word, room, hyphen, lines):
    assert lines_of(word, room, hyphen) == lines


def test_lines_have_no_more_characters_than_the_model_writes_at_once():
    found = lines_of("ab " * 300 + "c" * 500, 1e9, "")
    assert max(map(len, found)) <= LONGEST
    assert "".join(found).replace(" ", "") == "ab" * 300 + "c" * 500


@given(texts, st.integers(0, 80))
def test_a_text_is_no_narrower_than_its_beginning(text, cut):
    assert units(text[:cut]) <= units(text)


def test_a_pace_begins_as_usual_and_becomes_the_hand_s():
    pace = Pace.usual(80.0)
    usual = pace.unit
    for _ in range(3):
        pace = pace.after("and so on and on", units("and so on and on") * 2 * usual)
    assert 1.8 * usual < pace.unit < 2 * usual


# the baseline


def loops(text="nnnnnnnnnnnn", unit=100.0, height=100.0):
    """Strokes (points, 2) of letters: an arch for each, standing on y = 0; g goes below, l is high."""
    strokes, x = [], 0.0
    for c in text:
        top, bottom = {"l": (2.5, 0.0), "g": (1.0, 1.2)}.get(c, (1.0, 0.0))
        t = np.linspace(0, 1, 21)
        if c == "-":
            strokes.append(np.column_stack([x + 0.6 * unit * t, np.full(21, -height / 2)]))
        elif c == ".":
            strokes.append(np.array([[x, 0.0]]))
        elif c != " ":
            y = -height * top * np.abs(np.sin(np.pi * t)) + np.where(
                t > 0.75, bottom * height * (4 * t - 3), 0
            )
            strokes.append(np.column_stack([x + 0.8 * unit * t, y]))
        x += unit
    return strokes


def drawn(strokes, slope=0.0, at=(0.0, 0.0)):
    angle = np.arctan(slope)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return Ink(strokes=tuple(stroke @ turn + at for stroke in strokes))


@pytest.mark.parametrize("slope", [-0.15, 0.0, 0.04, 0.2])
@pytest.mark.parametrize("text", ["n" * 30, "lnnn nngnn nlngn nnnnn nnlgn", "gnnnnnnnnnnnnnnnnnnnnnnlll"])
def test_the_baseline_is_where_most_letters_stand_whatever_reaches_further(slope, text):
    ink = drawn(loops(text), slope, at=(5000.0, -3000.0))
    found = Baseline.of(ink, 50.0)
    assert found.slope == pytest.approx(slope, abs=0.012)
    level = levelled(ink.points, found)
    standing = level[np.abs(loops_points(text)[:, 1]) < 1e-6]
    assert np.abs(np.median(standing[:, 1])) < 6  # of letters 100 high
    assert np.abs(standing[:, 1]).max() < 20


def loops_points(text):
    return np.concatenate(loops(text))


def test_levelling_keeps_the_ink_s_proportions():
    ink = drawn(loops("lnnn nngnn nlngn"), 0.1)
    level = levelled(ink.points, Baseline(30.0, 4.0, 0.1))
    for points in (level, ink.points):
        assert np.hypot(*(points[-1] - points[0])) == pytest.approx(
            np.hypot(*(ink.points[-1] - ink.points[0]))
        )
    assert levelled(np.array([[30.0, 4.0], [130.0, 14.0]]), Baseline(30.0, 4.0, 0.1))[:, 1] == pytest.approx(
        0
    )


@pytest.mark.parametrize("text", ["-", ".", "- -", "n", "g", "nn"])
def test_a_few_marks_stand_where_the_line_before_did(text):
    ink = drawn(loops(text), at=(0.0, 700.0))
    found = Baseline.of(ink, 50.0, near=710.0)
    assert found.at(0.0) == pytest.approx(710.0 if text in "- -." else 705.0, abs=6)
    assert abs(found.slope) < 0.05


def test_a_lone_mark_of_which_nothing_is_known_has_a_baseline_too():
    assert Baseline.of(Ink(strokes=([[3.0, 5.0]],)), 50.0).slope == 0
    assert -50 < Baseline.of(drawn(loops("-")), 50.0).y < 20


def test_lower_ends_are_where_the_pen_turns_upwards_or_lifts():
    zigzag = np.array([[0, 0], [1, 10], [2, 9], [3, 10.5], [4, 0], [5, 8]], float)
    assert lower_ends([zigzag], 5.0).tolist() == [[3, 10.5], [5, 8]]
    assert lower_ends([zigzag], 0.5).tolist() == [[1, 10], [3, 10.5], [5, 8]]
    assert lower_ends([zigzag[::-1]], 5.0).tolist() == [[5, 8], [3, 10.5]]
    assert lower_ends([zigzag[:1], zigzag[1:3]], 5.0).shape == (0, 2)


@given(st.floats(-0.5, 0.5), st.integers(0, 2**32 - 1))
def test_a_prediction_turns_with_its_ink(slope, seed):
    rng = np.random.default_rng(seed)
    n, m = 3, 2
    before = Prediction(
        rng.random(n), rng.dirichlet(np.ones(m), n), rng.normal(size=(n, m, 2)),
        rng.uniform(0.01, 20, (n, m, 2)), rng.uniform(-0.9995, 0.9995, (n, m)),
    )  # fmt: skip
    after = levelled_prediction(before, slope)
    offsets = rng.normal(size=(n, 2))
    turned = levelled(offsets, Baseline(0.0, 0.0, slope))
    for row in range(n):
        for k in range(m):
            assert log_density(after, row, k, turned[row]) == pytest.approx(
                log_density(before, row, k, offsets[row]), rel=1e-3, abs=1e-3
            )


def test_predictions_that_are_as_sharp_as_float32_can_say_stay_so():
    one = np.ones((1, 1), np.float32)
    sigma = np.array([[[1e4, 0.5]]], np.float32)
    before = Prediction(one[0], one, np.zeros((1, 1, 2), np.float32), sigma, 0.9995 * one)
    after = levelled_prediction(before, 0.7)
    assert after.sigma.dtype == after.rho.dtype == after.mu.dtype == np.float32


def log_density(prediction, row, k, offset):
    (x, y), rho = prediction.sigma[row, k], prediction.rho[row, k]
    cov = np.array([[x * x, rho * x * y], [rho * x * y, y * y]])
    d = offset - prediction.mu[row, k]
    return -0.5 * d @ np.linalg.solve(cov, d) - 0.5 * np.log(np.linalg.det(cov))


# a line


def test_strokes_that_finish_what_the_line_goes_on_from_are_left_out():
    prime = Prime(Ink(strokes=tuple(loops("nnn"))), "nnn", 0.0)  # ends at x = 280
    late = [np.array([[250.0, -150.0]]), np.array([[270.0, -60.0], [300.0, -60.0]])]
    new = [np.add(stroke, (350.0, 0.0)) for stroke in loops("nnnnnnnnnn")]
    strokes = (*late, *new, late[0])  # the last dot is not the beginning
    n = sum(map(len, strokes))
    mu = np.full((n, 1, 2), 7.0)
    told = Prediction(np.full(n, 0.5), np.ones((n, 1)), mu, np.ones((n, 1, 2)), np.zeros((n, 1)))
    extra = {"characters": [0] * 3 + [1] * (n - 3), "tries": 1}
    line = Line.of(Ink(strokes=strokes, prediction=told, text="n" * 10, extra=extra), prime, 30.0)
    assert len(line.ink) == len(line.ink.prediction) == len(line.ink.extra["characters"]) == n - 3
    assert set(line.ink.extra["characters"]) == {1}
    assert line.ink.extra["tries"] == 1
    assert list(map(np.ndarray.tolist, line.left_out)) == list(map(np.ndarray.tolist, late))
    # the pen was where the last of them ended
    assert line.ink.points[0] - line.before == pytest.approx(new[0][0] - late[1][-1], abs=3)


def test_a_line_all_of_which_lies_on_what_it_goes_on_from_is_kept():
    prime = Prime(Ink(strokes=tuple(loops("nnn"))), "nnn", 0.0)
    assert len(Line.of(Ink(strokes=([[250.0, -150.0]],), text="."), prime, 30.0).ink) == 1


@pytest.mark.parametrize("times", [0.5, 1.0, 3.0])
def test_a_line_is_brought_to_its_hand_s_size(times):
    strokes = [stroke * times + [50.0, 20.0] for stroke in loops("n" * 20)]
    line = Line.of(Ink(strokes=tuple(strokes), text="n" * 20), None, 30.0, times)
    assert line.ink.points == pytest.approx(loops_points("n" * 20), abs=6)
    assert line.width == pytest.approx(1980, abs=6)
    assert line.before is None
    assert not line.left_out


# writing


class Stub:
    """A model that draws an arch for each letter, as wide as estimated times `factor`, and remembers calls.

    `factor` is a number, or a function of the number of the call. Its ink is in `unit`, `large` as hands go;
    what goes on from a prime is larger by what `grows`, a function of the call's number, says, and begins
    with a dot on its last letter where `finishes`, a function of the prime, says so. `ahead`, a function of
    the number of calls and a prime, says whether it stands ahead of a text that it has read.
    """

    name = "stub"

    def __init__(
        self,
        factor=1.0,
        slope=0.0,
        unit=1.0,
        large=1.0,
        grows=None,
        finishes=None,
        ahead=None,
        trouble=None,
        faults=None,
        characters="-",
    ):
        self.size, self.scale = Size(27.0 * unit, 10.0 * unit), unit * large
        letters = "abcdefghijklmnopqrstuvwxyz"
        self.file = SimpleNamespace(alphabet=Alphabet(" ,.()" + characters + letters + letters.upper()))
        self.factor, self.slope, self.faults = factor, slope, faults or {}
        self.grows, self.finishes, self.ahead, self.trouble = grows, finishes, ahead, trouble
        self.calls = []

    def samples(self, count, *, seed, text, prime=None, prime_text=None, keep_prime=True, **how):
        assert count == 1
        assert text == text.strip() != ""
        if how.get("points") == 1:  # whether it stands at the end of a line that it has read
            ahead = self.ahead and self.ahead(len(self.calls), prime)
            yield Ink(strokes=([[0, 0]],), extra={"characters": [1 if ahead else 0]})
            return
        self.calls.append({"seed": seed, "text": text, "prime": prime, "prime_text": prime_text, **how})
        if prime is not None:
            assert not keep_prime
        yield self._ink(seed, text, prime, how["predictions"])

    def _ink(self, seed, text, prime, predictions):
        factor = self.factor(len(self.calls) - 1) if callable(self.factor) else self.factor
        rng = np.random.default_rng(seed)
        strokes, characters, x = [], [], 0.0
        for k, c in enumerate(text):
            wide = units(c) * 60 * factor * self.scale
            t = np.linspace(0, 1, 13)
            y = -90 * self.scale * np.sin(np.pi * t) * rng.uniform(0.97, 1.03)
            if c != " ":
                strokes.append(np.column_stack([x + wide * t, y]))
                characters += [k] * 13
            x += wide
        ink = drawn(
            strokes,
            self.slope,
            at=(5.0, 7.0) if prime is None else prime.points[-1] + [54.0 * self.scale, 2.0],
        )
        if self.grows and prime is not None:
            times = self.grows(len(self.calls) - 1)
            ink = Ink(strokes=tuple((s - ink.points[0]) * times + ink.points[0] for s in ink.strokes))
        if self.finishes and prime is not None and self.finishes(prime):
            dot = prime.points[-1:] - [0, 150 * self.scale]
            ink, characters = Ink(strokes=(dot, *ink.strokes)), [0, *characters]
        extra = {"characters": characters, "tries": 2}
        if self.trouble and prime is not None:
            extra["prime_trouble"] = self.trouble
        if text in self.faults:
            extra["faults"] = [{"kind": "skipped", "place": 1, "character": text[1]}]
        prediction = None
        if predictions:
            n = len(characters)
            mu = np.repeat(ink.offsets[:, None, :2], 2, 1)
            if prime is not None:
                mu[0] = ink.points[0] - prime.points[-1]
            one = np.ones((n, 2))
            prediction = Prediction(one[:, 0] / 2, one / 2, mu, np.stack([one, one], -1), one * 0)
        return Ink(
            strokes=ink.strokes, text=text, seed=seed, model="stub", prediction=prediction, extra=extra
        )


LAYOUT = Layout(measure=8.0)


def pages(model=None, text=TEXT, layout=LAYOUT, **how):
    return list(write_pages(model or Stub(), text, layout, **{"seed": 1, "predictions": False, **how}))


def lines_in(ink):
    """(n, 2) points of each line of a page that is not empty, by what its characters say."""
    of, starts = np.array(ink.extra["characters"]), [0]
    for line in ink.text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    return [ink.points[(of >= first) & (of < end)] for first, end in pairwise(starts) if end > first + 1]


def feet(ink):
    """Where the lines' baselines are."""
    rows = len(ink.text.split("\n"))
    return (np.arange(rows) + BASELINE) * ink.extra["page"]["height"] / rows


def same(one, other):
    return len(one) == len(other) and np.array_equal(one.points, other.points) and one.text == other.text


def test_a_page_says_its_text_and_what_it_is():
    (page,) = pages(Stub(faults={"It was a dark night, and"}), TEXT.replace("fell", "fell\n\n"), count=1)
    assert page.text.replace("\n", " ").split() == TEXT.split()
    assert "fell\n\nin torrents" in page.text
    assert (page.id, page.seed, page.model) == ("1-0", 1, "stub")
    assert page.prediction is None
    assert set(page.extra) == {"characters", "tries", "page"}
    assert page.extra["tries"] == 2 * len(page.text.replace("\n\n", "\n").split("\n"))


def test_every_point_s_character_is_that_of_the_page_s_text():
    (page,) = pages(text="ab cd\n\n" + TEXT)
    of = page.extra["characters"]
    assert len(of) == len(page)
    assert sorted(set(of)) == [k for k, c in enumerate(page.text) if not c.isspace()]
    assert of == sorted(of)


def test_faults_are_at_their_places_in_the_page_s_text():
    (page,) = pages()
    second = page.text.split("\n")[1]
    (page,) = pages(Stub(faults={second}))
    (fault,) = page.extra["faults"]
    assert page.text[fault["place"]] == fault["character"] == second[1]


@pytest.mark.parametrize("slope", [0.0, -0.1, 0.05])
@pytest.mark.parametrize("unit", [1.0, 0.02, 7.0])
def test_lines_are_level_and_evenly_below_each_other_in_the_frame(slope, unit):
    (page,) = pages(Stub(slope=slope, unit=unit))
    frame, lines = page.extra["page"], lines_in(page)
    assert len(lines) > 3
    distance = frame["width"] / LAYOUT.measure
    assert frame == {"left": 0, "top": 0, "width": frame["width"], "height": len(lines) * distance}
    for row, points in enumerate(lines):
        assert points[:, 1].max() == pytest.approx((row + BASELINE) * distance, abs=0.05 * distance)
        assert points[:, 0].min() == pytest.approx(0, abs=1e-9 * distance)
        assert points[:, 0].max() <= frame["width"]


def test_lines_are_as_far_apart_as_suits_the_hand():
    small, usual, large = (pages(Stub(large=large), "it was a dark\nnight")[0] for large in (0.7, 1.0, 1.4))
    widths = [page.extra["page"]["width"] for page in (small, usual, large)]
    # a first line of some letters does not tell all of it
    assert 0.7 * widths[1] < widths[0] < 0.9 * widths[1]
    assert 1.15 * widths[1] < widths[2] < 1.4 * widths[1]


@pytest.mark.parametrize("unit", [1e-12, 1.0, 1e12])
def test_coordinates_have_as_many_digits_as_anybody_can_see(unit):
    (page,) = pages(Stub(unit=unit, slope=0.05))
    digits = 4 - np.floor(np.log10(27 * unit))
    coarse = page.points * 10 ** (digits + 1)
    assert coarse == pytest.approx(np.round(coarse), abs=1e-2)
    assert np.abs(page.points * 10**digits - np.round(page.points * 10**digits)).max() > 0.1


def test_empty_lines_take_their_room():
    (page,) = pages(text="ab\n\n\ncd")
    first, second = lines_in(page)
    distance = page.extra["page"]["height"] / 4
    assert second[:, 1].max() - first[:, 1].max() == pytest.approx(3 * distance, rel=0.05)


@pytest.mark.parametrize(("align", "part"), [("left", 0), ("center", 0.5), ("right", 1)])
def test_lines_stand_left_right_or_in_the_middle(align, part):
    (page,) = pages(layout=Layout(8.0, align=align))
    for points in lines_in(page):
        left, right = points[:, 0].min(), page.extra["page"]["width"] - points[:, 0].max()
        assert left == pytest.approx(part * (left + right), abs=1e-4)


def test_text_flows_over_as_many_pages_as_it_takes():
    whole = pages()[0].text.split("\n")
    found = pages(layout=Layout(8.0, height=3.7))
    assert [page.text.split("\n") for page in found] == [whole[k : k + 3] for k in range(0, len(whole), 3)]
    assert [page.id for page in found] == [f"1-0-p{k + 1}" for k in range(len(found))]
    for page in found:
        frame = page.extra["page"]
        assert frame["height"] == pytest.approx(3.7 * frame["width"] / 8)
        assert page.extra["page"] == found[0].extra["page"]  # one hand, one distance
        assert lines_in(page)[0][:, 1].max() < frame["height"] / 3.7
        assert min(k for k in page.extra["characters"]) == 0


def test_a_page_neither_begins_nor_ends_with_empty_lines():
    found = pages(text="ab\n\n\n\ncd\n\nef", layout=Layout(8.0, height=3.0))
    assert [page.text for page in found] == ["ab", "cd\n\nef"]


def test_the_first_line_is_written_freely_and_the_others_in_its_hand():
    model = Stub()
    (page,) = pages(model)
    first, *others = model.calls
    assert first["prime"] is None
    others = [call for call in others if call["prime"] is not None or call["seed"] != first["seed"]]
    assert {call["prime_text"] for call in others} == {page.text.split("\n")[0]}
    level = lines_in(page)[0] - [0, feet(page)[0]]
    for call in others:
        assert call["prime"].points == pytest.approx(level, abs=1e-4)


def test_until_a_line_is_long_enough_the_one_before_is_the_prime():
    model = Stub()
    pages(model, "Dear Sir,\nI write\nthis letter to you\nsince I have\nnot heard", Layout(20.0))
    assert [call["prime_text"] for call in model.calls] == [
        None, "Dear Sir,", "I write", "this letter to you", "this letter to you",
    ]  # fmt: skip
    assert len("this letter to you") >= ENOUGH > len("Dear Sir,")


def test_a_mark_or_a_line_with_a_fault_is_no_prime_for_others():
    model = Stub(faults={"a line that lacks a letter"})
    text = ". .\nab-\nDear Sir,\na line that lacks a letter\nand on we go\nto the end"
    pages(model, text, Layout(20.0))
    assert [call["prime_text"] for call in model.calls] == [
        None, None, None, "Dear Sir,", "Dear Sir,", "and on we go",
    ]  # fmt: skip


@pytest.mark.parametrize("said", [None, "what it says"])
def test_a_prime_that_is_given_is_that_of_all_lines_and_gives_the_units(said):
    said_itself = "what it says" if said is None else None
    prime = replace(pages(Stub(unit=3.0), "what it says")[0], text=said_itself)
    model = Stub(unit=3.0)
    (page,) = pages(model, prime=prime, prime_text=said)
    assert len(model.calls) > 2
    for call in model.calls:
        assert call["prime"] is prime
        assert call["prime_text"] == said
    assert page.extra["page"]["width"] == pytest.approx(8 * DISTANCE * Size.of(prime).height)


def test_a_page_can_be_the_prime_of_another():
    (page,) = pages(text="ab cd\nef gh")
    model = Stub()
    (after,) = pages(model, prime=page)
    assert after.extra["page"]["width"] > 0
    assert model.calls[0]["prime"] is page


def test_what_is_told_to_the_model_is_what_was_asked_for():
    model = Stub()
    pages(model, bias=0.7, temperature=0.9, tries=3, device="cpu")
    for call in model.calls:
        assert {k: call[k] for k in ("bias", "temperature", "tries", "predictions", "device")} == {
            "bias": 0.7, "temperature": 0.9, "tries": 3, "predictions": False, "device": "cpu",
        }  # fmt: skip


def test_lines_have_seeds_of_their_own_and_a_seed_gives_one_page():
    one, other = Stub(), Stub()
    assert same(*pages(one, count=1), *pages(other, count=1))
    assert [call["seed"] for call in one.calls] == [call["seed"] for call in other.calls]
    assert len({call["seed"] for call in one.calls}) == len(pages()[0].text.split("\n"))
    assert all(0 <= call["seed"] < 2**63 for call in one.calls)
    assert not same(*pages(), *pages(seed=2))


def test_a_sample_of_a_seed_is_the_same_however_many_there_are():
    three, two = pages(count=3), pages(count=2)
    assert [page.id for page in three] == ["1-0", "1-1", "1-2"]
    assert all(map(same, three, two))
    assert not same(three[0], three[1])
    assert all(page.seed == 1 for page in three)


@pytest.mark.parametrize("factor", [0.6, 0.8, 1.25, 1.6])
def test_lines_are_broken_by_the_hand_s_own_pace(factor):
    model = Stub(factor=factor)
    (page,) = pages(model)
    lines = lines_in(page)
    width = page.extra["page"]["width"]
    assert all(points[:, 0].max() <= width for points in lines)
    texts = page.text.split("\n")
    for points, text, after in zip(lines, texts, texts[1:], strict=False):
        word = after.split()[0]
        # what a word more takes, and some reserve
        assert points[:, 0].max() + units(" " + word) * 60 * factor > 0.92 * width, text
    assert len(model.calls) <= len(texts) + 3  # it is learned from the first lines


def test_a_line_that_came_out_too_wide_is_written_anew_with_fewer_words():
    model = Stub(factor=lambda call: 1.3 if call == 2 else 1.0)
    (page,) = pages(model)
    wide, again = model.calls[2:4]
    assert wide["text"].startswith(again["text"])
    assert len(again["text"]) < len(wide["text"])
    assert wide["seed"] == again["seed"]  # so it begins as it did
    assert page.text.replace("\n", " ") == TEXT
    assert all(points[:, 0].max() <= page.extra["page"]["width"] for points in lines_in(page))


def test_a_line_that_ran_away_is_written_anew_as_it_is():
    model = Stub(factor=lambda call: 3.0 if call == 2 else 1.0)
    (page,) = pages(model)
    wild, again = model.calls[2:4]
    assert wild["text"] == again["text"]
    assert wild["seed"] != again["seed"]
    assert same(page, *pages(Stub(factor=lambda call: 3.0 if call == 2 else 1.0)))
    assert all(points[:, 0].max() <= page.extra["page"]["width"] for points in lines_in(page))


def test_a_line_that_is_always_too_wide_is_taken_as_narrow_as_it_came():
    model, text = Stub(factor=lambda call: 1.0 if call < 2 else 3.0 + 0.1 * call), TEXT[:47]
    (page,) = pages(model, text, Layout(6.0))
    assert page.text.replace("-\n", "").split() == text.split()
    assert len(model.calls) <= len(page.text.split("\n")) * (REWRITES + 1)
    widths = [points[:, 0].max() for points in lines_in(page)]
    assert max(widths) > page.extra["page"]["width"]


def test_a_line_that_ran_away_leaves_the_hand_s_pace_as_it_is():
    model = Stub(factor=lambda call: 9.0 if 2 <= call < 3 + REWRITES else 1.0)
    (page,), (even,) = pages(model), pages()
    assert page.text == even.text


@pytest.mark.parametrize("times", [0.7, 1.4])
def test_lines_that_come_out_smaller_or_larger_are_brought_to_the_hand_s_size(times):
    (page,), (even,) = pages(Stub(grows=lambda _: times)), pages()
    heights = [np.ptp(points[:, 1]) for points in lines_in(page)]
    usual = np.ptp(lines_in(even)[0][:, 1])
    assert heights[0] == pytest.approx(usual, rel=0.03)
    assert all(abs(np.log(height / usual)) < 0.45 * abs(np.log(times)) for height in heights)
    # a last line of a few letters too, by what was seen of those before
    (page,) = pages(Stub(grows=lambda _: times), TEXT + "\nby me")
    assert abs(np.log(np.ptp(lines_in(page)[-1][:, 1]) / usual)) < 0.35 * abs(np.log(times))


def test_a_line_that_is_far_too_large_is_written_anew():
    model = Stub(grows=lambda call: 2.5 if call == 3 else 1.0)
    (page,) = pages(model)
    wild, again = model.calls[3:5]
    assert wild["text"] == again["text"]
    assert wild["seed"] != again["seed"]
    assert len(model.calls) == len(page.text.split("\n")) + 1


def test_a_short_line_that_leaves_room_for_more_words_takes_them():
    model = Stub(factor=lambda call: 0.7 if call in (2, 3) else 1.0)
    (page,) = pages(model)
    short, longer = model.calls[2:4]
    assert longer["text"].startswith(short["text"] + " ")
    assert longer["seed"] == short["seed"]
    assert longer["text"] in page.text.split("\n")


def test_a_prime_that_was_cut_off_is_finished_by_the_line_that_goes_on_from_it():
    (even,) = pages()
    letters = sum(map(str.isalpha, even.text.split("\n")[0])) + 1  # and a comma
    model = Stub(finishes=lambda prime: len(prime.strokes) == letters)
    (page,) = pages(model)
    primes = [len(call["prime"].strokes) for call in model.calls if call["prime"]]
    assert primes == [letters] + [letters + 1] * (len(primes) - 1)
    assert page.text == even.text
    assert len(page) == len(even)  # the stroke is nowhere else


def test_a_prime_is_not_finished_by_what_belongs_to_the_next_line():
    (even,) = pages()
    letters = sum(map(str.isalpha, even.text.split("\n")[0])) + 1  # and a comma
    model = Stub(
        finishes=lambda prime: len(prime.strokes) == letters,
        ahead=lambda _, prime: len(prime.strokes) > letters,
    )
    pages(model)
    assert {len(call["prime"].strokes) for call in model.calls if call["prime"]} == {letters}


def test_a_line_that_others_cannot_go_on_from_is_written_anew():
    model = Stub(ahead=lambda calls, _: calls <= 2)
    (page,) = pages(model, "Dear Sir,\n" + TEXT)
    bad, worse, good = model.calls[:3]
    assert bad["text"] == worse["text"] == good["text"] == "Dear Sir,"
    assert bad["prime"] is worse["prime"] is good["prime"] is None
    assert len({call["seed"] for call in (bad, worse, good)}) == 3
    assert model.calls[3]["prime"].points == pytest.approx(lines_in(page)[0] - [0, feet(page)[0]], abs=1e-4)


def test_where_no_line_serves_the_page_is_written_all_the_same():
    (page,) = pages(Stub(ahead=lambda *_: True))
    assert page.text.replace("\n", " ") == TEXT


def test_trouble_with_a_prime_is_told_of_one_that_was_given():
    prime = Ink(strokes=tuple(loops("nnnnnn")), text="nnnnnn")
    (page,) = pages(Stub(trouble="it does not say so"), prime=prime)
    assert page.extra["prime_trouble"] == "it does not say so"
    assert all(
        "prime_trouble" not in page.extra for page in pages(Stub(trouble="no"), layout=Layout(8.0, 1.0))
    )


def test_a_prime_that_is_given_stays_as_it_is():
    model, prime = Stub(finishes=lambda _: True), Ink(strokes=tuple(loops("nnnnnn")), text="nnnnnn")
    pages(model, prime=prime)
    assert all(call["prime"] is prime for call in model.calls)


def test_of_a_line_that_fits_one_way_and_not_the_other_the_one_that_fits_is_taken():
    model = Stub(factor=lambda call: 0.7 if call == 2 else 1.4 if call == 3 else 1.0)
    (page,) = pages(model)
    assert all(points[:, 0].max() <= page.extra["page"]["width"] for points in lines_in(page))
    assert page.text.replace("\n", " ") == TEXT


def test_words_that_fit_on_no_line_are_broken_with_the_model_s_hyphen():
    text = "donaudampfschifffahrtsgesellschaft"
    (page,) = pages(text=text, layout=Layout(4.0))
    assert len(page.text.split("\n")) > 1
    assert page.text.replace("-\n", "") == text
    (page,) = pages(Stub(characters=""), text, Layout(4.0))
    assert page.text.replace("\n", "") == text


def test_predictions_are_one_a_point_and_see_a_line_s_first_point_from_where_the_pen_was():
    (page,) = pages(Stub(slope=0.1), predictions=True)
    assert len(page.prediction) == len(page)
    # the stub's means are its own offsets, so the page's are the page's; of the first point nothing is said
    assert page.prediction.mu[1:, 0] == pytest.approx(page.offsets[1:, :2], abs=1.1e-4)


@pytest.mark.parametrize("stroke", [[[3, 3]], [[3, 3], [90, 3]], [[3, 3], [3, 900]], [[0, 0], [1e30, 1e30]]])
def test_a_model_that_cannot_write_yet_makes_pages_of_what_it_draws(stroke):
    model = Stub()
    model._ink = lambda seed, text, *_: Ink(
        strokes=(stroke,), text=text, extra={"characters": [0] * len(stroke)}
    )
    found = pages(model, layout=Layout(8.0, 3.0))
    assert "".join("".join(page.text.split()) for page in found).replace("-", "") == TEXT.replace(" ", "")
    assert all(len(page) == len(page.extra["characters"]) for page in found)


def test_characters_that_the_model_does_not_know_are_refused_with_their_place_in_the_text():
    with pytest.raises(HwError, match="'é' at position 8"):
        pages(text="one\ntwoé")
    (page,) = pages(text="one\ntwoé\n\n“x”", fold=True, model=Stub(characters='"'))
    assert page.text == 'one\ntwoe\n\n"x"'
    with pytest.raises(HwError, match="'☃' at position 6"):
        pages(text="one\nt☃", fold=True)


@pytest.mark.parametrize("text", ["", "\n \n", "\t"])
def test_text_without_a_character_to_see_is_refused(text):
    with pytest.raises(HwError, match="no text to write"):
        pages(text=text)


def test_line_ends_and_tabs_of_all_kinds_are_understood():
    assert pages(text="ab\r\ncd\rde\tfg")[0].text == "ab\ncd\nde fg"


@pytest.mark.parametrize("how", [{"count": 0}, {"seed": -1}, {"seed": 2**63}])
def test_numbers_that_make_no_sense_are_refused_at_once(how):
    with pytest.raises(ValueError, match="should"):
        write_pages(Stub(), "ab", LAYOUT, **how)


# with the network itself


@pytest.fixture(scope="module")
def model():
    file = random_model(alphabet=" -abcdefghijklmnopqrstuvwxyz")
    return Model(replace(file, about={"hand": {"height": 83.0, "spacing": 20.0}}), "random")


def test_the_network_writes_pages(model):
    text = "the rain fell in torrents\n\nbut not always"
    one, two = (list(write_pages(model, text, Layout(9.0, 4.0), seed=3, tries=2)) for _ in range(2))
    assert all(map(same, one, two))
    assert " ".join(page.text for page in one).replace("-\n", "").split() == text.split()
    for page in one:
        assert len(page.prediction) == len(page) == len(page.extra["characters"])
        assert page.model == "random"
        for style in ("plain", "pdf", "eos", "window"):
            assert page.draw(style).svg()


def test_a_model_that_cannot_write_says_so():
    with pytest.raises(HwError, match="cannot write given text"):
        list(write_pages(Model(random_model(), "p"), "abc", LAYOUT, seed=1))


def test_a_prime_that_does_not_serve_is_refused(model):
    with pytest.raises(HwError, match="no extent"):
        list(write_pages(model, "abc", LAYOUT, seed=1, prime=Ink(strokes=()), prime_text="a"))
    absurd = Ink(strokes=([[0.0, 0.0], [1e300, -1e300]],), text="a")
    with pytest.raises(HwError, match="no extent"):
        list(write_pages(model, "abc", LAYOUT, seed=1, prime=absurd))
    with pytest.raises(HwError, match="needs its own text"):
        list(write_pages(model, "abc", LAYOUT, seed=1, prime=drawn(loops("nn"))))


def test_pages_are_written_without_torch():
    code = "import hwcli.pages.writing, hwcli.pages.layout, sys; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, env=environment(), timeout=60)


# the layout


def test_the_settings_say_how_a_page_is_laid_out():
    page = text_page(config.RenderConfig(paper="a5", margin="14mm"))
    layout = Layout.on(page, "10mm", "right")
    assert (layout.measure, layout.height) == (pytest.approx(12.0), pytest.approx(18.2))
    assert (layout.lines, layout.align) == (18, "right")


def test_a_page_that_is_a_whole_number_of_lines_high_has_so_many():
    for lines in range(1, 60):
        assert Layout.on(Page("200mm", f"{20 + lines * 7}mm", "10mm"), "7mm").lines == lines


def test_without_a_width_a_page_is_160_mm_wide_and_as_high_as_it_takes():
    layout = Layout.on(text_page(config.RenderConfig(margin="10mm")), config.SampleConfig().line_height)
    assert (layout.measure, layout.lines) == (pytest.approx(14.0), None)
    assert text_page(config.RenderConfig(width="300px")).width == "300px"
    assert Layout.on(text_page(config.RenderConfig(height="100mm", margin=0)), 100).lines == 3


def test_lines_come_out_as_far_apart_on_the_page_as_was_asked_for():
    page = text_page(config.RenderConfig(width="120mm", margin="10mm", plotter=True))
    (ink,) = pages(layout=Layout.on(page, "8mm"))
    drawing = ink.draw(page=page)
    place = page.place(drawing.scene.bounds, drawing.scene.size, drawing.scene.frame)
    feet = [place.apply(points)[:, 1].max() for points in lines_in(ink)]
    assert np.diff(feet) == pytest.approx(8.0, abs=0.1)
    assert feet[0] == pytest.approx(10 + BASELINE * 8, abs=0.1)


@pytest.mark.parametrize(
    ("page", "line", "words"),
    [
        ({"width": "30mm", "margin": "10mm"}, "10mm", "some characters"),
        ({"height": "30mm", "margin": "10mm"}, "11mm", "a line"),
        ({}, "none", "line-height is 'none'"),
        ({}, "-3mm", "line-height is '-3mm'"),
        ({"width": "wide"}, "10mm", "width is 'wide'"),
        ({"paper": "a4", "width": "30mm"}, "10mm", "paper"),
    ],
)
def test_pages_that_cannot_be_are_refused(page, line, words):
    with pytest.raises(UsageError, match=words):
        Layout.on(text_page(config.RenderConfig(**page)), line)


@pytest.mark.parametrize(
    "numbers", [{"measure": 1.9}, {"measure": np.inf}, {"measure": np.nan}, {"height": 0.9}, {"align": "up"}]
)
def test_a_layout_that_cannot_be_is_refused(numbers):
    with pytest.raises(ValueError, match="should be"):
        Layout(**{"measure": 9.0, **numbers})
