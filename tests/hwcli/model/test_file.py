"""The model file: it round-trips, and other files are refused."""

import json
import pickle

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save

from handmade import random_model, tiny_model
from hwcli.errors import HwError
from hwcli.model import file as model_file
from hwcli.model import reader_file
from hwcli.model.file import ModelFile
from hwcli.sampling.load import load_model
from hwcli.weights import bundled as weights


def test_model_round_trips(tmp_path):
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


def test_synthesis_model_round_trips_with_alphabet(tmp_path):
    for alphabet in ("abc ", "é“x", "\"'\\{}", "א汉👍"):
        model = random_model(layers=2, skip=True, alphabet=alphabet)
        path = tmp_path / "m.safetensors"
        model_file.write(path, model)
        back = model_file.read(path)
        assert (back.kind, back.shape, back.alphabet) == ("synthesis", model.shape, model.alphabet)
        assert back.alphabet.characters == alphabet
        assert back.tensors.keys() == model.tensors.keys()
        assert all((back.tensors[k] == v).all() for k, v in model.tensors.items())
        before = path.read_bytes()
        model_file.write(path, back)
        assert path.read_bytes() == before


def header_of(path) -> dict:
    with safe_open(str(path), "np") as file:
        return json.loads(file.metadata()["hw-model"])


def test_prediction_file_leaves_out_window_sizes(tmp_path):
    header = header_of(tiny_model(tmp_path / "m.safetensors"))
    assert header == {"version": 1, "kind": "prediction", "shape": SHAPE, "normalisation": NORM, "about": {}}
    assert model_file.read(tmp_path / "m.safetensors").alphabet is None
    # files with window sizes of 0 are read, too
    rewritten(tmp_path / "m.safetensors", header={"shape": SHAPE | {"gaussians": 0, "characters": 0}})
    assert model_file.read(tmp_path / "m.safetensors").kind == "prediction"


@pytest.mark.parametrize("name", weights.names())
def test_bundled_models_have_kind_and_name(name):
    if name == weights.DEFAULT_READER:
        assert reader_file.read(weights.path_of(name)).about["name"] == name
        return
    model = load_model(name).file
    assert (model.kind == "synthesis") == (model.alphabet is not None)
    assert model.about["name"] == name


def test_float16_halves_the_file(tmp_path):
    model = random_model()
    for dtype in ("float32", "float16"):
        model_file.write(tmp_path / dtype, model, dtype)
    assert (tmp_path / "float16").stat().st_size < 0.7 * (tmp_path / "float32").stat().st_size
    back = model_file.read(tmp_path / "float16")
    assert all(np.abs(back.tensors[k] - v).max() < 2e-3 for k, v in model.tensors.items())
    assert back.tensors["output.bias"].dtype == np.float32


def rewritten(path, metadata=None, header=None, tensors=None):
    """Replace parts of the model file at `path`."""
    with safe_open(str(path), "np") as file:
        said = dict(file.metadata())
        held = {k: file.get_tensor(k) for k in file.keys()}  # noqa: SIM118 - not a dictionary
    if header:
        said["hw-model"] = json.dumps(json.loads(said["hw-model"]) | header)
    path.write_bytes(save(held | (tensors or {}), said if metadata is None else metadata))


