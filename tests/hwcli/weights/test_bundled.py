"""The bundled models: whole, small, and with a card that says what the file says."""

from __future__ import annotations

import pytest
from safetensors import safe_open

from bundle_model import card
from hwcli.model.file import read
from hwcli.sampling.load import load_model
from hwcli.weights import bundled as weights


def test_the_default_model_is_bundled():
    assert weights.DEFAULT in weights.names()
    assert load_model().name == weights.DEFAULT


@pytest.mark.parametrize("name", weights.names())
class TestEveryBundledModel:
    def test_it_is_float16_and_small(self, name):
        path = weights.path_of(name)
        assert path.stat().st_size < 8_000_000
        with safe_open(str(path), framework="np") as file:
            assert {file.get_slice(key).get_dtype() for key in file.keys()} == {"F16"}  # noqa: SIM118 - no dictionary

    def test_it_knows_where_it_comes_from(self, name):
        about = read(weights.path_of(name)).about
        assert about["licence"]
        assert about["data"]["citation"]
        assert len(about["training"]["commit"]) >= 7
        assert about["training"]["command"].startswith("hw preprocess")
        assert about["log_loss"]["protocol"] == "graves"

    def test_its_card_says_what_the_file_says(self, name):
        path = weights.path_of(name)
        assert path.with_suffix(".md").read_text(encoding="utf-8") == card(read(path))


def test_a_name_cannot_lead_out_of_the_folder():
    assert weights.path_of("../weights/iam-prediction") is None
