"""Formats of ink at the command line: converted by hw render, written by hw sample, read by hw preprocess."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest

from handmade import hw_here

STROKES = [[[0, 0], [3, 4], [6, 1]], [[5, 5], [6, 6]]]
INKS = {
    "a.csv": "stroke,x,y\n" + "".join(f"{k},{x},{y}\n" for k, s in enumerate(STROKES) for x, y in s),
    "b.json": json.dumps({"strokes": [[{"x": x, "y": y} for x, y in s] for s in STROKES]}, indent=2),
    "drawing.ndjson": json.dumps(
        {"word": "x", "drawing": [[list(c) for c in zip(*s, strict=True)] for s in STROKES]}
    ),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in INKS.items():
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize("name", INKS)
def test_render_converts_any_ink_into_any_other_format(folder: Path, name: str) -> None:
    for suffix in (".ndjson", ".npz", ".npy"):
        done = hw_here("render", name, "-o", f"out{suffix}", cwd=folder)
        assert (done.status, done.err) == (0, f"wrote out{suffix}\n")
        back = hw_here("render", f"out{suffix}", "-f", "ndjson", cwd=folder)
        assert json.loads(back.out)["strokes"] == STROKES


def test_pictures_and_ink_exclude_each_other(folder: Path) -> None:
    for flags in (["--width", "100"], ["-O", "join=3"], ["--style", "color"]):
        done = hw_here("render", "a.csv", "-o", "out.npz", *flags, cwd=folder)
        assert done.status == 2
        assert f"{flags[0]} only applies to pictures" in done.err
    done = hw_here("sample", "--render", "plain", "-o", "out.npz", cwd=folder)
    assert done.status == 2
    assert not (folder / "out.npz").exists()


def test_sample_writes_arrays_of_the_same_ink_as_lines(folder: Path) -> None:
    flags = ("sample", "--points", "40", "--count", "2", "--seed", "1")
    lines = hw_here(*flags, cwd=folder).out
    hw_here(*flags, "-o", "out.npz", cwd=folder)
    assert hw_here("render", "out.npz", "-f", "ndjson", cwd=folder).out == lines
    piped = hw_here(*flags, "--no-prediction", "-f", "npz", cwd=folder).out
    assert np.load(io.BytesIO(piped), allow_pickle=False)["starts"].tolist()[0] == 0


def test_preprocess_passes_over_json_and_tables_that_are_no_ink(folder: Path) -> None:
    (folder / "package.json").write_text('{"name": "x", "lines": [1, 2], "data": {"a": 1}}')
    (folder / "people.csv").write_text("name,age\nAnn,5\n")
    done = hw_here("preprocess", ".", "-o", "ds", "--min-points", "2", cwd=folder)
    assert done.status == 0, done.err
    report = json.loads((folder / "ds" / "report.json").read_text())
    assert report["kept"]["lines"] == len(INKS)
    assert {Path(one["source"]).name for one in report["not_ink"]} == {"package.json", "people.csv"}
