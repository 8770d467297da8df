"""hw export -o FILE.onnx, as a user types it."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from handmade import hw, hw_here, random_model, refused, tiny_model, wander
from hwcli.api import terms
from hwcli.hands import learned
from hwcli.model import file as model_file
from renderers.ink import Ink

onnx = pytest.importorskip("onnx")


def metadata(path) -> dict[str, str]:
    return {row.key: row.value for row in onnx.load(path).metadata_props}


def test_a_graph_is_written_and_its_size_is_said(tmp_path):
    done = hw("export", "-o", "model.onnx", cwd=tmp_path)
    assert (done.status, done.out) == (0, b""), done
    size = (tmp_path / "model.onnx").stat().st_size
    said = ["wrote model.onnx", f"{size / 1e6:.1f} MB; docs/export.md tells how to sample with it"]
    assert done.err.splitlines() == said
    assert metadata(tmp_path / "model.onnx")["name"] == "unipen-synthesis"


def test_a_run_of_prediction_is_exported(tmp_path):
    (tmp_path / "run").mkdir()
    tiny_model(tmp_path / "run" / "best.safetensors")
    done = hw_here("export", "run", "-o", "out.ONNX", cwd=tmp_path)
    assert done.status == 0, done
    made = onnx.load(tmp_path / "out.ONNX")
    assert [one.name for one in made.graph.input] == ["point", "h", "c", "bias"]
    told = metadata(tmp_path / "out.ONNX")
    assert (told["name"], told["kind"], told["licence"]) == ("run", "prediction", "not stated")


def test_terms_of_a_restricted_model_are_noted_once_and_stored(tmp_path, monkeypatch):
    monkeypatch.setattr(terms, "noted", lambda: tmp_path / "state" / "terms-noted")
    monkeypatch.setattr("hwcli.console.is_terminal", lambda: True)
    notes = []
    for name in ("a.onnx", "b.onnx"):
        done = hw_here("export", "iam-prediction", "-o", name, cwd=tmp_path)
        assert done.status == 0, done
        notes.append("non-commercial research only" in done.err.replace("\n", " "))
        assert "non-commercial" in metadata(tmp_path / name)["licence"]
    assert notes == [True, False]


def test_a_learned_hand_changes_the_weights(tmp_path):
    model = random_model(alphabet="abc ")
    model_file.write(tmp_path / "m.safetensors", model)
    changes = {"output.bias": np.full(model.shape.outputs, 0.25, np.float32)}
    for name, size in model.shape.tensors().items():
        if len(size) == 2:
            changes[name + learned.LEFT] = np.zeros((size[0], 1), np.float32)
            changes[name + learned.RIGHT] = np.zeros((1, size[1]), np.float32)
        else:
            changes.setdefault(name, np.zeros(size, np.float32))
    line = Ink(strokes=tuple(wander(30, seed=3)), text="a cab")
    learned.write(
        tmp_path / "my.hand", learned.LearnedHand("m", model.digest, model.shape, changes, line, {})
    )
    done = hw_here("export", "m.safetensors", "--hand", "my.hand", "-o", "mine.onnx", cwd=tmp_path)
    assert done.status == 0, done
    constants = {one.name: one for one in onnx.load(tmp_path / "mine.onnx").graph.initializer}
    found = onnx.numpy_helper.to_array(constants["output.bias"])
    np.testing.assert_allclose(found, model.tensors["output.bias"] + 0.25, rtol=1e-6)
    twice = hw_here("export", "--hand", "my.hand", "--hand", "my.hand", "-o", "two.onnx", cwd=tmp_path)
    refused(twice, "--hand was given more than once", status=2)


@pytest.mark.parametrize(("arguments", "status", "words"), [
    (["-o", "model.onx"], 2, ["-o model.onx is neither a page nor a graph", "-o FILE.onnx"]),
    (["-o", "model"], 2, ["-o model is neither a page nor a graph"]),
    (["-o", "gone/model.onnx"], 1, ["the folder", "gone does not exist", "mkdir -p"]),
    (["-o", "gone/page.html"], 1, ["the folder", "gone does not exist", "mkdir -p"]),
    (["unipen-reader", "-o", "m.onnx"], 1, ["is a reader: it cannot write"]),
    (["nowhere", "-o", "m.onnx"], 1, ["model 'nowhere' not found"]),
    (["--bits", "8", "-o", "m.onnx"], 2, ["--bits 8 is for pages", "remove --bits"]),
    (["--hand", "clear", "-o", "m.onnx"], 2, ["--hand clear is a line to continue from", "-o FILE.html"]),
], ids=str)  # fmt: skip
def test_what_cannot_be_exported_is_one_line_and_nothing_is_written(tmp_path, arguments, status, words):
    refused(hw_here("export", *arguments, cwd=tmp_path), *words, status=status)
    assert not list(tmp_path.iterdir())


def test_a_missing_library_is_named_with_its_remedy(tmp_path, monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "onnx"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "onnx", None)
    done = hw_here("export", "-o", "m.onnx", cwd=tmp_path)
    refused(done, "hw export cannot write ONNX", 'pip install "hwcli[onnx]"')
    assert not list(tmp_path.iterdir())
