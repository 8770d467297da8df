"""G-code, as typed by a user of hw render and hw sample."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from gcode_machine import run
from handmade import files_in, hw_here, random_model, refused, tiny_model, wander
from hwcli.ink_size import Size
from hwcli.model import file as model_file
from renderers import Ink

SVG = "{http://www.w3.org/2000/svg}"
SUFFIXES = ("gcode", "nc", "ngc", "NC")
WRITE = ["sample", "--model", "w.safetensors", "--seed", "1", "--tries", "1", "--text"]
TEXT = "ab ca\nbc ab\nca ab"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a sample, a dot, empty ink, and a model that writes text."""
    root: Path = tmp_path_factory.mktemp("gcode")
    tiny_model(root / "m.safetensors")
    hand = {"hand": asdict(Size.of(Ink(tuple(wander(40, seed=3)))))}
    model_file.write(root / "w.safetensors", replace(random_model(hidden=8, alphabet=" -abc"), about=hand))
    line = ["sample", "--model", "m.safetensors", "--seed", "3", "--points", "60", "-o", "ink.ndjson"]
    assert hw_here(*line, cwd=root).status == 0
    (root / "none.ndjson").write_text('{"hw":1,"strokes":[]}\n', "utf-8")
    return root


def svg_strokes(data: bytes) -> int:
    return sum(path.get("d", "").count("M") for path in ET.fromstring(data).iter(f"{SVG}path"))


def test_suffixes_and_the_format_give_the_same_program(folder: Path, tmp_path: Path) -> None:
    program = hw_here("render", str(folder / "ink.ndjson"), "-f", "gcode", cwd=tmp_path).out
    assert run(program).strokes
    for suffix in SUFFIXES:
        done = hw_here("render", str(folder / "ink.ndjson"), "-o", f"a.{suffix}", cwd=tmp_path)
        assert done.status == 0, done
        assert (tmp_path / f"a.{suffix}").read_bytes() == program


def test_sample_writes_what_render_draws_of_its_ink(folder: Path) -> None:
    line = ["sample", "--model", "m.safetensors", "--seed", "3", "--points", "60", "-f", "gcode"]
    sampled = hw_here(*line, cwd=folder).out
    assert sampled == hw_here("render", "ink.ndjson", "-f", "gcode", cwd=folder).out
    svg = hw_here("render", "ink.ndjson", "--plotter", cwd=folder).out
    assert len(run(sampled).strokes) == svg_strokes(svg)


def test_plotter_changes_nothing(folder: Path) -> None:
    one, two = (hw_here("render", "ink.ndjson", "-f", "gcode", *p, cwd=folder) for p in ([], ["--plotter"]))
    assert one.out == two.out


@pytest.mark.parametrize(
    "size",
    [["--width", "120mm"], ["--width", "120mm", "--height", "50mm", "--margin", "10mm"], []],
    ids=" ".join,
)
def test_pages_of_text_are_those_of_a_plotter(folder: Path, tmp_path: Path, size: list[str]) -> None:
    """Each page has a program, with the strokes and the size of its drawing for a plotter."""
    write = [*WRITE[:2], str(folder / "w.safetensors"), *WRITE[3:], TEXT, "--line-height", "16mm", *size]
    for name, more in (("a.gcode", []), ("a.svg", ["--plotter"])):
        done = hw_here(*write, "-o", name, *more, cwd=tmp_path)
        assert done.status == 0, done
    programs = sorted(tmp_path.glob("*.gcode"))
    drawings = sorted(tmp_path.glob("*.svg"))
    assert [p.stem for p in programs] == [d.stem for d in drawings]
    assert len(programs) == (3 if "--height" in size else 1)
    for program, drawing in zip(programs, drawings, strict=True):
        root = ET.fromstring(drawing.read_bytes())
        width, height = (str(root.get(side)).removesuffix("mm") for side in ("width", "height"))
        assert f" on a page of {width} x {height} mm" in program.read_text()
        assert len(run(program.read_bytes()).strokes) == svg_strokes(drawing.read_bytes())


def test_fonts_and_layers_of_several_inks_are_left_out(folder: Path) -> None:
    two = ["ink.ndjson", "ink.ndjson"]
    plain = hw_here("render", *two, "-f", "gcode", cwd=folder).out
    one = hw_here("render", "ink.ndjson", "-f", "gcode", cwd=folder).out
    captioned = hw_here("render", *two, "-f", "gcode", "--caption", "seed", cwd=folder).out
    assert len(run(plain).strokes) == len(run(captioned).strokes) == 2 * len(run(one).strokes)


ROWS = [
    ("ink.ndjson -O bed=90x80", 1, ["within the bed of 90 x 80 mm", "mm beyond its right and ", "its top"]),
    ("ink.ndjson --paper a4 -O bed=148x210", 1, ["mm beyond its right", "210 x 297 mm"]),
    ("none.ndjson", 1, ["no points"]),
    ("ink.ndjson -O feed=0", 2, ["feed must be a number from 1"]),
    ("ink.ndjson -O feed=nan", 2, ["feed must be a number from 1"]),
    ("ink.ndjson -O travel=-1", 2, ["travel must be a number from 1"]),
    ("ink.ndjson -O up=M3{depth}", 2, ["unknown field {depth}", "{x}, {y}, {feed}"]),
    ("ink.ndjson -O down=", 2, ["down has an empty command"]),
    ("ink.ndjson -O bed=30ellx20", 2, ["'30ell'", "300x200"]),
    ("ink.ndjson -O profile=pen", 2, ["'pen'", "servo, z, laser"]),
    ("ink.ndjson -O widht=3", 2, ["widht", "width"]),
    ("ink.ndjson --width 3furlongs", 2, ["furlongs"]),
    ("ink.ndjson --width 15mm", 2, ["margin", "15mm"]),
    ("ink.ndjson --dpi 300", 2, ["--dpi does not apply to gcode"]),
    ("ink.ndjson -O join=0.3mm", 2, ["join"]),
]


@pytest.mark.parametrize(("line", "status", "words"), ROWS, ids=[row[0] for row in ROWS])
def test_bad_input_is_one_clear_line_and_leaves_nothing(
    folder: Path, line: str, status: int, words: list[str]
) -> None:
    before = files_in(folder)
    refused(hw_here("render", *line.split(), "-o", "x.gcode", cwd=folder), *words, status=status)
    assert files_in(folder) == before


def test_newlines_in_commands_are_refused(folder: Path) -> None:
    done = hw_here("render", "ink.ndjson", "-f", "gcode", "-O", "up=M5\nG0 Z5", cwd=folder)
    refused(done, "up must be one line", "separate commands with |", status=2)
    assert done.out == b""


def test_page_of_text_has_lines_of_the_height_asked_for(tmp_path: Path) -> None:
    """One line between margins of 10 mm."""
    line = ["sample", "--text", "is it", "--seed", "1", "--bias", "1", "--tries", "1"]
    done = hw_here(
        *line, "--line-height", "16mm", "--width", "120mm", "--margin", "10mm", "-f", "gcode", cwd=tmp_path
    )
    assert done.status == 0, done
    assert b"on a page of 120 x 36 mm" in done.out
    assert len(run(done.out).strokes) > 3
