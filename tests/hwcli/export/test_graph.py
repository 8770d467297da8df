"""The ONNX graph against the NumPy engine, in onnxruntime."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hwcli as hw
from handmade import random_model
from hwcli.errors import HwError
from hwcli.export import graph as graphs
from hwcli.export.graph import about, graph
from hwcli.sampling.model import Model
from hwcli.weights.bundled import path_of

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
stepping = pytest.importorskip("stepping")

TEXT = "Whoever reads this line may well ask who wrote it"
OPEN = ("unipen-synthesis", "unipen-prediction")
ALL = (*OPEN, "iam-synthesis", "iam-prediction", "iam-prediction-large")


def check_same(model: Model, offsets, texts, bias: float, tolerance: float) -> None:
    found = stepping.forced_graph(model, graph(model), offsets, texts, bias)
    wanted = stepping.forced_engine(model, offsets, texts, bias)
    assert len(found) == len(wanted) == len(offsets)
    for t, (one, other) in enumerate(zip(found, wanted, strict=True)):
        assert one.keys() == other.keys()
        for name, value in stepping.normalised(model, one).items():
            assert value.shape == other[name].shape
            np.testing.assert_allclose(
                value, other[name], rtol=tolerance, atol=tolerance, err_msg=f"{name} at step {t}"
            )


@pytest.mark.parametrize("name", ALL)
def test_500_points_agree_with_the_engine(name):
    model = hw.load_model(name)
    alphabet = model.file.alphabet
    text = None if alphabet is None else TEXT
    ink = model.sample(800, seed=1, text=text, tries=1, predictions=False)
    rows = np.concatenate([[[0, 0, 1]], ink.offsets])[:500, None]
    assert len(rows) == 500
    check_same(model, rows, [alphabet.encode(TEXT)] if alphabet else [], 0.0, 1e-5)


@settings(max_examples=12, deadline=None)
@given(
    layers=st.integers(1, 3),
    skip=st.booleans(),
    sources=st.sampled_from([(), ("a", "b")]),
    lengths=st.lists(st.integers(1, 9), min_size=1, max_size=3),
    with_text=st.booleans(),
    bias=st.sampled_from([0.0, 1.5]),
    seed=st.integers(0, 99),
)
def test_any_network_agrees_for_a_batch_of_any_texts(layers, skip, sources, lengths, with_text, bias, seed):
    file = random_model(
        layers, 8, 2, skip, seed, alphabet="abcd" if with_text else "", sources=sources, scale=0.3
    )
    model = Model(file, "random")
    if sources:
        model.source = "b=0.5"
    rng = np.random.default_rng(seed)
    rows = rng.normal(0, 30, (40, len(lengths), 3))
    rows[..., 2] = rng.random((40, len(lengths))) < 0.2
    # 4 is "no character", of which the window reads nothing
    texts = [rng.integers(0, 5, length) for length in lengths] if with_text else []
    check_same(model, rows, texts, bias, 2e-5)


def test_the_position_comes_to_the_end_of_each_text():
    file = random_model(alphabet="ab", window=(-1.0, -0.5, 0.0))
    model = Model(file, "fast")
    rows, texts = np.zeros((200, 2, 3)), [np.array([0, 1]), np.array([1, 1, 0, 1, 0])]
    found = stepping.forced_graph(model, graph(model), rows, texts)
    assert found[0]["position"].tolist() == [0, 0]
    assert found[-1]["position"].tolist() == [2, 5]


def test_a_larger_bias_narrows_the_mixture():
    model = hw.load_model(OPEN[1])
    data, rows = graph(model), np.array([[[0, 0, 1]]])
    plain, neat = (stepping.forced_graph(model, data, rows, bias=bias)[0] for bias in (0, 2))
    assert (neat["sigma"] < plain["sigma"]).all()
    assert neat["pi"].max() > plain["pi"].max()
    np.testing.assert_array_equal(neat["mu"], plain["mu"])


@pytest.mark.parametrize("name", ALL)
def test_it_is_small_and_tells_its_terms(name):
    model = hw.load_model(name)
    data = graph(model)
    assert len(data) < 20e6
    assert len(data) < path_of(name).stat().st_size * 2.5, "weights are stored once"
    made = onnx.load_from_string(data)
    onnx.checker.check_model(made, full_check=True)
    told = {row.key: row.value for row in made.metadata_props}
    assert told == about(model)
    facts = model.file.about
    assert told["licence"] == facts["licence"]
    assert facts["data"]["title"] in told["attribution"]
    assert facts["data"]["citation"] in told["attribution"]
    assert "y downwards" in told["units"]
    assert told["kind"] == model.file.kind
    if model.file.alphabet is None:
        assert "alphabet" not in told
    else:
        assert told["alphabet"] == model.file.alphabet.characters
    values = [*made.graph.input, *made.graph.output]
    assert all(value.doc_string for value in values), "every input and output is described"


def test_the_same_model_gives_the_same_bytes():
    model = Model(random_model(alphabet="ab"), "m")
    assert graph(model) == graph(model)


def test_names_and_facts_of_any_kind_are_stored():
    file = replace(random_model(), about={"licence": "\ud800", "data": "mine"})
    told = about(Model(file, "caf\udce9"))
    assert (told["name"], told["licence"]) == ("caf?", "?")
    assert "attribution" not in told
    assert graph(Model(file, "caf\udce9"))


def test_a_model_beyond_the_format_is_refused(monkeypatch):
    monkeypatch.setattr(graphs, "LARGEST", 100)
    with pytest.raises(HwError, match=r"m has 1,\d\d\d weights, too many for one file of ONNX"):
        graph(Model(random_model(), "m"))


def test_without_onnx_the_extra_is_named(monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "onnx"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(HwError, match=r"hw export cannot write ONNX: .*onnx") as caught:
        graph(Model(random_model(), "m"))
    assert caught.value.hint == 'pip install "hwcli[onnx]"'
