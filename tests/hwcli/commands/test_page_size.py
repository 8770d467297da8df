"""Pages and lines have the same size whichever way they go from hw sample to a picture."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, replace

import pytest

from handmade import files_in, hw_here, inks_in, random_model, refused, wander
from hwcli.ink_size import Size
from hwcli.model import file as model_file
from renderers.ink import Ink, Paper

TEXT = "a cat\nsat on a\n\nstage"
SAMPLE = ["-q", "sample", "--model", "m.safetensors", "--seed", "1", "--tries", "1", "--text"]
RENDER = ["-q", "render"]
SIZES: dict[str, list[str]] = {
    "none": [],
    "paper": ["--paper", "a5"],
    "landscape and margin": ["--paper", "a6", "--landscape", "--margin", "12mm"],
    "width in px": ["--width", "701"],
    "width in inches": ["--width", "7.3in", "--margin", "3pt"],
    "two sides": ["--width", "120mm", "--height", "90mm", "--align", "right"],
    "height only": ["--height", "300mm"],
    "margin only": ["--margin", "9mm"],
    "ruling": ["--paper", "a6", "--ruling", "squares"],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("pages")
    (root / "hw.toml").write_text("[sample]\nreader = 'none'\n")
    hand = asdict(Size.of(Ink(strokes=tuple(wander(40, seed=3)))))
    model_file.write(
        root / "m.safetensors", replace(random_model(hidden=8, alphabet=" acegnost"), about={"hand": hand})
    )
    return root


@pytest.fixture(autouse=True)
def run_here(folder, monkeypatch):
    monkeypatch.chdir(folder)


def run(*arguments, stdin: bytes = b"") -> bytes:
    done = hw_here(*arguments, cwd=".", stdin=stdin)
    assert (done.err, done.status) == ("", 0)
    return done.out


def sizes(svg: bytes) -> list[str]:
    return [re.search(rb' %s="([^"]*)"' % side, svg)[1].decode() for side in (b"width", b"height")]


@pytest.mark.parametrize("drawing", [[], ["--plotter"]], ids=["px", "plotter"])
@pytest.mark.parametrize("text", [TEXT, "a cat"], ids=["page", "line"])
@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_picture_is_the_same_in_a_pipe(size, text, drawing):
    if text != TEXT and {"--align", "--ruling"} & {*size}:
        pytest.skip("it becomes a page")
    at_once = run(*SAMPLE, text, *size, *drawing, "-f", "svg")
    ink = run(*SAMPLE, text, *size)
    assert run(*RENDER, *drawing, "-f", "svg", stdin=ink) == at_once
    assert run(*RENDER, "-f", "svg", *drawing, stdin=run(*SAMPLE, text, *size, *drawing)) == at_once


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_detours_keep_the_size(size, tmp_path):
    wanted = run(*SAMPLE, TEXT, *size, "-f", "svg")
    ink = run(*SAMPLE, TEXT, *size)
    for name in ("a.npz", "b.inkml", "c.ndjson", "d.svg", "e.npz"):
        run(*RENDER, "-o", tmp_path / name, stdin=ink)
        ink = (tmp_path / name).read_bytes()
        if name == "c.ndjson":
            assert run(*RENDER, "-f", "svg", stdin=ink) == wanted
    assert sizes(run(*RENDER, "-f", "svg", stdin=ink)) == sizes(wanted)


def test_page_has_the_size_asked_for(tmp_path):
    ink = run(*SAMPLE, TEXT, "--paper", "a5", "--line-height", "8mm")
    assert sizes(run(*RENDER, "-f", "svg", "--plotter", stdin=ink)) == ["148mm", "210mm"]
    keys = json.loads(ink)
    assert keys["paper"].keys() == {"width", "height", "margin", "mm_per_unit"}
    page, scale = keys["page"], keys["paper"]["mm_per_unit"]
    assert page["width"] * scale == pytest.approx(148 - 2 * 6.35, rel=1e-6)


def test_plotter_does_not_change_the_lines():
    text = " ".join(["a cat sat on a stage"] * 5)
    pages = [inks_in(hw_here(*SAMPLE, text, "--paper", "a6", *more, cwd=".")) for more in ([], ["--plotter"])]
    assert [page.text for page in pages[0]] == [page.text for page in pages[1]]
    assert [page.paper for page in pages[0]] == [page.paper for page in pages[1]]


@pytest.mark.parametrize(
    ("flags", "wanted"),
    [
        (["--paper", "a4"], ["210mm", "297mm"]),
        (["--width", "100mm"], ["100mm", None]),
        (["--height", "100mm"], [None, "100mm"]),
        (["--margin", "20mm"], ["148mm", "210mm"]),
        (["--background", "red"], ["148mm", "210mm"]),
    ],
    ids=lambda value: " ".join(map(str, value)),
)
def test_flags_take_precedence_over_the_paper_of_the_ink(flags, wanted):
    ink = run(*SAMPLE, TEXT, "--paper", "a5")
    found = sizes(run(*RENDER, "--plotter", "-f", "svg", *flags, stdin=ink))
    assert all(want in (None, side) for want, side in zip(wanted, found, strict=True))
    assert found != ["148mm", "210mm"] or wanted == ["148mm", "210mm"]


def test_settings_in_a_file_do_not_take_precedence(tmp_path):
    (tmp_path / "hw.toml").write_text("[render]\npaper = 'a4'\n")
    ink, config = run(*SAMPLE, TEXT, "--paper", "a5"), ["--config", tmp_path / "hw.toml"]
    assert sizes(run(*config, *RENDER, "--plotter", "-f", "svg", stdin=ink)) == ["148mm", "210mm"]
    line = run(*SAMPLE, "a cat")
    assert sizes(run(*config, *RENDER, "--plotter", "-f", "svg", stdin=line)) == ["210mm", "297mm"]


def test_scored_ink_is_drawn_on_its_paper_or_that_of_flags(tmp_path):
    (tmp_path / "a.ndjson").write_bytes(run(*SAMPLE, TEXT, "--paper", "a5"))
    score = ["-q", "sample", "--model", "m.safetensors", "--score", tmp_path / "a.ndjson", "--fit"]
    assert inks_in(hw_here(*score, cwd="."))[0].paper == Paper(148, 210, 6.35)
    assert sizes(run(*score, "-f", "svg", "--plotter")) == ["148mm", "210mm"]
    assert sizes(run(*score, "-f", "svg", "--plotter", "--paper", "a6")) == ["105mm", "148mm"]


def test_each_page_of_a_pipe_is_a_file(tmp_path):
    text = "\n".join(["a cat"] * 9)
    size = ["--width", "60mm", "--height", "40mm", "--line-height", "9mm", "--margin", "3mm"]
    for name in ("once", "later"):
        (tmp_path / name).mkdir()
    run(*SAMPLE, text, *size, "-o", tmp_path / "once" / "cat.svg")
    ink = run(*SAMPLE, text, *size)
    run(*RENDER, "-o", tmp_path / "later" / "cat.svg", stdin=ink)
    assert list(files_in(tmp_path / "later")) == ["cat.p1.svg", "cat.p2.svg", "cat.p3.svg"]
    assert files_in(tmp_path / "later") == files_in(tmp_path / "once")
    refused(hw_here(*RENDER, "-f", "svg", cwd=".", stdin=ink), "3 pages cannot share stdout", status=2)
    sheet = run(*RENDER, "-f", "svg", "--grid", "3", stdin=ink)
    assert sizes(sheet)[0] == "226.77px"
    without_paper = b"".join(
        json.dumps({k: v for k, v in json.loads(line).items() if k != "paper"}).encode() + b"\n"
        for line in ink.splitlines()
    )
    assert sizes(run(*RENDER, "-f", "svg", stdin=without_paper))[0] == "1200px"


@pytest.mark.parametrize(
    ("flags", "wanted"), [([], "0.4"), (["--pen", "0.25mm"], "0.25"), (["--pen", "1pt"], "0.35278")], ids=str
)
def test_pen_of_a_page_has_a_width_in_millimetres(flags, wanted):
    for line_height in ("6mm", "14mm"):
        picture = ["-f", "svg", "--plotter", *flags]
        at_once = run(*SAMPLE, TEXT, "--line-height", line_height, *picture)
        assert re.findall(rb'stroke-width="([^"]*)"', at_once) == [wanted.encode()]
        assert run(*RENDER, *picture, stdin=run(*SAMPLE, TEXT, "--line-height", line_height)) == at_once


def test_pen_of_a_line_depends_on_the_writing_unless_it_is_given():
    ink = run(*SAMPLE, "a", "--paper", "a5")
    widths = [
        float(
            re.search(rb'stroke-width="([^"]*)"', run(*RENDER, "-f", "svg", "--plotter", *flags, stdin=ink))[
                1
            ]
        )
        for flags in ([], ["--pen", "0.3mm"])
    ]
    assert widths[0] > 1
    assert widths[1] == 0.3


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--pen", "0mm"], ["pen cannot be '0mm'"]),
        (["--pen", "nan mm"], ["pen cannot be 'nan mm'", "0.3mm"]),
        (["--pen", "0.3"], ["no unit", "0.3mm"]),
        (["--pen", "3furlong"], ["unknown unit 'furlong'"]),
        (["-O", "width=0.3mm"], ["fraction of the writing size", "--pen 0.3mm"]),
    ],
    ids=lambda value: " ".join(value),
)
def test_impossible_pens_are_refused(flags, words):
    refused(hw_here(*SAMPLE, TEXT, *flags, "-f", "svg", cwd="."), *words, status=2)
    refused(hw_here(*RENDER, *flags, "-f", "svg", cwd="."), *words, status=2)


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--width", "90furlong"], ["width", "unknown unit 'furlong'"]),
        (["--margin", "80mm"], ["a margin of 80mm leaves no room in a width of 160mm"]),
        (["--paper", "a6", "--margin", "60mm"], ["a margin of 60mm leaves no room in a width of 105mm"]),
        (["--width", "20mm"], ["no room for a few characters"]),
        (["--paper", "a5", "--line-height", "nan mm"], ["line-height cannot be 'nan mm'"]),
        (["--width", "0mm"], ["width must be above 0"]),
    ],
    ids=lambda value: " ".join(value),
)
@pytest.mark.parametrize("output", [[], ["-f", "svg"]], ids=["ink", "picture"])
def test_impossible_pages_are_refused(flags, words, output):
    refused(hw_here(*SAMPLE, TEXT, *flags, *output, cwd="."), *words, status=2)


@pytest.mark.parametrize("kind", ["lines", "squares", "dots"])
def test_ruling_travels_with_the_ink_and_is_drawn_by_default(kind, tmp_path):
    ruled = run(*SAMPLE, TEXT, "--paper", "a6", "--ruling", kind, "-f", "svg")
    assert b"url(#ruling)" in ruled
    plain = run(*SAMPLE, TEXT, "--paper", "a6")
    assert run(*RENDER, "--ruling", kind, "-f", "svg", stdin=plain) == ruled
    ink = run(*SAMPLE, TEXT, "--paper", "a6", "--ruling", kind)
    assert json.loads(ink)["paper"]["ruling"] == kind
    for name in ("a.npz", "b.inkml", "c.svg"):
        run(*RENDER, "-o", tmp_path / name, stdin=ink)
        assert b"url(#ruling)" in run(*RENDER, "-f", "svg", tmp_path / name)
    without = run(*RENDER, "--ruling", "none", "-f", "svg", stdin=ink)
    assert without == run(*SAMPLE, TEXT, "--paper", "a6", "-f", "svg")
    scaled = run(*RENDER, "--paper", "a4", "-f", "svg", stdin=ink)
    assert sizes(scaled) != sizes(ruled)
    assert b"url(#ruling)" in scaled


@pytest.mark.parametrize("format_", [["--plotter", "-f", "svg"], ["-f", "gcode"], ["--plotter", "-f", "png"]])
def test_ruling_is_never_plotted(format_):
    plain, ruled = (run(*SAMPLE, TEXT, "--paper", "a6", "--ruling", r, *format_) for r in ("none", "squares"))
    assert ruled.replace(b' data-hw-ruling="squares"', b"") == plain


def test_ruling_of_a_file_of_settings_is_for_pages_only(tmp_path):
    (tmp_path / "hw.toml").write_text("[render]\nruling = 'lines'\n")
    config = ["--config", tmp_path / "hw.toml"]
    assert b"url(#ruling)" in run(*config, *SAMPLE, TEXT, "-f", "svg")
    line = run(*config, *SAMPLE, "a cat")
    assert "page" not in json.loads(line)
    assert b"ruling" not in run(*config, *RENDER, "-f", "svg", stdin=line)
    pages = run(*SAMPLE, TEXT) + run(*SAMPLE, TEXT)
    assert b"ruling" not in run(*config, *RENDER, "--grid", "2", "-f", "svg", stdin=pages)


def test_ruling_makes_a_page_of_a_short_text():
    assert "page" in json.loads(run(*SAMPLE, "a cat", "--ruling", "dots"))


@pytest.mark.parametrize(
    ("arguments", "stdin", "wanted"),
    [
        ([*RENDER, "--ruling", "lines", "-f", "svg"], "line", "no lines of text for a ruling of lines"),
        ([*RENDER, "--ruling", "lines", "--grid", "2", "-f", "svg"], "pages", "several inks"),
        ([*RENDER, "--ruling", "waves", "-f", "svg"], "line", "--ruling cannot be 'waves'"),
        ([*RENDER, "--ruling", "lines", "-f", "ndjson"], "line", "--ruling only applies to pictures"),
        (["-q", "sample", "--ruling", "lines", "-f", "svg"], None, "--ruling only applies to --text"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_ruling_that_cannot_be_drawn_is_one_clear_line(arguments, stdin, wanted):
    given = b"" if stdin is None else run(*SAMPLE, "a cat") if stdin == "line" else run(*SAMPLE, TEXT) * 2
    status = 1 if "inks" in wanted or "no lines" in wanted else 2  # known once the ink is read
    refused(hw_here(*arguments, cwd=".", stdin=given), wanted, status=status)
