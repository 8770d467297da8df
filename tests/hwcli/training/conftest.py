"""Fixtures of the training tests."""

import pytest

from hwcli.training.trainer import Trainer


@pytest.fixture
def pictures():
    """Draw the pictures of the epochs, which other tests skip to save time."""


@pytest.fixture(autouse=True)
def _no_pictures(monkeypatch, request):
    if "pictures" not in request.fixturenames:
        monkeypatch.setattr(Trainer, "_save_picture", lambda *_: None)