SHAPE = {"layers": 1, "hidden": 16, "mixtures": 3, "skip": False}
NORM = {"mean": [8.0, 0.5], "std": [41.0, 37.0], "resolution": 1.0}
BAD_FILES = [
    ("another format", {"metadata": {"format": "pt"}}, "not an hw model file"),
    ("another version", {"header": {"version": 99}}, "version 99"),
    ("header is not JSON", {"metadata": {"hw-model": "{"}}, "header"),
    ("header is a list", {"metadata": {"hw-model": "[]"}}, "header"),
    ("unknown kind", {"header": {"kind": "oracle"}}, "oracle"),
    ("no shape", {"header": {"shape": None}}, "header"),
    ("sizes are strings", {"header": {"shape": SHAPE | {"layers": "1"}}}, "header"),
    ("sizes below 1", {"header": {"shape": SHAPE | {"hidden": -16}}}, "m.safetensors"),
    ("absurd sizes", {"header": {"shape": SHAPE | {"hidden": 10**12}}}, "m.safetensors"),
    ("more layers than tensors", {"header": {"shape": SHAPE | {"layers": 10**12}}}, "header"),
    ("other sizes", {"header": {"shape": SHAPE | {"hidden": 8}}}, "weights do not match"),
    ("no normalisation", {"header": {"normalisation": {}}}, "header"),
    ("deviation of 0", {"header": {"normalisation": NORM | {"std": [0, 1]}}}, "header"),
    ("deviation below 0", {"header": {"normalisation": NORM | {"std": [-1, 1]}}}, "header"),
    ("mean is NaN", {"header": {"normalisation": NORM | {"mean": [float("nan"), 1]}}}, "header"),
    ("one tensor too many", {"tensors": {"more": np.zeros(3, np.float32)}}, "m.safetensors"),
    ("huge weights", {"tensors": {"output.bias": np.full(19, 1e30, np.float32)}}, "output.bias"),
    ("weights that overflow", {"tensors": {"output.bias": np.full(19, 1e300)}}, "output.bias"),
    ("whole weights", {"tensors": {"output.bias": np.zeros(19, np.int16)}}, "output.bias is of type I16"),
    ("absurd normalisation", {"header": {"normalisation": NORM | {"std": [1e200, 1]}}}, "do not fit"),
    ("absurd resolution", {"header": {"normalisation": NORM | {"resolution": 1e30}}}, "do not fit"),
    ("mean far away", {"header": {"normalisation": NORM | {"mean": [1e30, 1]}}}, "do not fit"),
    ("mean of 400 digits", {"header": {"normalisation": NORM | {"mean": [10**400, 1]}}}, "header"),
    ("mean is true", {"header": {"normalisation": NORM | {"mean": [True, 1]}}}, "header"),
    ("header is deep", {"metadata": {"hw-model": "[" * 99_999 + "]" * 99_999}}, "header"),
    ("about is null", {"header": {"about": None}}, "header"),
    ("source is a number", {"header": {"about": {"source": 5}}}, "source of about must be a string"),
    ("size is a list", {"header": {"about": {"hand": [1, 2]}}}, "hand of about must be an object"),
    ("NaN weights", {"tensors": {"output.bias": np.full(19, np.nan, np.float32)}}, "output.bias"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "word"), [row[1:] for row in BAD_FILES], ids=[row[0] for row in BAD_FILES]
)
def test_bad_files_are_refused(tmp_path, change, word):
    path = tiny_model(tmp_path / "m.safetensors")
    rewritten(path, **change)
    with pytest.raises(HwError, match=word) as caught:
        load_model(path)
    assert caught.value.message.startswith(str(path))


def test_other_widths_of_weights_are_read(tmp_path):
    path = tiny_model(tmp_path / "m.safetensors")
    whole = load_model(path).file.tensors["output.bias"]
    rewritten(path, tensors={"output.bias": whole.astype(np.float64)})
    assert (load_model(path).file.tensors["output.bias"] == whole).all()


@pytest.mark.parametrize("std", [1e-6, 1.0, 1e6])
def test_a_model_in_any_sensible_unit_samples(tmp_path, std):
    path = tiny_model(tmp_path / "m.safetensors")
    rewritten(path, header={"normalisation": NORM | {"mean": [std / 5, 0], "std": [std, 0.9 * std]}})
    assert len(load_model(path).sample(points=20, seed=1)) == 20


def test_the_largest_weights_that_are_read_give_numbers(tmp_path):
    path = tiny_model(tmp_path / "m.safetensors")
    rng, before = np.random.default_rng(0), load_model(path).file.tensors
    for name in ("lstm.0.input", "lstm.0.recurrent"):
        rewritten(path, tensors={name: np.sign(rng.standard_normal(before[name].shape)) * np.float32(1e6)})
    rewritten(path, tensors={"output.bias": np.full(19, 1e6, np.float32)})
    model = load_model(path)
    for ink in (model.sample(points=50, seed=1, temperature=100), *model.sample_many(2, points=50, seed=1)):
        assert np.isfinite(ink.points).all()


