"""docs/session.ipynb runs from top to bottom, shows its drawings inline, and its outputs are current."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).parents[2] / "docs" / "session.ipynb"
STYLES = ("plain", "color", "multi", "eos", "pdf")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The cells of the notebook with code, by their first line, after a run of a user who knows the terms."""
    folder = tmp_path_factory.mktemp("notebook")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(folder))
        patch.setenv("HW_HANDS", str(folder / "hands"))
        (folder / "hw").mkdir()
        (folder / "hw" / "terms-noted").write_text("iam-prediction\n")
        notebook = nbformat.read(NOTEBOOK, as_version=4)
        NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(folder)}}).execute()
    return {cell.source: cell for cell in notebook.cells if cell.cell_type == "code"}


def stored() -> dict:
    return {
        cell.source: cell for cell in nbformat.read(NOTEBOOK, as_version=4).cells if cell.cell_type == "code"
    }


def svg_of(cell) -> str | None:
    for output in cell.get("outputs", []):
        if svg := output.get("data", {}).get("image/svg+xml"):
            return "".join(svg)
    return None


def printed(cell) -> list[str]:
    """What a cell prints and shows as text, without drawings."""
    shown = (o.get("text") or o.get("data", {}).get("text/plain") or "" for o in cell.outputs)
    return ["".join(one) for one in shown]


def test_styles_are_shown_inline(run):
    for style in STYLES:
        assert svg_of(run[f'ink.draw("{style}")']).startswith(("<?xml", "<svg"))
    assert sum(svg_of(cell) is not None for cell in run.values()) > 12


def test_nothing_is_warned_of(run):
    assert [o.text for cell in run.values() for o in cell.outputs if o.get("name") == "stderr"] == []


def test_its_text_is_what_hw_prints(run):
    """Figures have the last digits of the machine that computes them."""
    assert [
        source for source, cell in stored().items() if bool(printed(cell)) != bool(printed(run[source]))
    ] == []
    for words in ("Dear Anna 100%", "'e' at position 9 reads as 'a'", "character error rate", "True"):
        for cells in (run, stored()):
            assert sum(words in text for cell in cells.values() for text in printed(cell)) == 1, words


def test_no_path_of_a_machine_is_stored():
    text = NOTEBOOK.read_text("utf-8")
    assert "/tmp/" not in text
    assert "/home/" not in text
