"""Pages: long text broken into lines of one handwriting, level and evenly spaced."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from arches import arches, sloping
from handmade import environment, random_model
from hwcli.errors import HwError
from hwcli.pages.layout import BASELINE, Layout
from hwcli.pages.writing import write_pages
from hwcli.sampling.model import Model
from hwcli.sampling.options import SampleOptions
from renderers import Ink
from renderers.ink import Frame, Trace
from stub_model import LAYOUT, TEXT, StubModel, lines_in, pages, same


def test_page_records_its_text_and_origin():
    (page,) = pages(StubModel(faults={"It was a dark night, and"}), TEXT.replace("fell", "fell\n\n"), count=1)
    assert page.text.replace("\n", " ").split() == TEXT.split()
    assert "fell\n\nin torrents" in page.text
    assert (page.id, page.seed, page.model) == ("1-0", 1, "stub")
    assert page.prediction is None
    assert page.extra == {}
    assert page.trace.prime_trouble is None
    lines = len(page.text.replace("\n\n", "\n").split("\n"))
    assert page.trace.tries == lines + 1  # the stub says that it drew the first one twice


def test_each_line_is_reported_with_its_tries_and_text():
    tries, texts = [], []
    model = StubModel(faults={"It was a dark night, and"})

    def on_line(count: int, text: str) -> None:
        tries.append(count)
        texts.append(text)

    (page,) = write_pages(model, f"{TEXT}\n\n{TEXT}", LAYOUT, seed=1, on_line=on_line)
    assert texts == page.text.replace("\n\n", "\n").split("\n")
    assert sum(tries) == page.trace.tries


def test_characters_index_the_page_s_text():
    (page,) = pages(text="ab cd\n\n" + TEXT)
    of = page.trace.characters.tolist()
    assert len(of) == len(page)
    assert sorted(set(of)) == [k for k, c in enumerate(page.text) if not c.isspace()]
    assert of == sorted(of)


def test_faults_index_the_page_s_text():
    (page,) = pages()
    second = page.text.split("\n")[1]
    (page,) = pages(StubModel(faults={second}))
    (fault,) = page.trace.faults
    assert page.text[fault.place] == fault.character == second[1]


@pytest.mark.parametrize("slope", [0.0, -0.1, 0.05])
@pytest.mark.parametrize("unit", [1.0, 0.02, 7.0])
def test_lines_are_level_and_evenly_spaced_in_the_frame(slope, unit):
    (page,) = pages(StubModel(slope=slope, unit=unit))
    frame, lines = page.frame, lines_in(page)
    assert len(lines) > 3
    distance = frame.width / LAYOUT.measure
    on_lines = {"baseline": BASELINE * distance, "line_height": distance}
    assert vars(frame) == pytest.approx(vars(Frame(0, 0, frame.width, len(lines) * distance, **on_lines)))
    for row, points in enumerate(lines):
        assert points[:, 1].max() == pytest.approx((row + BASELINE) * distance, abs=0.05 * distance)
        assert points[:, 0].min() == pytest.approx(0, abs=1e-9 * distance)
        assert points[:, 0].max() <= frame.width


@pytest.mark.parametrize("unit", [1e-12, 1.0, 1e12])
def test_coordinates_are_rounded_to_visible_digits(unit):
    (page,) = pages(StubModel(unit=unit, slope=0.05))
    digits = 4 - np.floor(np.log10(27 * unit))
    coarse = page.points * 10 ** (digits + 1)
    assert coarse == pytest.approx(np.round(coarse), abs=1e-2)
    assert np.abs(page.points * 10**digits - np.round(page.points * 10**digits)).max() > 0.1


def test_empty_lines_take_space():
    (page,) = pages(text="ab\n\n\ncd")
    first, second = lines_in(page)
    distance = page.frame.height / 4
    assert second[:, 1].max() - first[:, 1].max() == pytest.approx(3 * distance, rel=0.05)


def left_ends(page):
    """Return where the lines of a page begin, in line heights."""
    distance = page.frame.width / LAYOUT.measure
    return [float(points[:, 0].min()) / distance for points in lines_in(page)]


def test_spaces_and_tabs_at_the_beginning_of_a_line_indent_it():
    (page,) = pages(text="ab\n  cd\n    ef\n\tgh\n \tij\n\t\tkl")
    step = left_ends(page)[1] / 2
    assert step == pytest.approx(2.25 / 6)
    assert left_ends(page) == pytest.approx([0, 2 * step, 4 * step, 4 * step, 4 * step, 8 * step], abs=1e-4)
    assert page.text == "ab\ncd\nef\ngh\nij\nkl"


@pytest.mark.parametrize("mark", ["-", "a)", "xi."])
def test_all_lines_of_an_indented_item_are_indented_and_only_the_first_of_a_paragraph(mark):
    (page,) = pages(text=f"  {mark} {TEXT}")
    first, *others = left_ends(page)
    assert first == pytest.approx(2 * 2.25 / 6)
    assert others == pytest.approx([(3 + len(mark)) * 2.25 / 6] * len(others), abs=1e-4)
    (page,) = pages(text=f"  {TEXT}")
    first, *others = left_ends(page)
    assert first == pytest.approx(2 * 2.25 / 6)
    assert others == pytest.approx([0] * len(others), abs=1e-4)
    assert all(points[:, 0].max() <= page.frame.width for points in lines_in(page))


def test_a_line_is_indented_by_half_of_its_measure_at_most():
    (page,) = pages(text=" " * 500 + TEXT)
    assert left_ends(page)[0] == pytest.approx(LAYOUT.measure / 2)
    assert page.text.replace("\n", " ").split() == TEXT.split()


def test_indented_lines_end_at_the_right_if_they_are_aligned_there():
    (page,) = pages(text="  ab\n    cd", layout=Layout(8.0, align="right"))
    assert [points[:, 0].max() for points in lines_in(page)] == pytest.approx([page.frame.width] * 2)


@pytest.mark.parametrize("height", [None, 9.0])
def test_a_form_feed_begins_a_page(height):
    found = pages(text="\fab\ncd\f\n\fef\f", layout=Layout(8.0, height=height))
    assert [page.text for page in found] == ["ab\ncd", "ef"]
    assert [page.id for page in found] == ["1-0-p1", "1-0-p2"]
    assert [page.extra["first_line"] for page in found] == [1, 3]


def test_line_breaks_and_indents_survive_folding():
    model = StubModel()
    for fold in (True, False):
        found = pages(model, "  ab\n\tcd\f ef", fold=fold)
        assert [page.text for page in found] == ["ab\ncd", "ef"]
        assert left_ends(found[0]) == pytest.approx([2 * 2.25 / 6, 4 * 2.25 / 6])


@pytest.mark.parametrize(("align", "part"), [("left", 0), ("center", 0.5), ("right", 1)])
def test_lines_are_aligned(align, part):
    (page,) = pages(layout=Layout(8.0, align=align))
    for points in lines_in(page):
        left, right = points[:, 0].min(), page.frame.width - points[:, 0].max()
        assert left == pytest.approx(part * (left + right), abs=1e-4)


def test_text_fills_as_many_pages_as_needed():
    whole = pages()[0].text.split("\n")
    found = pages(layout=Layout(8.0, height=3.7))
    assert [page.text.split("\n") for page in found] == [whole[k : k + 3] for k in range(0, len(whole), 3)]
    assert [page.id for page in found] == [f"1-0-p{k + 1}" for k in range(len(found))]
    for page in found:
        frame = page.frame
        assert frame.height == pytest.approx(3.7 * frame.width / 8)
        assert page.frame == found[0].frame  # the same line distance
        assert lines_in(page)[0][:, 1].max() < frame.height / 3.7
        assert page.trace.characters.min() == 0


def test_page_has_no_empty_lines_at_its_ends():
    found = pages(text="ab\n\n\n\ncd\n\nef", layout=Layout(8.0, height=3.0))
    assert [page.text for page in found] == ["ab", "cd\n\nef"]


def test_page_can_be_a_prime():
    (page,) = pages(text="ab cd\nef gh")
    model = StubModel()
    (after,) = pages(model, prime=page)
    assert after.frame.width > 0
    assert model.calls[0]["prime"] is page


def test_sampling_options_reach_the_model():
    model = StubModel()
    pages(model, bias=0.7, temperature=0.9, tries=3)
    for call in model.calls:
        assert call["options"] == SampleOptions(
            bias=0.7, temperature=0.9, tries=3, predictions=False, keep_prime=False, draw=False
        )


def test_seed_determines_the_page():
    one, other = StubModel(), StubModel()
    assert same(*pages(one, count=1), *pages(other, count=1))
    assert [call["seed"] for call in one.calls] == [call["seed"] for call in other.calls]
    assert len({call["seed"] for call in one.calls}) == len(pages()[0].text.split("\n"))
    assert all(0 <= call["seed"] < 2**63 for call in one.calls)
    assert not same(*pages(), *pages(seed=2))


def test_sample_does_not_depend_on_count():
    three, two = pages(count=3), pages(count=2)
    assert [page.id for page in three] == ["1-0", "1-1", "1-2"]
    assert all(map(same, three, two))
    assert not same(three[0], three[1])
    assert all(page.seed == 1 for page in three)


def test_prime_trouble_is_reported_only_for_a_given_prime():
    prime = Ink(strokes=tuple(arches("nnnnnn")), text="nnnnnn")
    (page,) = pages(StubModel(trouble="no match"), prime=prime)
    assert page.trace.prime_trouble == "no match"
    others = pages(StubModel(trouble="no match"), layout=Layout(8.0, 1.0))
    assert all(page.trace.prime_trouble is None for page in others)


def test_long_words_are_hyphenated_if_the_model_has_a_hyphen():
    text = "donaudampfschifffahrtsgesellschaft"
    (page,) = pages(text=text, layout=Layout(4.0))
    assert len(page.text.split("\n")) > 1
    assert page.text.replace("-\n", "") == text
    (page,) = pages(StubModel(characters=""), text, Layout(4.0))
    assert page.text.replace("\n", "") == text


def test_first_point_of_a_line_is_predicted_from_the_line_above():
    (page,) = pages(StubModel(slope=0.1), predictions=True)
    assert len(page.prediction) == len(page)
    # the stub's means are its offsets, so the page's means are its offsets; row 0 has none
    assert page.prediction.mu[1:, 0] == pytest.approx(page.offsets[1:, :2], abs=1.1e-4)


@pytest.mark.parametrize("stroke", [[[3, 3]], [[3, 3], [90, 3]], [[3, 3], [3, 900]], [[0, 0], [1e17, 1e17]]])
def test_untrained_model_still_fills_pages(stroke):
    model = StubModel()
    model._ink = lambda seed, text, *_: Ink(
        strokes=(stroke,), text=text, trace=Trace(np.zeros(len(stroke), int))
    )
    found = pages(model, layout=Layout(8.0, 3.0))
    assert "".join("".join(page.text.split()) for page in found).replace("-", "") == TEXT.replace(" ", "")
    assert all(len(page) == len(page.trace.characters) for page in found)


def test_unknown_characters_are_rejected_with_their_position():
    with pytest.raises(HwError, match=r"'7' \(line 2, column 4\)"):
        pages(text="one\ntwo7")
    (page,) = pages(text="one\ntwoж\n\nx", fold=True)
    assert page.text == "one\ntwozh\n\nx"
    with pytest.raises(HwError, match=r"'☃' \(line 2, column 2\)"):
        pages(text="one\nt☃", fold=True)


@pytest.mark.parametrize("text", ["", "\n \n", "\t"])
def test_blank_text_is_rejected(text):
    with pytest.raises(HwError, match="no text to write"):
        pages(text=text)


def test_all_line_ends_and_tabs_are_understood():
    assert pages(text="ab\r\ncd\rde\tfg")[0].text == "ab\ncd\nde fg"


@pytest.mark.parametrize("how", [{"count": 0}, {"seed": -1}, {"seed": 2**63}])
def test_invalid_numbers_are_rejected_before_writing(how):
    with pytest.raises(ValueError, match="must"):
        write_pages(StubModel(), "ab", LAYOUT, **how)


@pytest.fixture(scope="module")
def model():
    file = random_model(alphabet=" -abcdefghijklmnopqrstuvwxyz")
    return Model(replace(file, about={"hand": {"height": 83.0, "spacing": 20.0}}), "random")


def test_network_writes_pages(model):
    text = "the rain fell in torrents\n\nbut not always"
    one, two = (pages(model, text, Layout(9.0, 4.0), seed=3, tries=2, predictions=True) for _ in range(2))
    assert all(map(same, one, two))
    assert " ".join(page.text for page in one).replace("-\n", "").split() == text.split()
    for page in one:
        assert len(page.prediction) == len(page) == len(page.trace.characters)
        assert page.model == "random"
        for style in ("plain", "pdf", "eos", "window"):
            assert page.draw(style).svg()


def test_prediction_model_is_rejected():
    with pytest.raises(HwError, match="cannot write text"):
        list(write_pages(Model(random_model(), "p"), "abc", LAYOUT, seed=1))


def test_unusable_prime_is_rejected(model):
    with pytest.raises(HwError, match="cannot measure the size of the prime"):
        list(write_pages(model, "abc", LAYOUT, seed=1, prime=Ink(strokes=()), prime_text="a"))
    absurd = Ink(strokes=([[0.0, 0.0], [90.0, 0.0]],), text="a")
    with pytest.raises(HwError, match="cannot measure the size of the prime"):
        list(write_pages(model, "abc", LAYOUT, seed=1, prime=absurd))
    with pytest.raises(HwError, match="the prime has no text"):
        list(write_pages(model, "abc", LAYOUT, seed=1, prime=sloping(arches("nn"))))


def test_pages_do_not_import_torch():
    code = "import hwcli.pages.writing, hwcli.pages.layout, sys; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, env=environment(), timeout=60)
