"""G-code, run by an interpreter of its own: strokes, pen lifts, millimetres, origin, bed, curves and dots."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from gcode_machine import TOUCHES, Machine, run
from inks import make_ink
from renderers import Drawing, Ink, Page, RenderError, draw
from renderers.ink import Frame

PAGE = Page(paper="a5", landscape=True)
WIDTH, HEIGHT = 210.0, 148.0
INK = make_ink(300)
DOT = 0.1


def placed(drawing: Drawing) -> list[NDArray[np.float64]]:
    """Return the strokes of one ink in mm from the bottom left of its page: what a machine should draw."""
    place = replace(drawing.page, plotter=True).place(
        drawing.scene.bounds, drawing.scene.size, drawing.scene.frame
    )
    layer = drawing.scene.layers[0]
    mm = place.apply(layer.vertices) * [1, -1] + [0, place.height]
    return np.split(mm, layer.starts[1:-1])


def made(ink: Ink = INK, page: Page = PAGE, profile: str = "servo", **options: object) -> Machine:
    return run(draw(ink, "plain", page).encode("gcode", profile=profile, **options), profile)


def corners(strokes: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    points = np.concatenate(strokes)
    return np.array([points.min(axis=0), points.max(axis=0)])


@pytest.mark.parametrize("profile", TOUCHES)
def test_machine_draws_the_strokes_in_writing_order(profile: str) -> None:
    drawing = draw(INK, "plain", PAGE)
    machine = made(profile=profile)
    wanted = placed(drawing)
    assert len(machine.strokes) == len(wanted) == len(INK.strokes)
    for found, stroke in zip(machine.strokes, wanted, strict=True):
        assert np.abs(found[0] - stroke[0]).max() < 6e-4
        if len(stroke) > 1:
            assert np.abs(found - stroke).max() < 6e-4
    assert (machine.position["X"], machine.position["Y"]) == (0.0, 0.0)


real = st.floats(-1e4, 1e4, allow_nan=False)
inks = st.lists(st.lists(st.tuples(real, real), min_size=1, max_size=8), min_size=1, max_size=6)


@given(inks, st.sampled_from([Page(), Page(width="90mm", margin=0), Page(width=300, height=700), PAGE]))
def test_any_ink_comes_back_within_a_thousandth_of_a_millimetre(
    strokes: list[list[tuple[float, float]]], page: Page
) -> None:
    drawing = draw(Ink(tuple(map(np.array, strokes))), "plain", page)
    machine, wanted = run(drawing.encode("gcode")), placed(drawing)
    assert len(machine.strokes) == len(wanted)
    for found, stroke in zip(machine.strokes, wanted, strict=True):
        # points that coincide on the machine are drawn once: each end of one is near a point of the other
        away = np.abs(found[:, None] - stroke[None]).max(axis=2)
        assert away.min(axis=0).max() < 1.6e-3
        assert away.min(axis=1).max() < DOT + 1.6e-3
        assert np.abs(found[0] - stroke[0]).max() < 1.6e-3


def test_sizes_are_true_within_a_fifth_of_a_percent() -> None:
    """A page of text with a frame 100 mm wide between margins of 10 mm."""
    ink = Ink(([[0, 0], [1000, 0]], [[1000, 400], [0, 400]]), frame=Frame(0, 0, 1000, 500, 0.1))
    machine = made(ink, Page(width="120mm", margin="10mm"))
    assert corners(machine.strokes) == pytest.approx(np.array([[10, 20], [110, 60]]), rel=2e-3)
    wide = made(INK, Page(width="254mm", margin="20mm"))
    nib = draw(INK, "plain").scene.nib
    across = np.ptp(INK.points[:, 0])
    assert np.ptp(corners(wide.strokes)[:, 0]) == pytest.approx(214 * across / (across + nib), rel=2e-3)


def test_page_without_a_size_is_that_of_a_plotter() -> None:
    program = draw(INK).encode("gcode")
    assert program == draw(INK, page=Page(plotter=True)).encode("gcode")
    assert b"on a page of 210 x " in program


ORIGINS = {
    ("bottom-left", "up"): lambda p: p,
    ("bottom-right", "up"): lambda p: p - [WIDTH, 0],
    ("top-left", "up"): lambda p: p - [0, HEIGHT],
    ("top-right", "up"): lambda p: p - [WIDTH, HEIGHT],
    ("center", "up"): lambda p: p - [WIDTH / 2, HEIGHT / 2],
    ("top-left", "down"): lambda p: [0, HEIGHT] + p * [1, -1],
    ("bottom-left", "down"): lambda p: p * [1, -1],
}


@pytest.mark.parametrize(("origin", "y_axis"), ORIGINS, ids="-".join)
def test_origin_is_the_named_corner_of_the_page(origin: str, y_axis: str) -> None:
    usual = made().strokes
    for found, stroke in zip(made(origin=origin, y_axis=y_axis).strokes, usual, strict=True):
        wanted = ORIGINS[origin, y_axis](stroke)
        assert found == pytest.approx(wanted, abs=1.1e-3)


@pytest.mark.parametrize("y_axis", ["up", "down"])
@pytest.mark.parametrize("origin", ["bottom-left", "bottom-right", "top-left", "top-right", "center"])
def test_drawing_beyond_the_bed_is_refused_with_its_overhang(origin: str, y_axis: str) -> None:
    """The bed and the page share the corner that is the origin; the drawing may fill the bed to its edge."""
    low, high = corners(made().strokes)
    fx, fy = {"left": 0, "right": 1, "center": 0.5}, {"bottom": 0, "top": 1, "center": 0.5}
    x, y = fx[origin.split("-")[-1]], fy[origin.split("-")[0]]
    # the least bed: on each side of the origin, what the drawing needs there
    need = [
        max((high[i] - at * size) / (1 - at) if at < 1 else 0, (at * size - low[i]) / at if at else 0)
        for i, (at, size) in enumerate(((x, WIDTH), (y, HEIGHT)))
    ]
    options = {"origin": origin, "y_axis": y_axis}
    assert made(bed=f"{need[0] + 0.002:.4f}x{need[1] + 0.002:.4f}", **options).strokes
    with pytest.raises(RenderError, match="the drawing does not lie within the bed") as refused:
        made(bed=f"{need[0] + 0.002:.4f} x {need[1] - 20:.4f}mm", **options)
    (by,) = re.findall(r"it extends ([\d.]+) mm", refused.value.message)[:1]
    assert float(by) == pytest.approx(10 if origin == "center" else 20, abs=0.01)
    sides = re.findall(r"beyond its (\w+)", refused.value.message)
    assert set(sides) <= {"top", "bottom"}
    assert "210 x 148 mm" in refused.value.hint


def test_drawing_may_lie_within_a_bed_that_is_smaller_than_its_page() -> None:
    assert made(bed="205x148").strokes
    with pytest.raises(RenderError, match="bed of 100 x 80 mm"):
        made(bed="10cm x 8cm")


def test_bed_is_exact_to_a_hundredth_of_a_millimetre() -> None:
    right, top = corners(made().strokes)[1]
    assert made(bed=f"{right:.3f}x{top:.3f}").strokes
    with pytest.raises(RenderError, match=r"(?m)it extends 0\.01\d* mm beyond its right$"):
        made(bed=f"{right - 0.01:.3f}x{top:.3f}")


def test_no_coordinate_is_minus_zero() -> None:
    ink = Ink(([[-100, -50], [-1e-6, -1e-6], [100, 50]],))
    lines = draw(ink, page=PAGE).encode("gcode", origin="center").decode().splitlines()
    assert "G1 X0.000 Y0.000 F1500" in lines


def test_legend_is_not_drawn() -> None:
    drawing = draw(INK, "eos", PAGE, legend=True)
    assert len(drawing.scene.layers) == 2
    assert len(run(drawing.encode("gcode")).strokes) == len(INK.strokes)


def test_dot_becomes_a_short_touch_within_the_page() -> None:
    ink = Ink(([[0, 0]], [[300, 0], [300, 200]], [[600, 200]]))
    machine = made(ink)
    lengths = [float(np.hypot(*np.diff(s, axis=0).T).sum()) for s in machine.strokes]
    assert (lengths[0], lengths[2]) == pytest.approx((DOT, DOT))
    assert machine.strokes[0][-1, 0] > machine.strokes[0][0, 0]
    assert machine.strokes[2][-1, 0] < machine.strokes[2][0, 0]


@pytest.mark.parametrize("tolerance", [0.005, 0.05, 0.5])
def test_curves_are_lines_within_the_tolerance(tolerance: float) -> None:
    drawing = draw(INK, "plain", PAGE, smooth=True)
    fine, coarse = (run(drawing.encode("gcode", tolerance=t)) for t in (0.001, tolerance))
    assert sum(map(len, coarse.strokes)) < sum(map(len, fine.strokes))
    for exact, lines in zip(fine.strokes, coarse.strokes, strict=True):
        a, b = lines[:-1], lines[1:]
        along = ((exact[:, None] - a) * (b - a)).sum(axis=2) / np.maximum(((b - a) ** 2).sum(axis=1), 1e-12)
        nearest = a + np.clip(along, 0, 1)[..., None] * (b - a)
        away = np.hypot(*(exact[:, None] - nearest).transpose(2, 0, 1)).min(axis=1)
        assert away.max() <= tolerance + 0.002


def test_sort_shortens_travel_and_draws_the_same() -> None:
    written, by_travel = made(make_ink(900)), made(make_ink(900), sort=True)
    assert by_travel.travelled < written.travelled
    either_way = lambda s: min(s.tolist(), s[::-1].tolist())  # noqa: E731
    assert sorted(map(either_way, by_travel.strokes)) == sorted(map(either_way, written.strokes))


def test_feeds_are_those_asked_for() -> None:
    machine = made(feed=900, travel=4000)
    assert (machine.draw_feeds, machine.travel_feeds) == ({900}, {4000})
    assert (made(profile="z").draw_feeds, made().travel_feeds) == ({1500}, {None})


def test_servo_is_given_time_at_every_lift_and_touch() -> None:
    assert made().waited == pytest.approx(0.2 * (2 * len(INK.strokes) + 1))


def test_own_commands_replace_those_of_the_profile() -> None:
    program = draw(INK, page=PAGE).encode(
        "gcode", up="M280 P0 S40 | G4 P150", down="M280 P0 S90|G1 X{x} Y{y} F{feed}", feed=750.5
    )
    lines = program.decode().splitlines()
    assert not any(line.startswith("M3") for line in lines)
    downs = [k for k, line in enumerate(lines) if line == "M280 P0 S90"]
    assert len(downs) == len(INK.strokes)
    for k in downs:  # where the pen is
        assert lines[k - 1].replace("G0", "G1") + " F750.5" == lines[k + 1]
    ups = [lines[k + 1] for k, line in enumerate(lines) if line == "M280 P0 S40"]
    assert ups == (len(INK.strokes) + 1) * ["G4 P150"]


def test_program_is_absolute_in_millimetres_with_three_decimals() -> None:
    lines = draw(INK, page=PAGE).encode("gcode").decode("ascii").splitlines()
    code = [line.partition(" ;")[0] for line in lines if not line.startswith(";")]
    assert code[:2] == ["G21", "G90"]
    assert code[-1] == "M2"
    coordinates = re.findall(r"[XY](\S+)", "\n".join(code))
    assert all(re.fullmatch(r"-?\d+\.\d{3}", number) for number in coordinates)
    assert "-0.000" not in coordinates
    assert max(map(len, lines)) <= 80  # GRBL reads no longer lines


def test_heat_map_is_left_out_and_the_program_says_so() -> None:
    plain, heat = (draw(INK, style, PAGE).encode("gcode") for style in ("plain", "pdf"))
    assert b"; the heat map is left out" in heat
    assert b"heat map" not in plain
    assert len(run(heat).strokes) == len(INK.strokes)


REFUSED = {
    "up=M5\nM3": "up must be one line",
    "up=M3 S30 é": "up must be one line of ASCII",
    "up=": "up has an empty command",
    "down=M3||M4": "down has an empty command",
    "down=M3 S{depth}": "down has an unknown field {depth}",
    "down=G1 X{x:.9f}": "down has an unknown field {x:.9f}",
    "down=G1 X{x!r}": "down has an unknown field {x!r}",
    "down=G1 X{}": "down has an unknown field {}",
    "down=G1 X{x.real}": "down has an unknown field {x.real}",
    "down=G1 X{x": "down has a brace without its partner",
    "down=M3 S30|G4 P0.2": "up and down are the same commands",
    "feed=0": "feed must be a number from 1 to 100000",
    "feed=nan": "feed must be a number",
    "feed=-5": "feed must be a number",
    "travel=inf": "travel must be a number",
    "profile=servos": "profile cannot be 'servos'",
    "origin=left": "origin cannot be 'left'",
    "y_axis=sideways": "y_axis cannot be 'sideways'",
    "bed=300": "bed cannot be '300'",
    "bed=300x200x10": "bed cannot be '300x200x10'",
    "bed=nanx200": "bed cannot be",
    "bed=0x200": "bed cannot be '0mm'",
    "bed=30ellx200": "unknown unit 'ell'",
    "tolerance=0": "tolerance must be a number from 0.001 to 1",
    "sort=perhaps": "sort must be yes or no",
}


@pytest.mark.parametrize("option", REFUSED)
def test_bad_options_are_refused_in_one_line(option: str) -> None:
    name, _, value = option.partition("=")
    with pytest.raises(RenderError) as refused:
        draw(INK).encode("gcode", **{name: value})
    assert REFUSED[option] in refused.value.message
    assert "\n" not in refused.value.message + (refused.value.hint or "")


def test_scene_without_strokes_is_refused() -> None:
    drawing = draw(INK)
    with pytest.raises(RenderError, match="no strokes"):
        Drawing(drawing.scene.until(0), PAGE).encode("gcode")


def test_vpype_gcode_makes_the_same_strokes_of_the_plotter_page(tmp_path: Path) -> None:
    pytest.importorskip("vpype", reason="vpype is not here (it is not made for Python 3.14 yet)")
    draw(INK, page=Page(paper="a5", landscape=True, plotter=True)).save(tmp_path / "a.svg")
    (tmp_path / "pen.toml").write_text(
        '[gwrite.pen]\nunit = "mm"\nvertical_flip = true\n'
        r'document_start = "G21\nG90\nM3 S30\n"'
        "\n"
        r'segment_first = "G0 X{x:.3f} Y{y:.3f}\nM3 S90\n"'
        "\n"
        r'segment = "G1 X{x:.3f} Y{y:.3f} F1500\n"'
        "\n"
        r'line_end = "M3 S30\n"'
        "\n"
        r'document_end = "M2\n"'
        "\n"
    )
    command = [sys.executable, "-m", "vpype_cli", "--config", "pen.toml", "read", "a.svg"]
    subprocess.run(
        [*command, "gwrite", "-p", "pen", "a.gcode"], cwd=tmp_path, check=True, capture_output=True
    )
    theirs, ours = run((tmp_path / "a.gcode").read_bytes()), made()
    assert len(theirs.strokes) == len(ours.strokes)
    for one, two in zip(theirs.strokes, ours.strokes, strict=True):
        # vpype drops points nearer than its quantisation, and SVG has two decimals
        assert np.abs(one[0] - two[0]).max() < 0.011
        assert np.hypot(*np.diff(one, axis=0).T).sum() == pytest.approx(
            np.hypot(*np.diff(two, axis=0).T).sum(), rel=5e-3, abs=0.11
        )
