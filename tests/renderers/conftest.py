"""Fixtures for the tests of renderers."""

from __future__ import annotations

import pytest

from inks import make_ink
from renderers import Ink


@pytest.fixture(scope="session")
def ink() -> Ink:
    return make_ink(text="loops & dots", id="loops-1")
