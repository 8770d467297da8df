"""The bundled models: complete, small, and with model cards that match their files."""

from __future__ import annotations

import numpy as np
import pytest
from safetensors import safe_open

from bundle_model import card
from hwcli.model.container import read_header
from hwcli.model.file import READER, read
from hwcli.pages.layout import Layout
from hwcli.pages.writing import write_pages
from hwcli.sampling.load import load_model
from hwcli.sampling.options import SampleOptions
from hwcli.weights import bundled
from renderers.ink import Ink


def test_default_model_is_bundled():
    assert bundled.DEFAULT in bundled.names()
    assert load_model().name == bundled.DEFAULT


WRITING = [name for name in bundled.names() if read_header(bundled.path_of(name))["kind"] != READER]


@pytest.mark.parametrize("name", WRITING)
class TestEveryBundledModelThatWrites:
    def test_is_float16_and_small(self, name):
        path = bundled.path_of(name)
        assert path.stat().st_size < 8_000_000
        with safe_open(str(path), framework="np") as file:
            assert {file.get_slice(key).get_dtype() for key in file.keys()} == {"F16"}  # noqa: SIM118 - not a dictionary

    def test_has_provenance(self, name):
        about = read(bundled.path_of(name)).about
        assert about["licence"]
        assert about["data"]["citation"]
        assert len(about["training"]["commit"]) >= 7
        assert about["training"]["command"].startswith("hw preprocess")
        assert about["log_loss"]["protocol"] == "graves"

    def test_card_matches_the_file(self, name):
        path = bundled.path_of(name)
        assert path.with_suffix(".md").read_text(encoding="utf-8") == card(read(path))


def test_names_cannot_leave_the_folder():
    assert bundled.path_of("../weights/iam-prediction") is None


@pytest.mark.parametrize("sampled", ["line", "page"])
def test_what_the_network_writes_badly_is_drawn_where_it_wrote_something_else(sampled):
    model = load_model("unipen-synthesis")

    def written(character: str) -> Ink:
        text, options = f"Tom {character} Ann", SampleOptions(bias=1.0, tries=1)
        if sampled == "line":
            return next(model.samples(1, 3, options, text=text))
        return next(write_pages(model, text, Layout(20.0), seed=3, options=options))

    ink, other = written("&"), written("0")
    before, sign = (ink.trace.characters < 3).sum(), ink.trace.characters == 4
    np.testing.assert_allclose(ink.points[:before], other.points[:before], atol=1e-6)
    assert sign.sum() > 10
    drawn = {tuple(point) for point in ink.points[sign].tolist()}
    assert not drawn & {tuple(point) for point in other.points.tolist()}
    assert ink.trace.faults == ()
