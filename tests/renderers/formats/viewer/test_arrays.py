"""Arrays of the page come back as they were."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from html_pages import unpacked
from renderers.formats.viewer.arrays import KINDS, Pack

KIND = st.sampled_from(sorted(KINDS))


@given(st.data(), st.lists(st.tuples(KIND, st.booleans()), max_size=5))
def test_arrays_come_back_as_they_were(data, wanted):
    values = [data.draw(arrays(KINDS[kind], st.integers(0, 30))) for kind, _ in wanted]
    pack = Pack()
    numbers = [pack.add(one, *how) for one, how in zip(values, wanted, strict=True)]
    assert numbers == list(range(len(wanted)))
    for one, found in zip(values, unpacked(pack.encoded()), strict=True):
        np.testing.assert_array_equal(found, one)


def test_a_regular_array_takes_a_few_bytes():
    pack = Pack()
    pack.add(np.arange(100_000), "i4", deltas=True)
    assert len(pack.encoded()["data"]) < 1000


@pytest.mark.parametrize("kind", KINDS)
def test_text_has_one_form(kind):
    packs = [Pack(), Pack()]
    for pack in packs:
        pack.add([3, 1, 2], kind)
    assert packs[0].encoded() == packs[1].encoded()
