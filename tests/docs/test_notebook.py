"""docs/session.ipynb runs from top to bottom and shows its drawings inline."""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).parents[2] / "docs" / "session.ipynb"


def svg_of(cell) -> str | None:
    for output in cell.get("outputs", []):
        if svg := output.get("data", {}).get("image/svg+xml"):
            return "".join(svg)
    return None


def test_notebook_runs_and_shows_five_styles_inline(tmp_path):
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    pictures = {cell.source: svg_of(cell) for cell in notebook.cells if cell.cell_type == "code"}
    for style in ("plain", "color", "multi", "eos", "pdf"):
        assert pictures[f'ink.draw("{style}")'].startswith(("<?xml", "<svg"))
    last = notebook.cells[-1].outputs[-1]["data"]["text/plain"]
    assert last == "True"
