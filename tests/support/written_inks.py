"""Inks with anything that a file can say about them, for tests of write-then-read."""

from __future__ import annotations

from hypothesis import strategies as st

from hwcli.ink_io import ndjson
from hwcli.ink_io.formats import parse
from inks import make_ink
from renderers import Ink

_NUMBERS = st.floats(-1e18, 1e18)
_TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
_STROKES = st.lists(st.lists(st.tuples(_NUMBERS, _NUMBERS), min_size=1, max_size=5), max_size=5)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | _TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXTS, inner, max_size=3),
    max_leaves=4,
)
_KNOWN = {"hw", "strokes", "prediction", "text", "id", "seed", "model", "characters", "tries", "faults"}
_EXTRA = st.dictionaries(_TEXTS.filter(lambda key: key not in _KNOWN | {"prime_trouble", "page"}), _VALUES)


@st.composite
def written_inks(draw: st.DrawFn) -> Ink:
    """Draw an ink; some have predictions and a trace."""
    about = {
        "text": draw(st.none() | _TEXTS),
        "id": draw(st.none() | _TEXTS),
        "seed": draw(st.none() | st.integers(0, 2**62)),
        "model": draw(st.none() | _TEXTS),
        "extra": draw(_EXTRA),
    }
    if draw(st.booleans()):
        return Ink(strokes=tuple(draw(_STROKES)), **about)
    del about["text"]
    return make_ink(draw(st.integers(1, 40)), **about)


def same_ink(one: Ink, other: Ink) -> bool:
    """Return whether two inks are written alike by hw, whose predictions have 32 bits."""
    kept = [next(iter(parse(ndjson.dump(ink), "kept"))) for ink in (one, other)]
    return ndjson.dump(kept[0]) == ndjson.dump(kept[1])
