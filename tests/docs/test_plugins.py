"""The plug-ins of docs/plugins.md, installed into a fresh environment, and broken plug-ins."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import sysconfig
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

DOC = Path(__file__).parents[2] / "docs" / "plugins.md"
INK = json.dumps({"hw": 1, "strokes": [[[0, 0], [30, 40]], [[50, 0], [60, 40], [70, 0]], [[90, 5]]]})


def blocks(kind: str) -> dict[str, str]:
    """Return the files of an example on the page: name → text."""
    found = re.findall(rf"<!-- plug-in: {kind} -->\n```\w+\n# (\S+)\n(.*?)```", DOC.read_text("utf-8"), re.S)
    return dict(found)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make an environment with the packages of this one and both example plug-ins."""
    folder = tmp_path_factory.mktemp("fresh")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "env"], check=True)
    python = folder / "env" / "bin" / "python"
    site = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        check=True, capture_output=True, text=True,
    ).stdout.strip()  # fmt: skip
    ours = sysconfig.get_path("purelib")
    (Path(site) / "ours.pth").write_text(f"import site; site.addsitedir({ours!r})\n", "utf-8")
    for kind in ("style", "format", "reader"):
        package = folder / kind
        package.mkdir()
        for name, text in blocks(kind).items():
            (package / name).write_text(text, "utf-8")
        subprocess.run(
            [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps",
             "--no-build-isolation", "--no-index", package],
            check=True, capture_output=True,
        )  # fmt: skip
    return python


def hw(python: Path | str, *arguments: str, path: Path | None = None) -> subprocess.CompletedProcess[bytes]:
    environment = dict(os.environ)
    if path is not None:
        environment["PYTHONPATH"] = str(path)
    return subprocess.run(
        [python, "-m", "hwcli", *arguments], input=INK.encode(), capture_output=True, env=environment
    )


@pytest.mark.parametrize("kind", ["style", "format", "reader"])
def test_example_has_under_40_lines(kind: str) -> None:
    files = blocks(kind)
    assert "pyproject.toml" in files
    assert len(files) == 2
    assert 20 < sum(len(text.splitlines()) + 1 for text in files.values()) < 40


def test_example_style_is_listed_and_draws(fresh: Path) -> None:
    listed = hw(fresh, "render", "--list").stdout.decode()
    assert "dusk" in listed
    assert "from day to night" in listed
    assert "hw-dusk 0.1" in listed
    done = hw(fresh, "render", "--style", "dusk", "-O", "palette=gold,navy,black")
    assert done.returncode == 0, done.stderr
    root = ET.fromstring(done.stdout)
    strokes = [e.get("stroke") for e in root.iter() if e.get("stroke", "none") != "none"]
    assert strokes == ["#ffd700", "#000080", "#000000"]


@pytest.mark.cairo
def test_example_style_works_with_every_format(fresh: Path, tmp_path: Path) -> None:
    for suffix, magic in (("png", b"\x89PNG"), ("gif", b"GIF89a")):
        done = hw(fresh, "render", "--style", "dusk", "-o", str(tmp_path / f"a.{suffix}"))
        assert done.returncode == 0, done.stderr
        assert (tmp_path / f"a.{suffix}").read_bytes().startswith(magic)
    assert hw(fresh, "render", "--style", "dusk", "-f", "term").returncode == 0


def test_example_options_are_checked(fresh: Path) -> None:
    done = hw(fresh, "render", "--style", "dusk", "-O", "width=7")
    assert done.returncode == 2
    assert b"from 0.001 to 1" in done.stderr
    done = hw(fresh, "render", "--style", "dsk")
    assert b"did you mean dusk?" in done.stderr


def test_example_format_is_found_by_suffix_and_name(fresh: Path, tmp_path: Path) -> None:
    out = tmp_path / "a.hpgl"
    done = hw(fresh, "render", "--style", "color", "--plotter", "--paper", "a6", "-o", str(out))
    assert done.returncode == 0, done.stderr
    text = out.read_text("ascii")
    assert text.startswith("IN;SP1;PU")
    assert text.count("PD") == 3
    pipe = hw(fresh, "render", "-f", "hpgl", "-O", "pen=4")
    assert pipe.stdout.startswith(b"IN;SP4;")


def test_example_reader_is_listed_and_reads_what_it_recognises(fresh: Path, tmp_path: Path) -> None:
    assert b"read\tslate\t.slate\tSlate: the line SLATE 1" in hw(fresh, "formats").stdout
    note = tmp_path / "note"
    note.write_text("SLATE 1\n0,0 30,40\n50,0 60,40 70,0\n", "utf-8")
    for more in ((), ("--input-format", "slate")):
        done = hw(fresh, "render", str(note), *more)
        assert done.returncode == 0, done.stderr
        assert done.stdout.count(b"<path") == 2
    note.write_text("SLATE 1\n0,0 x\n", "utf-8")
    done = hw(fresh, "render", str(note))
    assert done.returncode == 1
    assert done.stderr == f"error: {note}: line 2: '0,0 x' is not a stroke\n".encode()


