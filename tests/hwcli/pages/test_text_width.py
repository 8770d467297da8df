"""Estimated widths of text."""

from hypothesis import given
from hypothesis import strategies as st

from hwcli.pages.text_width import CharacterWidth, units


@given(st.text(max_size=80), st.integers(0, 80))
def test_text_is_at_least_as_wide_as_its_beginning(text, cut):
    assert units(text[:cut]) <= units(text)


def test_character_width_moves_from_usual_to_measured():
    width = CharacterWidth.usual(80.0)
    usual = width.mean
    for _ in range(3):
        width = width.after("and so on and on", units("and so on and on") * 2 * usual)
    assert 1.8 * usual < width.mean < 2 * usual
