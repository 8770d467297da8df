"""The linter's rules for JavaScript find what they are for."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# a line of a module → the rule that it breaks
FAULTS = {
    "export const twice = (x) => x == 2;": "eqeqeq",
    "export const one = missing + 1;": "no-undef",
    "const unused = 1;": "no-unused-vars",
    "export function f(unused) {}": "no-unused-vars",
    "const x = 1; export const g = (x) => x; export { x };": "no-shadow",
    "var old = 1; export { old };": "no-var",
    "let never = 1; export { never };": "prefer-const",
    "export const h = (text) => eval(text);": "no-eval",
    "export const node = process.pid;": "no-undef",
}


@pytest.mark.skipif(not shutil.which("oxlint"), reason="oxlint is not installed")
@pytest.mark.parametrize("line", FAULTS)
def test_a_fault_of_a_page_is_found(tmp_path, line):
    shutil.copy(ROOT / ".oxlintrc.json", tmp_path)
    (tmp_path / "hwcli").mkdir()
    (tmp_path / "hwcli" / "page.mjs").write_text(f"{line}\n")
    done = subprocess.run(
        ["oxlint", "-f", "json"], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 1
    codes = [one["code"] for one in json.loads(done.stdout)["diagnostics"]]
    assert f"eslint({FAULTS[line]})" in codes
