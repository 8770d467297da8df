"""hw render and hw sample --render: styles, formats, pages, contact sheets, films and the terminal."""

from __future__ import annotations

import io
import os
import re
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pexpect
import pytest
from PIL import Image

from handmade import environment, hw_here, tiny_model

HW = [sys.executable, "-m", "hwcli"]
STYLES = ("plain", "color", "multi", "eos", "pdf")
MAGIC = {"svg": b"<svg", "png": b"\x89PNG", "gif": b"GIF89a", "pdf": b"%PDF-", "term": None}
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with three samples of a tiny model."""
    root: Path = tmp_path_factory.mktemp("render")
    tiny_model(root / "m.safetensors")
    done = hw_here(
        "sample", "--model", "m.safetensors", "--seed", "3", "--count", "3", "--points", "40",
        "-o", "ink.ndjson", cwd=root,
    )  # fmt: skip
    assert done.status == 0, done
    return root


def is_format(data: bytes, format_: str) -> bool:
    if format_ == "term":
        return any(0x2800 < ord(c) <= 0x28FF for c in data.decode())
    return data.startswith(MAGIC[format_] or b"")


@pytest.mark.cairo
@pytest.mark.parametrize("format_", MAGIC)
@pytest.mark.parametrize("style", STYLES)
def test_render_and_sample_draw_every_style_in_every_format_alike(
    folder: Path, style: str, format_: str
) -> None:
    quick = ["--duration", "0.2", "--scale", "0.25"] if format_ == "gif" else []
    drawn = hw_here("render", "ink.ndjson", "--style", style, "-f", format_, *quick, cwd=folder)
    sampled = hw_here(
        "sample", "--model", "m.safetensors", "--seed", "3", "--count", "3", "--points", "40",
        "--render", style, "-f", format_, *quick, cwd=folder,
    )  # fmt: skip
    assert drawn.status == sampled.status == 0, drawn
    assert is_format(drawn.out, format_)
    assert drawn.out == sampled.out


@pytest.mark.cairo
@pytest.mark.parametrize(
    ("line", "size"),
    [
        ("--width 500", (500, None)),
        ("--width 500 --scale 2", (1000, None)),
        ("--width 100mm --dpi 254", (1000, None)),
        ("--paper a6 --landscape --dpi 100", (583, 414)),
        ("--paper letter --scale 0.5", (408, 528)),
        ("--width 300 --height 200", (300, 200)),
        ("--plotter --width 127mm --dpi 100", (500, None)),
    ],
)
def test_png_has_the_requested_size(folder: Path, line: str, size: tuple[int, int | None]) -> None:
    done = hw_here("render", "ink.ndjson", "-f", "png", *line.split(), cwd=folder)
    assert done.status == 0, done
    width, height = Image.open(io.BytesIO(done.out)).size
    assert width == size[0]
    assert size[1] in (None, height)


@pytest.mark.cairo
def test_background_none_is_transparent(folder: Path) -> None:
    done = hw_here("render", "ink.ndjson", "-f", "png", "--background", "none", cwd=folder)
    alpha = Image.open(io.BytesIO(done.out)).convert("RGBA").getchannel("A")
    assert alpha.getextrema() == (0, 255)
    svg = hw_here("render", "ink.ndjson", "--background", "none", cwd=folder).out
    assert b"<rect" not in svg


@pytest.mark.cairo
def test_film_has_the_requested_length(folder: Path) -> None:
    line = "--duration 1.5 --hold 0.7 --fps 12 --loop 2"
    done = hw_here("render", "ink.ndjson", "-o", "a.gif", *line.split(), cwd=folder)
    assert done.status == 0, done
    film = Image.open(folder / "a.gif")
    lengths = []
    for frame in range(film.n_frames):
        film.seek(frame)
        lengths.append(film.info["duration"])
    assert sum(lengths) == 2200
    assert len(lengths) > 6


def test_sheet_has_one_caption_per_sample(folder: Path) -> None:
    done = hw_here("render", "ink.ndjson", "--grid", "2", "--caption", "seed,id", cwd=folder)
    texts = [e.text for e in ET.fromstring(done.out).iter(SVG + "text")]
    assert texts == ["seed 3 · 3-0", "seed 3 · 3-1", "seed 3 · 3-2"]


def test_file_and_environment_settings_apply(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "hw.toml").write_text('[render]\npaper = "a5"\nfps = 10.0\nstyle = "color"\n', "utf-8")
    done = hw_here("render", str(folder / "ink.ndjson"), cwd=tmp_path, HW_RENDER_LANDSCAPE="1")
    # fps does not apply to SVG, but as a setting it is not an error
    assert done.status == 0, done
    root = ET.fromstring(done.out)
    assert (root.get("width"), root.get("height")) == ("793.7px", "559.37px")


def test_list_names_options_with_their_defaults(folder: Path) -> None:
    text = hw_here("render", "--list", cwd=folder).out.decode()
    for words in ("plain: ", "pdf: ", "gif: ", "-O smooth=no", "-O fps=25 ", "-O duration=pen", "-O join=0 "):
        assert words in text
    assert max(map(len, text.splitlines())) <= 100


def test_piped_terminal_text_is_80_columns_without_colors(folder: Path) -> None:
    text = hw_here("render", "ink.ndjson", "--style", "color", "-f", "term", cwd=folder).out.decode()
    assert "\x1b" not in text
    assert 70 < max(map(len, text.splitlines())) <= 80
    wide = hw_here("render", "ink.ndjson", "-f", "term", "-O", "columns=33", cwd=folder).out.decode()
    assert max(map(len, wide.splitlines())) <= 33


def at_a_terminal(folder: Path, *arguments: str, columns: int = 60, **env: str) -> str:
    """Run hw with stdout and stderr on a terminal `columns` wide; return what is shown."""
    variables = {**environment(), "TERM": "xterm-256color", "COLUMNS": str(columns), **env}
    if "NO_COLOR" not in env:
        variables.pop("NO_COLOR", None)
    child = pexpect.spawn(
        HW[0], [*HW[1:], *arguments], cwd=str(folder), env=variables, dimensions=(40, columns), timeout=120
    )
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0, child.before
    seen: bytes = child.before
    return seen.decode()


def test_terminal_shows_the_ink_in_color_and_fitted(folder: Path) -> None:
    seen = at_a_terminal(folder, "render", "ink.ndjson", "--style", "color", columns=50)
    assert "\x1b[38;2;" in seen
    bare = re.sub(r"\x1b\[[\d;]*m", "", seen)
    assert any(0x2800 < ord(c) <= 0x28FF for c in bare)
    assert max(len(line.rstrip()) for line in bare.splitlines()) <= 50


def test_no_color_is_obeyed(folder: Path) -> None:
    assert "\x1b" not in at_a_terminal(folder, "render", "ink.ndjson", "--style", "color", NO_COLOR="1")


def test_sample_at_a_terminal_is_shown_and_saved(folder: Path, tmp_path: Path) -> None:
    model = os.fspath(folder / "m.safetensors")
    arguments = ["sample", "--model", model, "--seed", "4", "--points", "60", "--render", "eos"]
    for name in ("sample.eos.svg", "sample.eos.2.svg"):
        seen = at_a_terminal(tmp_path, *arguments)
        assert any(0x2800 < ord(c) <= 0x28FF for c in seen)
        assert f"wrote {name}" in seen
        assert (tmp_path / name).read_bytes().startswith(b"<svg")


@pytest.mark.cairo
def test_film_progress_is_shown_only_at_a_terminal(folder: Path) -> None:
    arguments = ["render", "ink.ndjson", "-o", "b.gif", "--duration", "4", "--fps", "50"]
    assert "frame by frame" in at_a_terminal(folder, *arguments)
    assert "frame by frame" not in hw_here(*arguments, cwd=folder).err


@pytest.mark.cairo
def test_film_is_not_written_to_a_terminal(folder: Path) -> None:
    child = pexpect.spawn(
        HW[0], [*HW[1:], "render", "ink.ndjson", "-f", "gif"], cwd=str(folder), env=environment()
    )
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 2
    assert b"binary" in child.before
