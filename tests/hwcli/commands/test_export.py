"""hw export, as a user types it."""

from __future__ import annotations

import json

import numpy as np
import pytest

from handmade import hw, hw_here, random_model, refused, tiny_model, wander
from hwcli.hands import learned, library
from hwcli.model import file as model_file
from renderers.ink import Ink
from web_pages import Elements, bytes_in


def about_in(data: bytes) -> dict:
    return json.loads(Elements(data.decode()).text("script", type="application/json"))


def test_a_page_is_written_and_its_size_is_said(tmp_path):
    done = hw("export", cwd=tmp_path)
    assert (done.status, done.out) == (0, b""), done
    data = (tmp_path / "page.html").read_bytes()
    assert done.err.splitlines() == ["wrote page.html", f"{len(data) / 1e6:.1f} MB; open it in a browser"]
    about = about_in(data)
    assert (about["name"], about["bits"], about["hand"]) == ("unipen-synthesis", 16, "")
    bundled = sorted(path.stem for path in library.BUNDLED.glob("*.ndjson"))
    assert [hand["name"] for hand in about["hands"]] == bundled


def test_a_run_is_exported_in_eight_bits_to_stdout(tmp_path):
    (tmp_path / "run").mkdir()
    tiny_model(tmp_path / "run" / "best.safetensors", alphabet=" ab")
    ink = tmp_path / "mine.ndjson"
    ink.write_text('{"hw": 1, "strokes": [[[0, 0], [40, 90], [90, 0], [140, 80]]], "text": "abba"}\n')
    done = hw_here("export", "run", "--bits", "8", "--hand", ink, "-o", "-", cwd=tmp_path)
    assert done.status == 0, done
    about = about_in(done.out)
    assert (about["name"], about["bits"]) == ("run", 8)
    assert [hand["name"] for hand in about["hands"]] == ["mine"]


def test_a_learned_hand_has_a_page_of_its_own(tmp_path):
    model = random_model(alphabet="abc ")
    model_file.write(tmp_path / "m.safetensors", model)
    line = Ink(strokes=tuple(wander(30, seed=3)), text="a cab")
    changes = {"output.bias": np.full(model.shape.outputs, 0.25, np.float32)}
    for name, size in model.shape.tensors().items():
        if len(size) == 2:
            changes[name + learned.LEFT] = np.zeros((size[0], 1), np.float32)
            changes[name + learned.RIGHT] = np.zeros((1, size[1]), np.float32)
        else:
            changes.setdefault(name, np.zeros(size, np.float32))
    hand = learned.LearnedHand("m", model.digest, model.shape, changes, line, {})
    learned.write(tmp_path / "mine.hand", hand)
    pages = []
    for arguments in ([], ["--hand", "mine.hand"]):
        done = hw_here("export", "m.safetensors", *arguments, "-o", "-", cwd=tmp_path)
        assert done.status == 0, done
        pages.append(done.out.decode())
    assert about_in(pages[0].encode())["hands"] == [], "its alphabet lacks the texts of all bundled hands"
    about = about_in(pages[1].encode())
    assert (about["hand"], [one["name"] for one in about["hands"]]) == ("mine", ["mine"])
    plain, changed = (
        np.frombuffer(bytes_in(packed), np.uint8).reshape(2, -1).T.ravel()
        for packed in (Elements(one).text("script", type="text/plain") for one in pages)
    )
    common = sum(4 * rows + 2 * rows * columns for rows, columns in about["sizes"])
    assert (plain[:common] != changed[:common]).any()
    both = hw_here("export", "m.safetensors", "--hand", "mine.hand", "--hand", "clear", cwd=tmp_path)
    refused(both, "--hand mine is a learned hand", "export it by itself", status=2)


@pytest.mark.parametrize(("arguments", "status", "words"), [
    (["iam-synthesis"], 1, ["iam-synthesis cannot be exported", "unipen-synthesis"]),
    (["unipen-prediction"], 1, ["cannot write text", "hw models"]),
    (["unipen-reader"], 1, ["is a reader: it cannot write"]),
    (["nowhere"], 1, ["model 'nowhere' not found"]),
    (["-o", "x.svg"], 2, ["-o x.svg is neither a page nor a graph", "-o FILE.html"]),
    (["--bits", "4"], 2, ["--bits 4: expected 8 or 16"]),
    (["--hand", "nobody"], 1, ["hand 'nobody' not found"]),
    (["damaged.safetensors"], 1, ["damaged.safetensors"]),
], ids=str)  # fmt: skip
def test_what_cannot_be_exported_is_one_line_and_nothing_is_written(tmp_path, arguments, status, words):
    (tmp_path / "damaged.safetensors").write_bytes(b"\x10\0\0\0\0\0\0\0{}")
    before = set(tmp_path.iterdir())
    refused(hw_here("export", *arguments, cwd=tmp_path), *words, status=status)
    assert set(tmp_path.iterdir()) == before
