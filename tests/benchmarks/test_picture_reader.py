"""A second judge of lines: its pictures, what it keeps, and that it can be trained."""

from __future__ import annotations

import lzma
import re
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import picture_reader
from hwcli.hands import library
from hwcli.ink_io import ndjson
from hwcli.ink_io.formats import read_file
from hwcli.reader.pen_path import PenPath
from picture_reader import CHANNELS, DOT, HEIGHT, PIXELS, picture
from print_letters import printed
from quality.proofreading import judged_lines, state
from renderers.ink import Ink


def channels(path: PenPath) -> np.ndarray:
    return picture(path).reshape(-1, CHANNELS, HEIGHT).transpose(1, 2, 0)


@pytest.mark.parametrize(
    ("end", "doubled"), [((3, 0), (1, 0)), ((0, 3), (-1, 0)), ((2, 2), (0, 1)), ((2, -2), (0, -1))]
)
def test_a_stroke_leaves_ink_and_its_direction_whichever_way_it_was_drawn(end, doubled):
    for points in ([(0, 0), end], [end, (0, 0)]):
        path = PenPath(np.array(points, float), np.array([False, True]))
        black, cosine, sine = channels(path)
        length = float(np.hypot(*end))
        assert np.arctanh(black).sum() == pytest.approx((length + DOT) * PIXELS, rel=1e-4)
        assert (cosine.sum() / black.sum(), sine.sum() / black.sum()) == pytest.approx(doubled, abs=0.1)
        rows, columns = np.nonzero(black > 1e-6)
        assert np.ptp(columns) - abs(end[0]) * PIXELS in (0, 1)
        assert np.ptp(rows) - abs(end[1]) * PIXELS in (0, 1)


def test_the_order_of_the_strokes_cannot_be_seen():
    strokes = library.load("clear").strokes
    there, back = (PenPath.of(Ink(tuple(some))) for some in (strokes, strokes[::-1]))
    np.testing.assert_allclose(picture(there), picture(back), atol=1e-3)


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