def package(folder: Path, name: str, group: str, entry: str, code: str | None = None) -> None:
    """Write an installed distribution as pip does: metadata, entry points and a module."""
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", "utf-8")
    (info / "entry_points.txt").write_text(f"[{group}]\n{entry}\n", "utf-8")
    if code is not None:
        (folder / f"{name}.py").write_text(code, "utf-8")


GOOD = """
from dataclasses import dataclass
from renderers.plugin import Options as Base
from renderers.plugin import option
from renderers.styles.plain import scene as draw
SUMMARY = "good"
@dataclass(frozen=True)
class Options(Base):
    color: str = option("red", "colour", color=True)
    width: float = option(0.1, "width", least=0, most=1)
    smooth: bool = option(False, "smooth")
scene = draw
"""
FORMAT = GOOD + "\ndef encode(scene, page, options):\n    return b'good'\n"

BROKEN_STYLES = {
    "no such module": (None, "ModuleNotFoundError"),
    "fails at import": ("raise RuntimeError('two\\nlines')", "RuntimeError: two"),
    "exits at import": ("raise SyntaxError('no')", "SyntaxError"),
    "no summary": (GOOD.replace("SUMMARY", "OTHER"), "SUMMARY must be one line"),
    "no options": (GOOD.replace("class Options(Base)", "class Opt(Base)"), "Options must be a dataclass"),
    "foreign options": (GOOD.replace("Options(Base)", "Options"), "Options must be a dataclass"),
    "a bare option": (
        GOOD + "\n@dataclass(frozen=True)\nclass Options(Base):\n    size: int = 3\n",
        "'size'",
    ),
    "needs that are no tuple": (GOOD + "\nNEEDS = 'text'\n", "NEEDS must be a tuple"),
    "no scene": (GOOD.replace("scene = draw", ""), "it needs a function scene"),
    "fails in drawing": (GOOD + "\ndef scene(ink, options):\n    return 1 / 0\n", "ZeroDivisionError"),
    "draws nothing": (GOOD + "\ndef scene(ink, options):\n    return None\n", "must return a Scene"),
}


@pytest.mark.parametrize(("code", "why"), BROKEN_STYLES.values(), ids=BROKEN_STYLES)
def test_broken_style_fails_with_its_cause_when_used(code: str | None, why: str, tmp_path: Path) -> None:
    package(tmp_path, "bad", "hw.renderers", "bad = bad", code)
    assert hw(sys.executable, "render", path=tmp_path).returncode == 0
    done = hw(sys.executable, "render", "--style", "bad", path=tmp_path)
    assert done.returncode in (1, 2)
    text = done.stderr.decode()
    assert why in text
    assert "bad 1.0" in text
    assert "Traceback" not in text
    assert text.count("\n") <= 2


def test_broken_style_is_listed_with_its_error(tmp_path: Path) -> None:
    package(tmp_path, "bad", "hw.renderers", "bad = bad")
    package(tmp_path, "good", "hw.renderers", "good = good", GOOD)
    listed = hw(sys.executable, "render", "--list", path=tmp_path)
    assert listed.returncode == 0
    text = listed.stdout.decode()
    assert "cannot be loaded" in text
    assert "good 1.0" in text


BROKEN_FORMATS = {
    "no encode": (GOOD, "it needs a function encode"),
    "fails in writing": (FORMAT.replace("return b'good'", "raise KeyError(3)"), "KeyError"),
    "writes text": (FORMAT.replace("b'good'", "'good'"), "must return bytes"),
}


@pytest.mark.parametrize(("code", "why"), BROKEN_FORMATS.values(), ids=BROKEN_FORMATS)
def test_broken_format_fails_with_its_cause_when_used(code: str, why: str, tmp_path: Path) -> None:
    package(tmp_path, "bad", "hw.formats", "bad = bad", code)
    out = tmp_path / "a.bad"
    done = hw(sys.executable, "render", "-o", str(out), path=tmp_path)
    assert done.returncode in (1, 2)
    assert why in done.stderr.decode()
    assert "bad 1.0" in done.stderr.decode()
    assert not out.exists()
    assert hw(sys.executable, "render", "-o", str(tmp_path / "a.svg"), path=tmp_path).returncode == 0


@pytest.mark.parametrize(
    ("group", "arguments"),
    [("hw.renderers", ["--style", "plain"]), ("hw.formats", ["-f", "svg"])],
    ids=["style", "format"],
)
def test_clash_with_a_built_in_name_is_an_error(group: str, arguments: list[str], tmp_path: Path) -> None:
    package(tmp_path, "taker", group, f"{arguments[1]} = taker", FORMAT)
    done = hw(sys.executable, "render", *arguments, path=tmp_path)
    assert done.returncode == 2
    text = done.stderr.decode()
    assert "taker 1.0" in text
    assert "hw itself" in text
    # other names still work
    assert hw(sys.executable, "render", "--style", "color", "-f", "term", path=tmp_path).returncode == 0