SYNTHESIS = {**SHAPE, "gaussians": 3, "characters": 4}
BAD_ALPHABETS = [
    ("one character too few", {"alphabet": {"characters": "abc"}}),
    ("one character too many", {"alphabet": {"characters": "abcd "}}),
    ("duplicate character", {"alphabet": {"characters": "abca"}}),
    ("no characters", {"alphabet": {"characters": ""}}),
    ("characters are a list", {"alphabet": {"characters": ["a", "b", "c", " "]}}),
    ("characters are a number", {"alphabet": {"characters": 4}}),
    ("alphabet is null", {"alphabet": None}),
    ("alphabet is a string", {"alphabet": "abc "}),
    ("alphabet without characters", {"alphabet": {"letters": "abc "}}),
    ("lone surrogate", {"alphabet": {"characters": "abc\ud800"}}),
    ("control characters", {"alphabet": {"characters": "\x1b[2J"}}),
    ("wrong kind", {"kind": "prediction"}),
    ("Gaussians without characters", {"shape": SYNTHESIS | {"characters": 0}}),
    ("characters without Gaussians", {"shape": SYNTHESIS | {"gaussians": 0}}),
    ("no window", {"shape": SHAPE}),
    ("Gaussians below 0", {"shape": SYNTHESIS | {"gaussians": -3}}),
    ("characters below 0", {"shape": SYNTHESIS | {"characters": -4}}),
    ("other Gaussians", {"shape": SYNTHESIS | {"gaussians": 2}}),
    ("absurd Gaussians", {"shape": SYNTHESIS | {"gaussians": 10**15}}),
    ("absurd characters", {"shape": SYNTHESIS | {"characters": 10**15}}),
    ("Gaussians are a boolean", {"shape": SYNTHESIS | {"gaussians": True}}),
    ("characters are a float", {"shape": SYNTHESIS | {"characters": 4.0}}),
    ("sizes are strings", {"shape": SYNTHESIS | {"gaussians": "3"}}),
]  # fmt: skip


@pytest.mark.parametrize("change", [row[1] for row in BAD_ALPHABETS], ids=[row[0] for row in BAD_ALPHABETS])
def test_bad_windows_and_alphabets_are_refused(tmp_path, change):
    path = tiny_model(tmp_path / "m.safetensors", alphabet="abc ")
    load_model(path)
    rewritten(path, header=change)
    with pytest.raises(HwError) as caught:
        load_model(path)
    told = f"{caught.value.message} {caught.value.hint}"
    assert caught.value.message.startswith(str(path))
    assert told.isprintable()


@pytest.mark.parametrize("change", [{"alphabet": {"characters": "abc "}}, {"kind": "synthesis"}], ids=str)
def test_prediction_network_labelled_synthesis_is_refused(tmp_path, change):
    path = tiny_model(tmp_path / "m.safetensors")
    rewritten(path, header=change)
    with pytest.raises(HwError, match="header is damaged"):
        load_model(path)


def test_missing_alphabet_is_refused(tmp_path):
    path = tiny_model(tmp_path / "m.safetensors", alphabet="abc ")
    header = header_of(path)
    del header["alphabet"]
    rewritten(path, metadata={"hw-model": json.dumps(header)})
    with pytest.raises(HwError, match="header is damaged"):
        load_model(path)


@pytest.mark.parametrize("name", ["window.weight", "window.bias"])
def test_window_weights_must_be_present_and_finite(tmp_path, name):
    path = tiny_model(tmp_path / "m.safetensors", alphabet="abc ")
    tensors = dict(model_file.read(path).tensors)
    rewritten(path, tensors={name: np.full_like(tensors[name], np.inf)})
    with pytest.raises(HwError, match=name):
        load_model(path)
    del tensors[name]
    path.write_bytes(save(tensors, {"hw-model": json.dumps(header_of(path))}))
    with pytest.raises(HwError, match=r"m\.safetensors"):
        load_model(path)


class Bomb:
    def __reduce__(self):
        return pytest.fail, ("a pickle was loaded",)


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"not a model" * 99, pickle.dumps(Bomb()), (2**62).to_bytes(8, "little") + b"{}"],
    ids=["empty", "one byte", "text", "pickle", "absurd header size"],
)
def test_other_formats_are_refused(tmp_path, data):
    (tmp_path / "m.safetensors").write_bytes(data)
    with pytest.raises(HwError, match=r"m\.safetensors"):
        load_model(tmp_path / "m.safetensors")


@pytest.mark.parametrize("keep", [0.01, 0.2, 0.5, 0.999])
def test_truncated_files_are_refused(tmp_path, keep):
    path = tiny_model(tmp_path / "m.safetensors")
    path.write_bytes(path.read_bytes()[: int(keep * path.stat().st_size)])
    with pytest.raises(HwError, match=r"m\.safetensors"):
        load_model(path)


def test_flipped_header_bytes_raise_only_hw_errors(tmp_path):
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


def test_models_load_by_name_file_and_run(tmp_path):
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
def test_missing_model_is_named_in_the_error(name):
    with pytest.raises(HwError) as caught:
        load_model(name)
    assert name in caught.value.message
