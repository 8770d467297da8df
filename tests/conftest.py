"""Fixtures that several folders of tests share."""

from __future__ import annotations

import pytest
from hypothesis import settings

from handmade import SHARED_DATA


def pytest_addoption(parser):
    """`--bless` writes the golden files anew; look at them before they are committed."""
    parser.addoption("--bless", action="store_true", help="write the golden pictures anew")


def pytest_collection_modifyitems(items):
    """Tests of PNG need the system's cairo library, which pip cannot install."""
    try:
        import cairosvg  # noqa: F401 - only whether it can be
    except OSError:
        skip = pytest.mark.skip(reason="no cairo library here (Debian: apt install libcairo2)")
        for item in items:
            if item.get_closest_marker("cairo"):
                item.add_marker(skip)


settings.register_profile("hw", deadline=None, derandomize=True, max_examples=40)
settings.load_profile("hw")


@pytest.fixture(scope="session")
def iam():
    """The folder of the real IAM-OnDB, where it lies beside the repository."""
    folder = SHARED_DATA / "iam-ondb"
    if not folder.is_dir():
        pytest.skip("the real IAM-OnDB is not here (shared/data/iam-ondb beside the repository)")
    return folder
