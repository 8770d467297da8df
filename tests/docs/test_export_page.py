"""docs/export.md: its commands run in order in one folder, and make pages of the sizes that it tells.

Its example in Python runs. Of the one in JavaScript the syntax is checked: onnxruntime-node is not at hand.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from difflib import SequenceMatcher
from pathlib import Path

import pytest

from doc_blocks import run_blocks
from hwcli.ink_io.formats import parse
from hwcli.reader.load import load_reader
from web_pages import Elements

PAGE = Path(__file__).parents[2] / "docs" / "export.md"


def example(language: str) -> str:
    (code,) = re.findall(rf"```{language}\n(.*?)```", PAGE.read_text("utf-8"), re.S)
    assert len(code.splitlines()) < 40
    return code


def test_commands_make_pages_and_a_graph_that_writes(tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    (tmp_path / "sample.py").write_text(example("python"))
    assert run_blocks(PAGE, tmp_path) == 5
    sizes = {path.name: round(path.stat().st_size / 1e6, 1) for path in tmp_path.glob("*.html")}
    assert (round(sizes["page.html"]), round(sizes["small.html"])) == (12, 6)
    elements = Elements((tmp_path / "hands.html").read_text())
    about = json.loads(elements.text("script", type="application/json"))
    assert [hand["name"] for hand in about["hands"]] == ["clear", "nobody"]
    (line,) = parse((tmp_path / "line.ndjson").read_bytes(), "line.ndjson", "ndjson")
    reader = load_reader()
    assert reader is not None
    read = reader.read(line).text
    # a last bit of another processor may choose another component
    assert SequenceMatcher(None, read, "Written by a graph").ratio() > 0.8, read


def test_the_example_is_of_a_prediction_model_without_the_lines_of_text(tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    code = "\n".join(row for row in example("python").splitlines() if not row.endswith("# text"))
    (tmp_path / "sample.py").write_text(code)
    for command in (["-m", "hwcli", "export", "unipen-prediction", "-o", "model.onnx"], ["sample.py"]):
        done = subprocess.run([sys.executable, *command], cwd=tmp_path, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
    (line,) = parse(done.stdout, "stdout", "ndjson")
    assert len(line) == 1000
    assert len(line.strokes) > 10


@pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")
def test_the_example_in_javascript_is_valid(tmp_path: Path) -> None:
    for code, status in ((example("js"), 0), (example("js").replace("};", "}};", 1), 1)):
        (tmp_path / "sample.mjs").write_text(code)
        done = subprocess.run(
            ["node", "--check", "sample.mjs"], cwd=tmp_path, capture_output=True, check=False
        )
        assert done.returncode == status, done.stderr
