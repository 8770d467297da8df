"""The network of pictures: what it finds, what it keeps, and that it can be trained."""

from __future__ import annotations

import lzma
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

import picture_reader
from hwcli.hands import library
from hwcli.ink_io import ndjson
from hwcli.ink_io.formats import read_file
from hwcli.model import picture_shape
from hwcli.reader.pen_path import PenPath
from hwcli.reader.picture import picture
from hwcli.reader.picture_engine import PictureWeights, classify
from picture_reader import PictureNetwork
from print_letters import printed
from quality.proofreading import judged_lines, state
from renderers.ink import Ink


def test_pictures_show_what_the_bundled_reader_passed(tmp_path, monkeypatch):
    every = judged_lines(picture_reader.PASSED)
    some = [ink for kind in ("wrong", "right") for ink in [i for i in every if state(i) == kind][:24]]
    few = tmp_path / "few.xz"
    few.write_bytes(lzma.compress(b"".join(map(ndjson.dump, some))))
    for name in ("LINES", "PASSED"):
        monkeypatch.setattr(picture_reader, name, few)
    monkeypatch.setattr(picture_reader, "FALSE_ALARMS", (6,))
    result = CliRunner().invoke(picture_reader.app, ["judge"])
    assert result.exit_code == 0, result.output
    rows = re.findall(r"(\w+): 6 false alarms of 48, .*'first tries': (\d+), 'passed': (\d+)", result.output)
    found = {name: int(passed) for name, _, passed in rows}
    assert min(found["both"], found["pictures"]) > found["bundled"]
    assert all(first == passed for _, first, passed in rows)


def test_lines_without_their_text_are_sifted_out(tmp_path: Path):
    ink = library.load("clear")
    wrong = Ink(ink.strokes, text=ink.text.replace("e", "g"))
    lines, out = tmp_path / "lines.ndjson", tmp_path / "kept.ndjson"
    untold, dot = Ink(ink.strokes), Ink([[(0, 0), (1e9, 0)], [(0, 0), (0, 1e-9)]], text="a")
    lines.write_bytes(b"".join(map(ndjson.dump, (wrong, untold, ink, dot))))
    result = CliRunner().invoke(picture_reader.app, ["sift", str(lines), str(out)])
    assert result.exit_code == 0, result.output
    assert "kept 1 of 4 lines" in result.output
    assert [found.ink.text for found in read_file(out, str(out))] == [ink.text]


def test_a_trained_network_can_be_measured(tmp_path: Path):
    printed(tmp_path / "data", ["lov zo", "TTol 7-."] * 24, ["train"] * 40 + ["valid"] * 8)
    network = tmp_path / "network.safetensors"
    run = CliRunner().invoke
    result = run(picture_reader.app, ["train", str(tmp_path / "data"), str(network), "--epochs", "2"])
    assert result.exit_code == 0, result.output
    result = run(picture_reader.app, ["errors", str(tmp_path / "data"), "--network", str(network)])
    assert result.exit_code == 0, result.output
    assert "characters, " in result.output


@pytest.mark.parametrize("hand", ["clear", "wide"])
def test_the_network_in_numpy_is_that_in_torch(hand):
    torch.manual_seed(4)
    network = PictureNetwork(7).eval()
    with torch.no_grad():
        for parameter in network.parameters():  # of those that begin at 0 as well
            parameter.add_(0.05 * torch.randn_like(parameter))
    tensors = {name: tensor.numpy() for name, tensor in network.state_dict().items()}
    assert {name: tensor.shape for name, tensor in tensors.items()} == picture_shape.tensors(7)
    rows = picture(PenPath.of(library.load(hand)))
    with torch.inference_mode():
        logs, frames = network(torch.from_numpy(rows)[None], torch.tensor([len(rows)]))
    found = classify(PictureWeights(tensors), rows)
    assert len(found) == frames.item()
    np.testing.assert_allclose(found, logs[:, 0].numpy(), atol=1e-4)
    np.testing.assert_allclose(np.exp(found).sum(1), 1)
