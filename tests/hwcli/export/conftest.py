"""What tests of exports share."""

import pytest

import hwcli as hw
from hwcli.sampling.model import Model


@pytest.fixture(scope="module")
def bundled() -> Model:
    """The model that a page holds by default."""
    return hw.load_model(kind="synthesis")
