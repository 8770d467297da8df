"""The public API of renderers: draw, save, pages, PNG, terminal text, options and errors."""

from __future__ import annotations

import builtins
import io
import math
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import renderers
from renderers import Drawing, Ink, Page, RenderError, draw
from renderers.descriptions import describe
from renderers.page.lengths import to_px
from renderers.registry import format_for, split_options, style, style_names
from renderers.scene.colors import oklab
from renderers.styles.color import PALETTE

DOT = Ink((np.array([[0.0, 0.0], [100.0, 0.0]]), np.array([[50.0, 30.0]])))

# row and column in its cell of the dot of each bit of a braille character
BRAILLE = [(0, 0), (1, 0), (2, 0), (0, 1), (1, 1), (2, 1), (3, 0), (3, 1)]


def pixels(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


def test_lengths_have_units() -> None:
    assert to_px("96px") == to_px("1in") == to_px(96) == to_px("96") == 96
    assert to_px("25.4mm") == pytest.approx(96)
    assert to_px(" 2.54 CM ") == pytest.approx(96)
    assert to_px("72pt") == pytest.approx(96)


@pytest.mark.parametrize(
    "length", [0, -1, float("nan"), float("inf"), "10parsec", "wide", "", "nan", "1e999", True, "-5mm"]
)
@pytest.mark.parametrize("side", ["width", "height"])
def test_invalid_lengths_are_refused(side: str, length: Any) -> None:
    with pytest.raises(RenderError) as caught:
        Page(**{side: length})
    assert side in caught.value.message
    assert caught.value.hint


def test_unknown_unit_names_the_known_ones() -> None:
    with pytest.raises(RenderError, match="unknown unit 'parsec'") as caught:
        Page(width="10parsec")
    assert caught.value.hint == "units are px, mm, cm, in, pt"


def test_margin_may_be_zero_but_must_leave_room() -> None:
    assert Page(margin=0).margin == 0
    with pytest.raises(RenderError, match="no room"):
        Page(width="40px", margin="20px")
    with pytest.raises(RenderError, match="margin cannot be -1"):
        Page(margin=-1)


def test_missing_side_follows_from_the_aspect_and_both_sides_keep_it() -> None:
    scene = draw(DOT).scene
    aspect = scene.bounds.width / scene.bounds.height
    by_width = Page(width="500px", margin=0).place(scene.bounds, scene.size)
    assert by_width.width == 500
    assert by_width.height == pytest.approx(500 / aspect, abs=1)
    by_height = Page(height="500px", margin=0).place(scene.bounds, scene.size)
    assert by_height.width == pytest.approx(500 * aspect, abs=1)
    both = Page(width=300, height=900, margin=10).place(scene.bounds, scene.size)
    assert (both.width, both.height) == (300, 900)
    corners = both.apply(np.array(scene.bounds).reshape(2, 2))
    assert corners[:, 0] == pytest.approx([10, 290])
    assert corners[:, 1].mean() == pytest.approx(450)


def test_small_ink_is_not_enlarged_to_a_page() -> None:
    root = re.search(r'width="(\d+)px"', draw(Ink((np.zeros((1, 2)),))).svg())
    assert root is not None
    assert int(root[1]) < 100


@pytest.mark.cairo
def test_dot_is_a_disc_as_wide_as_the_nib() -> None:
    picture = pixels(draw(DOT, page=Page(width=400, margin=20)).png())
    dark = picture.sum(axis=2) < 300
    scene = draw(DOT).scene
    x, y = Page(width=400, margin=20).place(scene.bounds, scene.size).apply(np.array([[50.0, 30.0]]))[0]
    size = int(scene.nib * 360 / scene.bounds.width)
    around = dark[int(y) - size : int(y) + size + 1, int(x) - size : int(x) + size + 1]
    assert dark[int(y), int(x)]
    assert around.sum() == pytest.approx(np.pi * size**2 / 4, rel=0.1)


@pytest.mark.cairo
def test_png_size_follows_width_and_scale(ink: Ink) -> None:
    drawing = draw(ink, page=Page(width=1200))
    one = Image.open(io.BytesIO(drawing.png()))
    assert one.width == 1200
    assert Image.open(io.BytesIO(drawing.png(scale=1.5))).size == (1800, math.ceil(one.height * 1.5))
    assert Image.open(io.BytesIO(drawing.png(width=333))).width == 333
    in_mm = draw(ink, page=Page(plotter=True, width="254mm"))
    assert Image.open(io.BytesIO(in_mm.png())).width == 960


@pytest.mark.cairo
def test_png_that_is_too_large_names_the_largest_scale(ink: Ink) -> None:
    drawing = draw(ink, page=Page(width=1200))
    with pytest.raises(RenderError, match="too large") as caught:
        drawing.png(scale=28)
    largest = float(re.search(r"fits is ([\d.]+)", caught.value.hint or "")[1])
    assert largest == pytest.approx(32767 / 1200, abs=0.01)
    with pytest.raises(RenderError, match="scale must be"):
        drawing.png(scale=0)
    with pytest.raises(RenderError, match="width must be a number above 0"):
        drawing.png(width=float("nan"))


def test_png_without_cairo_says_how_to_install_it(ink: Ink, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def refuse(name: str, *args: Any, **more: Any) -> Any:
        if name == "cairosvg":
            raise OSError('no library called "cairo-2" was found\nand much more')
        return real(name, *args, **more)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(RenderError) as caught:
        draw(ink).png()
    assert "libcairo2" in (caught.value.hint or "")
    assert "\n" not in caught.value.message


def test_terminal_shows_every_segment_and_dot() -> None:
    text = draw(DOT).terminal(20)
    lines = text.split("\n")
    assert max(map(len, lines)) in (19, 20)
    assert all(0x2800 < ord(c) <= 0x28FF for c in lines[0])  # the line is unbroken
    assert sum(c != " " for line in lines[1:] for c in line) == 1  # the dot


def test_terminal_lines_have_no_gaps_at_any_slope() -> None:
    for end in ((100.0, 37.0), (37.0, 100.0), (-80.0, 60.0)):
        text = draw(Ink((np.array([[0.0, 0.0], end]),))).terminal(columns=30)
        dots = np.array([
            (4 * row + down, 2 * column + across)
            for row, line in enumerate(text.split("\n"))
            for column, character in enumerate(line)
            for bit, (down, across) in enumerate(BRAILLE)
            if ord(character) >= 0x2800 and ord(character) >> bit & 1
        ])  # fmt: skip
        steps = np.unique(dots[:, np.ptp(dots, axis=0).argmax()])  # along the longer side
        assert len(steps) == np.ptp(steps) + 1 > 40
        assert len(dots) <= len(steps) + 2  # one dot per step, as Bresenham draws


def test_terminal_colors_differ_and_suit_dark_and_light_grounds(ink: Ink) -> None:
    plain, colored = draw(ink, "color").terminal(60), draw(ink, "color").terminal(60, color=True)
    assert "\x1b" not in plain
    lines = [re.sub(r"\x1b\[[\d;]*m", "", line).rstrip() for line in colored.split("\n")]
    assert lines == plain.split("\n")
    found = {tuple(map(int, c)) for c in re.findall(r"\x1b\[38;2;(\d+);(\d+);(\d+)m", colored)}
    assert len(found) >= len(PALETTE) - 1  # a dot may lie under a stroke
    lightness = oklab(np.array(sorted(found)))[:, 0]
    assert lightness.min() > 0.5
    assert lightness.max() < 0.8
    assert all(line.endswith("\x1b[0m") for line in colored.split("\n") if line)


def test_ink_of_one_color_has_the_terminals_own_color(ink: Ink) -> None:
    assert "\x1b" not in draw(ink, "plain").terminal(60, color=True)


def test_heat_map_colors_the_ground_of_a_terminal(ink: Ink) -> None:
    drawing = draw(ink, "pdf")
    grounds = set(re.findall(r"48;2;\d+;\d+;\d+", drawing.terminal(60, color=True)))
    assert len(grounds) > 3
    assert "\x1b" not in drawing.terminal(60)


def test_terminal_text_fits_columns_and_rows(ink: Ink) -> None:
    for columns, rows in ((1, None), (5, None), (80, 3), (200, 1), (1, 1)):
        lines = draw([ink, ink]).terminal(columns, rows).split("\n")
        assert max(map(len, lines)) <= columns
        assert rows is None or len(lines) <= rows
    with pytest.raises(RenderError):
        draw(ink).terminal(0)


@pytest.mark.cairo
def test_suffix_of_a_file_chooses_its_format(ink: Ink, tmp_path: Path) -> None:
    drawing = draw(ink, "pdf")
    assert drawing.save(tmp_path / "a.svg").read_text(encoding="utf-8") == drawing.svg()
    assert drawing.save(str(tmp_path / "b.PNG"), scale=0.5).read_bytes() == drawing.png(scale=0.5)
    assert sorted(os.listdir(tmp_path)) == ["a.svg", "b.PNG"]


def test_saving_errors_name_the_cause_and_keep_the_old_file(
    ink: Ink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawing = draw(ink)
    with pytest.raises(RenderError, match=r"'\.bmp'") as caught:
        drawing.save(tmp_path / "a.bmp")
    assert ".svg, .png" in (caught.value.hint or "")
    with pytest.raises(RenderError, match="nowhere") as caught:
        drawing.save(tmp_path / "nowhere" / "a.svg")
    assert caught.value.hint == "create the folder first"
    with pytest.raises(RenderError, match="unknown option"):
        drawing.save(tmp_path / "a.png", sclae=2)

    (tmp_path / "old.svg").write_text("old")

    def full(*args: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(RenderError, match=r"old\.svg: .*No space left"):
        drawing.save(tmp_path / "old.svg")
    assert os.listdir(tmp_path) == ["old.svg"]
    assert (tmp_path / "old.svg").read_text() == "old"


def test_notebooks_get_svg_and_text(ink: Ink) -> None:
    drawing = draw(ink)
    assert drawing._repr_svg_() == drawing.svg()
    assert set(drawing._repr_mimebundle_()) == {"image/svg+xml", "text/plain"}
    assert set(drawing._repr_mimebundle_(include=["text/plain"])) == {"text/plain"}
    assert set(drawing._repr_mimebundle_(exclude=["text/plain"])) == {"image/svg+xml"}
    assert repr(drawing) == "<Drawing of 1 line, 200 points>"
    assert ink._repr_mimebundle_()["image/svg+xml"] == drawing.svg()
    assert isinstance(ink.draw("multi", page=Page(width=100)), Drawing)


@pytest.mark.parametrize(
    ("name", "options", "message", "hint"),
    [
        ("plane", {}, "unknown style 'plane'", "did you mean plain?"),
        ("plain", {"colour": "red"}, "unknown option 'colour'", "did you mean color?"),
        ("plain", {"color": "rde"}, "color: unknown colour 'rde'", "did you mean red"),
        ("plain", {"color": "#12"}, "color cannot be '#12'", "CSS names or hex"),
        ("plain", {"color": 7}, "color cannot be 7", "CSS names or hex"),
        ("plain", {"width": -1}, "width must be a number from 0.001 to 1, or auto, not -1", ""),
        ("plain", {"width": "thick"}, "width must be a number from 0.001 to 1, or auto, not 'thick'", ""),
        ("plain", {"width": float("nan")}, "width must be a number from 0.001 to 1, or auto, not nan", ""),
        ("plain", {"width": True}, "width must be a number from 0.001 to 1, or auto, not True", ""),
        ("color", {"palette": "red"}, "palette must be 2 to 256 different colours, not 1", ""),
        ("color", {"palette": 3}, "palette must be a list of colours, not 3", "red"),
        ("multi", {"order": "tiem"}, "order cannot be 'tiem'", "did you mean time?"),
        ("multi", {"seed": 1.5}, "seed must be a whole number from 0 to 65535, not 1.5", ""),
        ("pdf", {"resolution": 0}, "resolution must be a whole number from 16 to 8192, not 0", ""),
        ("multi", {"order": ["time"]}, "order cannot be", "time"),
    ],
)
def test_invalid_options_are_refused_with_a_hint(
    name: str, options: dict[str, Any], message: str, hint: str, ink: Ink
) -> None:
    with pytest.raises(RenderError) as caught:
        draw(ink, name, **options)
    assert message in caught.value.message
    assert hint in (caught.value.hint or "")
    assert "\n" not in caught.value.message + (caught.value.hint or "")


def test_options_given_as_text_equal_values(ink: Ink) -> None:
    pairs = ["width=0.1", "color=navy", "resolution=300", "palette=white, #a00,black", "smooth=yes"]
    checked, _ = split_options(style("pdf"), format_for("svg"), pairs)
    values = style("pdf").options(
        width=0.1,
        color="#000080",
        resolution=300,
        palette=("#ffffff", "#aa0000", "#000000"),
        smooth=True,
    )
    assert checked == values
    assert (
        draw(ink, "color", palette="red,blue").svg() == draw(ink, "color", palette=["#f00", "#0000ff"]).svg()
    )
    with pytest.raises(RenderError, match="'width' is not KEY=VALUE"):
        split_options(style("plain"), format_for("svg"), ["width"])


def test_every_style_describes_its_options() -> None:
    found = {info.name: info for info in describe()}
    assert list(found) == style_names()
    assert {"plain", "color", "multi", "eos", "pdf"} <= set(found)
    for info in found.values():
        assert info.summary
        assert info.options
        for option in info.options:
            assert option.help
            # the printed default is read back as the default
            pairs = [f"{option.name}={option.default}"]
            own, _ = split_options(style(info.name), format_for("svg"), pairs)
            assert own == style(info.name).options()


def test_formats_are_found_by_name_and_suffix() -> None:
    assert format_for("svg").name == "svg"
    assert format_for("a/b.PNG").name == "png"
    assert draw(DOT).encode("term", columns=10).decode().endswith("\n")
    with pytest.raises(RenderError, match="unknown format 'jpeg'"):
        format_for("jpeg")
    with pytest.raises(RenderError, match=r"suffix '\.jpeg'"):
        format_for("a.jpeg")


def test_import_loads_no_heavy_package() -> None:
    code = (
        "import sys, renderers, renderers.registry\n"
        "renderers.Ink, renderers.Page, renderers.draw\n"
        "heavy = {'torch', 'svgwrite', 'cairosvg', 'PIL', 'renderers.styles.pdf', 'hwcli'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
        "import numpy as np\n"
        "renderers.draw(renderers.Ink((np.eye(2),))).svg()\n"
        "heavy = {'torch', 'cairosvg', 'PIL', 'renderers.styles.pdf', 'hwcli'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    root = Path(renderers.__file__).parent.parent
    subprocess.run([sys.executable, "-c", code], check=True, cwd=root)


def test_package_exports_what_it_declares() -> None:
    for name in renderers.__all__:
        assert getattr(renderers, name).__name__ == name
    assert set(renderers.__all__) <= set(dir(renderers))
    with pytest.raises(AttributeError):
        renderers.nothing  # noqa: B018