def test_clash_between_two_packages_is_an_error(tmp_path: Path) -> None:
    package(tmp_path, "one", "hw.renderers", "twice = one", GOOD)
    package(tmp_path, "two", "hw.renderers", "twice = two", GOOD)
    done = hw(sys.executable, "render", "--style", "twice", path=tmp_path)
    assert done.returncode == 2
    assert "one 1.0" in done.stderr.decode()
    assert "two 1.0" in done.stderr.decode()


def test_render_all_skips_broken_styles(tmp_path: Path) -> None:
    package(tmp_path, "bad", "hw.renderers", "bad = bad")
    package(tmp_path, "good", "hw.renderers", "good = good", GOOD)
    out = tmp_path / "s.svg"
    done = hw(sys.executable, "sample", "--points", "9", "--render", "all", "-o", str(out), path=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "left out" in done.stderr.decode()
    drawn = sorted(p.name for p in tmp_path.glob("s.*.svg"))
    assert "s.bad.svg" not in drawn
    assert {f"s.{name}.svg" for name in ("color", "eos", "good", "multi", "pdf", "plain")} <= set(drawn)


READER = """
from renderers.plugin import Ink
SUMMARY = "good"
def matches(head):
    return head.startswith(b"%%")
def read_each(data, name):
    yield Ink(strokes=([[0, 0], [3, 4]],), text="by " + __name__)
"""
BROKEN_READERS = {
    "no such module": (None, "ModuleNotFoundError"),
    "fails at import": ("raise RuntimeError('two\\nlines')", "RuntimeError: two"),
    "no summary": (READER.replace("SUMMARY", "OTHER"), "SUMMARY must be one line"),
    "no matches": (READER.replace("def matches", "def m"), "it needs a function matches"),
    "no read_each": (READER.replace("def read_each", "def r"), "it needs a function read_each"),
    "suffixes that are no tuple": (READER + "SUFFIXES = '.x'\n", "SUFFIXES must be a tuple"),
}


@pytest.mark.parametrize(("code", "why"), BROKEN_READERS.values(), ids=BROKEN_READERS)
def test_broken_reader_is_a_warning_an_error_if_named_and_listed(
    code: str | None, why: str, tmp_path: Path
) -> None:
    package(tmp_path, "bad", "hw.readers", "bad = bad", code)
    package(tmp_path, "good", "hw.readers", "good = good", READER)
    (tmp_path / "a").write_text("%% ink", "utf-8")
    done = hw(sys.executable, "render", str(tmp_path / "a"), path=tmp_path)
    assert done.returncode == 0, done.stderr
    text = done.stderr.decode()
    assert why in text
    assert "warning: " in text
    assert "bad 1.0" in text
    named = hw(sys.executable, "render", str(tmp_path / "a"), "--input-format", "bad", path=tmp_path)
    assert named.returncode == 2
    assert why in named.stderr.decode()
    assert why in hw(sys.executable, "formats", path=tmp_path).stdout.decode()
    assert hw(sys.executable, "render", path=tmp_path).stderr == b""  # not imported for ink that hw knows


FAILING_READERS = {
    "fails in matching": (READER.replace("return head", "return 1 / 0 or head"), "ZeroDivisionError"),
    "fails in reading": (READER + "def read_each(data, name):\n    yield 1 / 0\n", "ZeroDivisionError"),
    "yields something else": (READER.replace("yield Ink", "yield dict"), "must yield Ink"),
    "yields no ink": (READER.replace("[[0, 0], [3, 4]]", "[[0, 'x']]"), "a: "),
}


@pytest.mark.parametrize(("code", "why"), FAILING_READERS.values(), ids=FAILING_READERS)
def test_failing_reader_is_one_error_without_a_traceback(code: str, why: str, tmp_path: Path) -> None:
    package(tmp_path, "bad", "hw.readers", "bad = bad", code)
    (tmp_path / "a").write_text("%% ink", "utf-8")
    done = hw(sys.executable, "render", str(tmp_path / "a"), path=tmp_path)
    assert done.returncode == 1
    text = done.stderr.decode()
    assert why in text
    assert text.count("error: ") == 1
    assert "Traceback" not in text


def test_reader_with_a_built_in_or_doubled_name_is_not_used_for_it(tmp_path: Path) -> None:
    package(tmp_path, "taker", "hw.readers", "ndjson = taker", READER)
    package(tmp_path, "one", "hw.readers", "twice = one", READER)
    package(tmp_path, "two", "hw.readers", "twice = two", READER)
    assert hw(sys.executable, "render", "--input-format", "ndjson", path=tmp_path).returncode == 0
    done = hw(sys.executable, "render", "--input-format", "twice", path=tmp_path)
    assert done.returncode == 2
    assert "one 1.0" in done.stderr.decode()
    assert "two 1.0" in done.stderr.decode()
