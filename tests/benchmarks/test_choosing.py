"""benchmarks/quality/choosing.py: outcomes computed by hand, and the lines that it counts on."""

from pathlib import Path

import pytest

QUALITY = Path(__file__).parents[2] / "benchmarks" / "quality"


@pytest.fixture
def choosing(monkeypatch):
    monkeypatch.syspath_prepend(str(QUALITY))
    import choosing

    return choosing


def test_a_clear_try_ends_the_drawing_and_is_kept(choosing):
    right = choosing.Tried(wrong=False, faulty=False, gains=(-3.0, 0.0), doubt=9.0)
    wrong = choosing.Tried(wrong=True, faulty=False, gains=(-1.0, 0.0), doubt=1.0)
    assert choosing.outcome([[right] * 6], (-2.0, 1.0), 6) == " 0.0% wrong, 1.00 tries"
    # five that are not clear end it too; the likeliest is kept, and every one is wrong
    assert choosing.outcome([[wrong] * 6], (-2.0, 1.0), 6) == "100.0% wrong, 5.00 tries"
    # the right one is the first, second, … with equal odds, but the sixth is not drawn: (1 + … + 5 + 5) / 6
    share, tries = choosing.outcome([[right, *[wrong] * 5]], (-2.0, 1.0), 6).split("% wrong, ")
    assert float(share) == pytest.approx(100 / 6, abs=6)
    assert float(tries.split()[0]) == pytest.approx(20 / 6, abs=0.3)


def test_what_is_faulty_is_drawn_again_to_the_last(choosing):
    faulty = choosing.Tried(wrong=True, faulty=True, gains=(-9.0, -9.0), doubt=0.0)
    assert choosing.outcome([[faulty] * 6], (0.0, 0.0), 6) == "100.0% wrong, 6.00 tries"


def test_the_lines_are_six_tries_at_eighty_texts_each_read_once(choosing):
    inks = choosing.judged_lines(choosing.TRIED)
    texts = [ink.text for ink in inks]
    assert len(texts) == 480
    assert {texts.count(text) for text in texts} == {6}
    assert all(len(ink.extra["judged"]) == 1 for ink in inks)


def test_a_line_of_them_is_clear_and_another_is_not(choosing):
    reader = choosing.load_reader()
    tried = [choosing.tried(reader, ink) for ink in choosing.judged_lines(choosing.TRIED)[:40]]
    clear = [one.is_clear(choosing.CLEAR) for one in tried]
    assert any(clear)
    assert not all(clear)
    # what is clear is more often right
    wrong = [
        [one.wrong for one, of in zip(tried, clear, strict=True) if of == which] for which in (True, False)
    ]
    assert sum(wrong[0]) / len(wrong[0]) < sum(wrong[1]) / len(wrong[1])
