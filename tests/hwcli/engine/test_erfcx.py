"""The scaled complementary error function, against Python's erfc and its series far out."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwcli.engine.erfcx import erfcx


@given(st.floats(0, 5))
def test_it_is_erfc_without_its_fall(x):
    exact = math.erfc(x) * math.exp(x * x)
    assert erfcx(np.array([x]))[0] == pytest.approx(exact, rel=1e-13)


@given(st.floats(20, 1e40))
def test_it_is_its_series_far_out(x):
    exact = (1 - 1 / (2 * x**2) + 3 / (4 * x**4) - 15 / (8 * x**6)) / (x * math.sqrt(math.pi))
    assert erfcx(np.array([x]))[0] == pytest.approx(exact, rel=1e-9)
