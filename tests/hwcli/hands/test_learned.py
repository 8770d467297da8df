"""The file of a learned hand, and the model that it makes of another."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from safetensors.numpy import save_file

from handmade import random_model, wander
from hwcli.errors import HwError
from hwcli.hands import learned, library
from hwcli.hands.learned import LEFT, RIGHT, LearnedHand
from hwcli.model.container import KEY
from renderers.ink import Ink

MODEL = random_model(alphabet="abc ", seed=1)
LINE = Ink(strokes=tuple(wander(30, seed=3)), text="a cab", id="x")


def changes(rank: int = 2, size: float = 0.1) -> dict[str, np.ndarray]:
    generator, found = np.random.default_rng(0), {}
    for name, shape in MODEL.shape.tensors().items():
        if len(shape) == 1:
            found[name] = generator.normal(0, size, shape)
        else:
            found[name + LEFT] = generator.normal(0, size, (shape[0], rank))
            found[name + RIGHT] = generator.normal(0, 1, (rank, shape[1]))
    return {name: array.astype(np.float16).astype(np.float32) for name, array in found.items()}


HAND = LearnedHand("m", MODEL.digest, MODEL.shape, changes(), LINE, {"lines": 5})


def test_what_is_written_is_read_back(tmp_path):
    learned.write(tmp_path / "mine.hand", HAND)
    back = learned.read(tmp_path / "mine.hand")
    assert (back.model, back.digest, back.shape, back.about) == ("m", MODEL.digest, MODEL.shape, {"lines": 5})
    assert (back.line.text, back.line.points.tolist()) == ("a cab", LINE.points.tolist())
    assert back.changes.keys() == HAND.changes.keys()
    for name, array in HAND.changes.items():
        np.testing.assert_array_equal(back.changes[name], array)


def test_the_weights_change_by_the_products_and_the_biases():
    changed = HAND.applied_to(MODEL, "m")
    for name, before in MODEL.tensors.items():
        c = HAND.changes
        by = c[name] if before.ndim == 1 else c[name + LEFT].astype(float) @ c[name + RIGHT]
        np.testing.assert_allclose(changed.tensors[name], before + by, atol=1e-5)
    assert changed.normalisation == MODEL.normalisation


def test_half_the_strength_is_half_the_change_and_none_is_the_model():
    whole, half = HAND.applied_to(MODEL, "m").tensors, HAND.scaled(0.5).applied_to(MODEL, "m").tensors
    none = HAND.scaled(0).applied_to(MODEL, "m").tensors
    for name, before in MODEL.tensors.items():
        np.testing.assert_allclose(half[name], (before + whole[name]) / 2, atol=1e-5)
        np.testing.assert_array_equal(none[name], before)


def test_another_model_is_refused():
    other = random_model(alphabet="abc ", seed=2)
    with pytest.raises(HwError, match="learned by m; the weights of n are not those"):
        HAND.applied_to(other, "n")


def test_weights_that_would_leave_the_numbers_are_refused():
    wild = replace(HAND, changes={"output.bias": np.full(MODEL.shape.outputs, 1e30, np.float32)})
    with pytest.raises(HwError, match="out of range"):
        wild.applied_to(MODEL, "m")


ROWS, COLUMNS = MODEL.shape.tensors()["output.weight"]
SHAPE = vars(MODEL.shape)
HIGH = np.zeros((ROWS, 65)), np.zeros((65, COLUMNS))  # of too high a rank
LEFT_2, RIGHT_2 = np.zeros((ROWS, 2)), np.zeros((2, COLUMNS))


def header(**changed) -> dict:
    row = {"hw": 1, "strokes": [[[0, 0], [3, 4]]], "text": "a"}
    model = {"name": "m", "sha256": MODEL.digest, "shape": SHAPE}
    return {"version": 1, "kind": "hand", "model": model, "line": row, "about": {}} | changed


def write_raw(path, head, tensors):
    arrays = {name: np.asarray(array, np.float16) for name, array in tensors.items()}
    save_file(arrays, path, {KEY: json.dumps(head)})


@pytest.mark.parametrize(
    ("changed", "tensors", "message"),
    [
        ({"kind": "prediction"}, {}, "not a learned hand"),
        ({"model": None}, {}, "model must be an object"),
        ({"model": {"name": "m", "sha256": "x", "shape": {"layers": 1}}}, {}, "the model's shape lacks"),
        ({"model": {"name": "m", "sha256": "x", "shape": SHAPE | {"layers": 0}}}, {}, "impossible"),
        ({"model": {"name": 3, "sha256": "x", "shape": SHAPE}}, {}, "name of the model"),
        ({"line": []}, {}, "line must be an object"),
        ({"line": {"hw": 1, "strokes": []}}, {}, "no line of ink"),
        ({"line": {"hw": 1, "strokes": [[[0, "1"]]], "text": "a"}}, {}, "not a list"),
        ({"line": {"hw": 1, "strokes": [[[0, 0]]], "text": " "}}, {}, "no line of ink"),
        ({}, {"other": np.zeros(3)}, "do not match"),
        ({}, {"output.bias": np.zeros(3)}, "do not match"),
        ({}, {"output.weight": np.zeros((ROWS, COLUMNS))}, "do not match"),
        ({}, {"output.weight.left": LEFT_2}, "do not match"),
        ({}, {"output.weight.right": RIGHT_2}, "do not match"),
        ({}, {"output.weight.left": LEFT_2, "output.weight.right": np.zeros((3, COLUMNS))}, "do not match"),
        ({}, {"output.weight.left": HIGH[0], "output.weight.right": HIGH[1]}, "do not match"),
        ({}, {"output.bias": np.full(MODEL.shape.outputs, np.nan)}, "not finite"),
    ],
)  # fmt: skip
def test_a_damaged_file_is_refused_in_one_line_that_names_it(tmp_path, changed, tensors, message):
    write_raw(tmp_path / "bad.hand", header(**changed), tensors)
    with pytest.raises(HwError, match=message) as caught:
        learned.read(tmp_path / "bad.hand")
    assert "bad.hand" in caught.value.message
    assert "\n" not in caught.value.message


def test_a_hand_without_changes_is_the_model_itself(tmp_path):
    write_raw(tmp_path / "none.hand", header(), {})
    hand = learned.read(tmp_path / "none.hand")
    np.testing.assert_array_equal(
        hand.applied_to(MODEL, "m").tensors["output.bias"], MODEL.tensors["output.bias"]
    )


def test_a_name_stands_for_one_hand(tmp_path, monkeypatch):
    monkeypatch.setenv("HW_HANDS", str(tmp_path))
    library.save("mine", LINE)
    with pytest.raises(HwError, match="already exists"):
        library.place("mine", learned.SUFFIX)
    library.write(library.place("mine", learned.SUFFIX, overwrite=True), HAND)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.hand"]
    assert library.find("mine").learned.digest == MODEL.digest
    assert library.load("mine").text == "a cab"
    assert library.find(str(tmp_path / "mine.hand")).learned is not None
    with pytest.raises(HwError, match="already exists"):
        library.save("mine", LINE)
    library.save("mine", LINE, overwrite=True)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.ndjson"]
    assert library.find("mine").learned is None
    library.write(library.place("other", learned.SUFFIX), HAND)
    assert library.remove("other") == tmp_path / "other.hand"
