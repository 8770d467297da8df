"""The pages of the reference, docs/reference/ and docs/api.md, say what the code says."""

from __future__ import annotations

import doctest
import importlib.util
import io
import re
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from types import ModuleType

import pytest
import typer

import hwcli
from hwcli.app import app
from hwcli.config.sections import SECTIONS

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def writer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("write_reference", DOCS / "reference" / "write.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("page", ["reference/commands.md", "reference/settings.md", "api.md"])
def test_page_is_current(writer: ModuleType, page: str, request: pytest.FixtureRequest) -> None:
    """`--bless` writes the page again."""
    path, wanted = DOCS / page, writer.pages()[DOCS / page]
    if request.config.getoption("--bless"):
        path.write_text(wanted, "utf-8")
    assert path.read_text("utf-8") == wanted, "run: python docs/reference/write.py"


def test_a_change_of_the_code_makes_a_page_stale(writer: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """Prove that the check can fail."""
    before = writer.api_page()
    monkeypatch.setattr(hwcli.load_model, "__doc__", "Load something else.")
    assert writer.api_page() != before


def test_every_setting_has_a_row() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", (DOCS / "reference" / "settings.md").read_text("utf-8"), re.M)
    assert rows == [field.name for section in SECTIONS.values() for field in fields(section)]


def test_every_exported_name_has_a_docstring_and_a_section() -> None:
    text = (DOCS / "api.md").read_text("utf-8")
    names = [name for name in hwcli.__all__ if not name.startswith("__")]
    assert [name for name in names if not getattr(hwcli, name).__doc__] == []
    assert [name for name in names if f"\n## hw.{name}\n" not in text] == []


def test_every_command_has_a_place_in_the_python_api() -> None:
    listed = re.findall(r"`hw (\w+)`", (DOCS / "api.md").read_text("utf-8").partition("## hw.")[0])
    root = typer.main.get_command(app)
    assert set(listed) == set(root.list_commands(root.make_context("hw", [], resilient_parsing=True)))


def test_names_in_prose_exist() -> None:
    text = (DOCS / "api.md").read_text("utf-8") + (DOCS / "guide.md").read_text("utf-8")
    named = set(re.findall(r"\bhw\.([A-Za-z]\w+)", text)) - {"toml"}
    assert len(named) > 20
    assert named - set(hwcli.__all__) == set()


def test_defaults_of_parameters_are_written_whole(
    writer: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "LONGEST", 50)

    def function(number: int, *others: str, on: Callable[..., None] = lambda one, two: None, **more: float):
        """Do nothing."""

    assert writer.signature(function) == (
        "(\n    number: int,\n    *others: str,\n    on: Callable[..., None] = lambda one, two: None,\n"
        "    **more: float,\n) -> None"
    )


def test_examples_of_the_api_give_what_they_show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a reader types them, after import hwcli as hw."""
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```pycon\n(.*?)```", (DOCS / "api.md").read_text("utf-8"), re.S)
    assert len(blocks) > 20
    runner, said = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS), io.StringIO()
    for number, block in enumerate(blocks):
        example = doctest.DocTestParser().get_doctest(block, {"hw": hwcli}, f"block {number}", None, None)
        runner.run(example, out=said.write)
    assert runner.summarize(verbose=False).failed == 0, said.getvalue()
