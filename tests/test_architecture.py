"""The shape of the code: import rules, sizes, and docs/architecture.md, which describes them."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("hwcli", "renderers")
GUIDE = ROOT / "docs" / "architecture.md"
# folders whose tests run without PyTorch
WITHOUT_TORCH = (
    "api",
    "ink_io",
    "dataset",
    "hands",
    "config",
    "pages",
    "sampling",
    "model",
    "plotting",
    "cli",
    "evaluation",
    "reader",
    "lettering",
)


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def files(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def lint_imports(folder: Path) -> subprocess.CompletedProcess:
    pytest.importorskip("importlinter")
    code = "from importlinter.cli import lint_imports_command; lint_imports_command(['--no-cache'])"
    return subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, timeout=300
    )


def contracts() -> list[dict]:
    return tomllib.loads(text(ROOT / "pyproject.toml"))["tool"]["importlinter"]["contracts"]


def test_import_contracts_are_kept():
    done = lint_imports(ROOT)
    assert done.returncode == 0, done.stdout


def test_every_import_contract_can_be_broken(tmp_path):
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=lambda _, names: other_files(names))
    for path, line in {
        "hwcli/errors.py": "import hwcli.app, typer, torch",
        "renderers/errors.py": "import renderers.drawing, torch",
    }.items():
        with (tmp_path / path).open("a") as file:
            file.write(f"\n{line}\n")
    done = lint_imports(tmp_path)
    assert done.returncode != 0
    for contract in contracts():
        assert f"{contract['name']} BROKEN" in done.stdout


def other_files(names: list[str]) -> set[str]:
    return {name for name in names if "." in name and not name.endswith(".py")}


@pytest.mark.parametrize("path", [p for p in files(*PACKAGES) if p.name == "__init__.py"], ids=str)
def test_init_files_hold_no_logic(path):
    """Imports and constants only, and in the two packages the functions that import a name on first use."""
    for node in ast.parse(text(path)).body:
        if isinstance(node, ast.FunctionDef):
            assert path.parent.parent == ROOT
            assert node.name in ("__getattr__", "__dir__")
        elif isinstance(node, ast.If):
            assert ast.unparse(node.test) == "TYPE_CHECKING"
            assert all(isinstance(child, ast.ImportFrom) for child in node.body)
        elif isinstance(node, ast.Assign):
            ast.literal_eval(node.value)
        else:
            docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            assert docstring or isinstance(node, ast.Import | ast.ImportFrom), ast.unparse(node)


def test_no_folder_has_more_than_twenty_modules():
    folders = {path.parent for path in files(*PACKAGES)}
    assert [folder for folder in folders if len(list(folder.glob("*.py"))) > 20] == []


def test_no_file_has_more_than_350_lines():
    lengths = {
        str(path.relative_to(ROOT)): len(text(path).splitlines()) for path in files(*PACKAGES, "benchmarks")
    }
    assert {path: length for path, length in lengths.items() if length > 350} == {}


def block(heading: str) -> list[str]:
    """Lines of the first fenced block after a heading of the guide."""
    found = re.search(rf"^#+ {re.escape(heading)}$.*?^```\w*$\n(.*?)^```$", text(GUIDE), re.M | re.S)
    assert found, f"{GUIDE.name} has no block under {heading!r}"
    return found[1].splitlines()


def test_the_tree_of_the_guide_names_every_module():
    """Each line is a folder (with /) or a module without its suffix, indented by two spaces per level."""
    named, folders = [], []
    for line in block("The tree"):
        name = line.split()[0]
        depth = (len(line) - len(line.lstrip())) // 2
        folders = [*folders[:depth], name.rstrip("/")]
        if not name.endswith("/"):
            named.append("/".join(folders) + ".py")
    modules = [str(p.relative_to(ROOT)) for p in files(*PACKAGES) if p.name != "__init__.py"]
    assert set(modules) - set(named) == set(), "missing from the tree"
    assert set(named) - set(modules) == set(), "no such module"
    assert len(named) == len(set(named))


@pytest.mark.parametrize("package", PACKAGES)
def test_import_layers_of_the_guide_are_those_of_the_contract(package):
    layers = next(c["layers"] for c in contracts() if c.get("containers") == [package])
    assert [line.strip() for line in block(f"Import layers of {package}")] == layers


@pytest.mark.parametrize("page", ["docs/architecture.md", "docs/explanation.md", "CONTRIBUTING.md"])
def test_names_in_the_guides_exist(page):
    """Every `folder/file.py` exists, and defines the name given with it: `folder/file.py: Class.method`."""
    named = re.findall(r"`([\w/]+/\w+\.py)(?:: ([\w.]+))?`", text(ROOT / page))
    assert len(named) > 8
    assert [name for name in named if "NAME" not in name[0] and not defined(*name)] == []


def defined(path: str, names: str) -> bool:
    if not (ROOT / path).is_file():
        return False
    source = text(ROOT / path)
    return all(
        re.search(rf"^\s*(def|class) {name}\b|^{name}\b", source, re.M)
        for name in filter(None, names.split("."))
    )


def test_without_torch_only_tests_that_need_it_are_skipped():
    """tests/conftest.py skips files of tests that import PyTorch; those of WITHOUT_TORCH may not."""
    code = (
        "import sys, pytest\n"
        "sys.modules['torch'] = None  # any import of it raises ModuleNotFoundError\n"
        "sys.exit(pytest.main(['-qq', '-rs', '--collect-only', '-p', 'no:cacheprovider', 'tests/hwcli']))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout[-2000:]
    skipped = re.findall(r"^SKIPPED .* (tests/\S+\.py): PyTorch is not installed", done.stdout, re.M)
    assert any(path.startswith("tests/hwcli/network/") for path in skipped)
    assert [path for path in skipped if path.split("/")[2] in WITHOUT_TORCH] == []
