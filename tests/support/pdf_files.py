"""PDF files looked at with poppler's tools; tests that need them are skipped where they are missing."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from PIL import Image


def poppler(tool: str, data: bytes, *options: str) -> bytes:
    """Return what a tool of poppler says about a PDF, or what it writes into files named `page…`, joined."""
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not installed (Debian: apt install poppler-utils)")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "file.pdf").write_bytes(data)
        to = {"pdftoppm": ["page"], "pdftocairo": ["page"], "pdftotext": ["-"]}.get(tool, [])
        command = [tool, *options, "file.pdf", *to]
        done = subprocess.run(command, cwd=folder, check=True, capture_output=True)
        assert not done.stderr, done.stderr
        return done.stdout + b"".join(p.read_bytes() for p in sorted(Path(folder).glob("page*")))


def pdf_pages(data: bytes, dpi: float = 96) -> list[Image.Image]:
    """Return the pages of a PDF on white paper, as pictures of `dpi` pixels per inch."""
    pages = poppler("pdftoppm", data, "-r", str(dpi), "-png").split(b"\x89PNG")[1:]
    return [Image.open(io.BytesIO(b"\x89PNG" + page)).convert("RGB") for page in pages]


def page_sizes(data: bytes) -> list[tuple[float, float]]:
    """Return width and height of every page in mm."""
    text = poppler("pdfinfo", data, "-f", "1", "-l", "100000").decode()
    found = re.findall(r"^Page +\d+ size: +([\d.]+) x ([\d.]+) pts", text, re.MULTILINE)
    return [(float(width) / 72 * 25.4, float(height) / 72 * 25.4) for width, height in found]


def properties(data: bytes) -> dict[str, str]:
    """Return the document's properties, as pdfinfo names them."""
    lines = poppler("pdfinfo", data).decode().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}
