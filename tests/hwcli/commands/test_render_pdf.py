"""hw render and hw sample: PDF files with a page per ink, and what is refused."""

from __future__ import annotations

import sys
from pathlib import Path

import pexpect
import pytest

from handmade import environment, hw_here, refused, tiny_model
from pdf_files import page_sizes, poppler

pytestmark = pytest.mark.cairo
SAMPLE = ("sample", "--model", "m.safetensors", "--seed", "3", "--count", "3", "--points", "40")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with three samples of a tiny model, and ink that styles or pages refuse."""
    root: Path = tmp_path_factory.mktemp("pdf")
    tiny_model(root / "m.safetensors")
    done = hw_here(*SAMPLE, "-o", "ink.ndjson", cwd=root)
    assert done.status == 0, done
    lines = (root / "ink.ndjson").read_text("utf-8")
    bare = '{"hw":1,"strokes":[[[0,0],[3,4]]],"id":"bare"}\n'
    (root / "bare.ndjson").write_text(lines + bare, "utf-8")
    (root / "pointless.ndjson").write_text(lines + '{"hw":1,"strokes":[]}\n', "utf-8")
    (root / "broken.ndjson").write_text(lines + '{"hw":1,"strokes":[[[0,', "utf-8")
    return root


def test_each_ink_is_a_page(folder: Path, tmp_path: Path) -> None:
    size = ("--paper", "a5", "--caption", "id")
    done = hw_here("render", "ink.ndjson", *size, "-o", tmp_path / "a.pdf", cwd=folder)
    assert (done.status, done.err) == (0, f"wrote {tmp_path / 'a.pdf'}\n")
    data = (tmp_path / "a.pdf").read_bytes()
    assert page_sizes(data) == 3 * [pytest.approx((148, 210), rel=1e-4)]
    assert [page.split() for page in poppler("pdftotext", data).split(b"\f")[:3]] == [
        [b"3-0"], [b"3-1"], [b"3-2"]
    ]  # fmt: skip
    again = hw_here("render", "-f", "pdf", *size, stdin=(folder / "ink.ndjson").read_bytes(), cwd=folder)
    sampled = hw_here("-q", *SAMPLE, "-f", "pdf", *size, cwd=folder)
    assert data == again.out == sampled.out


@pytest.mark.parametrize("settings", ["--grid 2", "--grid 1", "hw.toml"])
def test_grid_is_one_page(folder: Path, tmp_path: Path, settings: str) -> None:
    if settings == "hw.toml":
        (tmp_path / "hw.toml").write_text("[render]\ngrid = 3\n", "utf-8")
    flags = settings.split() if settings.startswith("--") else []
    done = hw_here("render", folder / "ink.ndjson", *flags, "-f", "pdf", "--caption", "id", cwd=tmp_path)
    assert len(page_sizes(done.out)) == 1
    assert poppler("pdftotext", done.out).count(b"3-") == 3


def test_each_style_is_a_file(folder: Path, tmp_path: Path) -> None:
    done = hw_here("-q", *SAMPLE, "--render", "plain,pdf", "-o", tmp_path / "a.pdf", cwd=folder)
    assert done.status == 0, done
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.pdf.pdf", "a.plain.pdf"]
    assert [len(page_sizes(path.read_bytes())) for path in tmp_path.iterdir()] == [3, 3]


@pytest.mark.parametrize(
    ("line", "status", "words"),
    [
        ("bare.ndjson --style pdf", 1, ["page 4 (bare)", "no predictions", "--model"]),
        ("pointless.ndjson", 1, ["no points"]),
        ("broken.ndjson", 1, ["broken.ndjson", "line 4"]),
        ("ink.ndjson missing.ndjson", 1, ["missing.ndjson"]),
        ("ink.ndjson --width 6000mm", 1, ["too large for a page of PDF", "5,080 mm"]),
        ("ink.ndjson --fps 5", 2, ["--fps does not apply to pdf", "gif"]),
        ("ink.ndjson --duration 4", 2, ["--duration does not apply to pdf"]),
        ("ink.ndjson --dpi 300", 2, ["--dpi does not apply to pdf"]),
        ("ink.ndjson -O hold=1", 2, ["'hold'", "title"]),
    ],
)
def test_bad_input_writes_nothing(
    folder: Path, tmp_path: Path, line: str, status: int, words: list[str]
) -> None:
    done = hw_here("render", *line.split(), "-f", "pdf", cwd=folder)
    refused(done, *words, status=status)
    assert not done.out
    refused(hw_here("render", *line.split(), "-o", tmp_path / "a.pdf", cwd=folder), *words, status=status)
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_full_device_is_one_error_line(folder: Path) -> None:
    refused(hw_here("render", "ink.ndjson", "-f", "pdf", "-o", "/dev/full", cwd=folder), "no space left")


def test_pdf_is_not_written_to_a_terminal(folder: Path) -> None:
    child = pexpect.spawn(
        sys.executable, ["-m", "hwcli", "render", "ink.ndjson", "-f", "pdf"],
        cwd=str(folder), env=environment(),
    )  # fmt: skip
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 2
    assert b"binary" in child.before
