"""The model file: everything in it comes back, and what is no model of ours is refused."""

import json
import pickle

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save

from handmade import random_model, tiny_model
from hwcli.errors import HwError
from hwcli.model import file as model_file
from hwcli.model.file import ModelFile
from hwcli.sampling.load import load_model


def test_everything_in_a_model_comes_back(tmp_path):
    model = random_model(layers=3, skip=True)
    about = {"data": {"title": "café"}, "log_loss": {"nats_per_sequence": -12.5}}
    model_file.write(
        tmp_path / "m.safetensors", ModelFile(model.shape, model.normalisation, model.tensors, about=about)
    )
    back = model_file.read(tmp_path / "m.safetensors")
    assert (back.shape, back.normalisation, back.kind, back.about) == (
        model.shape,
        model.normalisation,
        "prediction",
        about,
    )
    assert all((back.tensors[k] == v).all() for k, v in model.tensors.items())
    assert back.parameters == sum(v.size for v in model.tensors.values())


def test_a_model_in_half_width_is_half_as_long_and_near(tmp_path):
    model = random_model()
    for dtype in ("float32", "float16"):
        model_file.write(tmp_path / dtype, model, dtype)
    assert (tmp_path / "float16").stat().st_size < 0.7 * (tmp_path / "float32").stat().st_size
    back = model_file.read(tmp_path / "float16")
    assert all(np.abs(back.tensors[k] - v).max() < 2e-3 for k, v in model.tensors.items())
    assert back.tensors["output.bias"].dtype == np.float32


def rewritten(path, metadata=None, header=None, tensors=None):
    """The model file at `path` with some of it replaced."""
    with safe_open(str(path), "np") as file:
        said = dict(file.metadata())
        held = {k: file.get_tensor(k) for k in file.keys()}  # noqa: SIM118 - it is no dictionary
    if header:
        said["hw-model"] = json.dumps(json.loads(said["hw-model"]) | header)
    path.write_bytes(save(held | (tensors or {}), said if metadata is None else metadata))


SHAPE = {"layers": 1, "hidden": 16, "mixtures": 3, "skip": False}
NORM = {"mean": [8.0, 0.5], "std": [41.0, 37.0], "resolution": 1.0}
BAD_FILES = [
    ("another format", {"metadata": {"format": "pt"}}, "no model file of hw"),
    ("another version", {"header": {"version": 99}}, "version 99"),
    ("a header that is no json", {"metadata": {"hw-model": "{"}}, "header"),
    ("a header that is a list", {"metadata": {"hw-model": "[]"}}, "header"),
    ("another kind", {"header": {"kind": "oracle"}}, "oracle"),
    ("no shape", {"header": {"shape": None}}, "header"),
    ("sizes that are texts", {"header": {"shape": SHAPE | {"layers": "1"}}}, "header"),
    ("sizes below 1", {"header": {"shape": SHAPE | {"hidden": -16}}}, "m.safetensors"),
    ("absurd sizes", {"header": {"shape": SHAPE | {"hidden": 10**12}}}, "m.safetensors"),
    ("more layers than tensors", {"header": {"shape": SHAPE | {"layers": 10**12}}}, "header"),
    ("other sizes", {"header": {"shape": SHAPE | {"hidden": 8}}}, "weights do not fit"),
    ("no normalisation", {"header": {"normalisation": {}}}, "header"),
    ("a deviation of 0", {"header": {"normalisation": NORM | {"std": [0, 1]}}}, "header"),
    ("a deviation below 0", {"header": {"normalisation": NORM | {"std": [-1, 1]}}}, "header"),
    ("a mean that is no number", {"header": {"normalisation": NORM | {"mean": [float("nan"), 1]}}}, "header"),
    ("a tensor too many", {"tensors": {"more": np.zeros(3, np.float32)}}, "m.safetensors"),
    ("no number", {"tensors": {"output.bias": np.full(19, np.nan, np.float32)}}, "output.bias"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "word"), [row[1:] for row in BAD_FILES], ids=[row[0] for row in BAD_FILES]
)
def test_a_file_with_something_else_in_it_is_refused(tmp_path, change, word):
    path = tiny_model(tmp_path / "m.safetensors")
    rewritten(path, **change)
    with pytest.raises(HwError, match=word) as caught:
        load_model(path)
    assert caught.value.message.startswith(str(path))


class Bomb:
    def __reduce__(self):
        return pytest.fail, ("a pickle was loaded",)


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"not a model" * 99, pickle.dumps(Bomb()), (2**62).to_bytes(8, "little") + b"{}"],
    ids=["empty", "a byte", "text", "a pickle", "an absurd header"],
)
def test_a_file_that_is_no_safetensors_is_refused(tmp_path, data):
    (tmp_path / "m.safetensors").write_bytes(data)
    with pytest.raises(HwError, match=r"m\.safetensors"):
        load_model(tmp_path / "m.safetensors")


@pytest.mark.parametrize("keep", [0.01, 0.2, 0.5, 0.999])
def test_a_file_cut_off_is_refused(tmp_path, keep):
    path = tiny_model(tmp_path / "m.safetensors")
    path.write_bytes(path.read_bytes()[: int(keep * path.stat().st_size)])
    with pytest.raises(HwError, match=r"m\.safetensors"):
        load_model(path)


def test_a_byte_flipped_in_the_header_never_ends_in_another_error(tmp_path):
    path = tiny_model(tmp_path / "m.safetensors", hidden=2, mixtures=1)
    data = path.read_bytes()
    refused = 0
    for at in range(0, 8 + int.from_bytes(data[:8], "little"), 3):
        path.write_bytes(data[:at] + bytes([data[at] ^ 0x15]) + data[at + 1 :])
        try:
            load_model(path)
        except HwError:
            refused += 1
    assert refused > 100


def test_models_are_found_by_name_by_file_and_by_run(tmp_path):
    assert (
        load_model().name
        == load_model("default").name
        == load_model("iam-prediction").name
        == "iam-prediction"
    )
    (tmp_path / "run").mkdir()
    tiny_model(tmp_path / "run" / "best.safetensors")
    assert (
        load_model(tmp_path / "run").file.shape
        == load_model(tmp_path / "run" / "best.safetensors").file.shape
    )


@pytest.mark.parametrize("name", ["nobody", "nowhere/m.safetensors", "../iam-prediction", "."])
def test_a_model_that_is_not_there_is_an_error_that_names_it(name):
    with pytest.raises(HwError) as caught:
        load_model(name)
    assert name in caught.value.message
