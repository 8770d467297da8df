"""Fixtures of the training tests."""

import pytest


@pytest.fixture
def pictures():
    """Draw the pictures of the epochs, which other tests skip to save time."""


@pytest.fixture(autouse=True)
def _no_pictures(monkeypatch, request):
    if "pictures" not in request.fixturenames:
        monkeypatch.setattr("hwcli.training.trainer.save_picture", lambda *_: None)
