"""hw.export_model writes the files of the command hw export."""

from __future__ import annotations

from pathlib import Path

import pytest

import hwcli
from handmade import hw_here, tiny_model
from hwcli.errors import HwError, UsageError


@pytest.mark.parametrize("bits", [8, 16])
def test_a_page_is_that_of_the_command(tmp_path: Path, bits: int) -> None:
    tiny_model(tmp_path / "m.safetensors", alphabet="abc ")
    model = hwcli.load_model(tmp_path / "m.safetensors")
    assert hwcli.export_model(tmp_path / "a.html", model, bits=bits) == tmp_path / "a.html"
    done = hw_here("export", "m.safetensors", "-o", "b.html", "--bits", str(bits), cwd=tmp_path)
    assert done.status == 0, done
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


def test_a_page_offers_the_hands_that_are_named(tmp_path: Path) -> None:
    page = hwcli.export_model(str(tmp_path / "page.html"), hands=["clear"]).read_text("utf-8")
    assert ">clear<" in page
    assert ">wide<" not in page


def test_a_graph_is_that_of_the_command(tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    tiny_model(tmp_path / "m.safetensors")
    hwcli.export_model(tmp_path / "a.onnx", tmp_path / "m.safetensors")
    done = hw_here("export", "m.safetensors", "-o", "b.onnx", cwd=tmp_path)
    assert done.status == 0, done
    assert (tmp_path / "a.onnx").read_bytes() == (tmp_path / "b.onnx").read_bytes()


@pytest.mark.parametrize(
    ("path", "how", "kind", "words"),
    [
        ("page.txt", {}, UsageError, "neither a page nor a graph"),
        ("page.html", {"bits": 4}, UsageError, "expected 8 or 16"),
        ("page.html", {"model": "iam-prediction"}, HwError, "cannot write text"),
        ("page.html", {"hands": ["nobody"]}, HwError, "'nobody' not found"),
        ("no/page.html", {}, HwError, "no"),
    ],
)
def test_what_cannot_be_exported_is_refused(
    tmp_path: Path, path: str, how: dict[str, object], kind: type[HwError], words: str
) -> None:
    with pytest.raises(kind, match=words):
        hwcli.export_model(tmp_path / path, **how)
    assert list(tmp_path.iterdir()) == []
