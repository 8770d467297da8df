"""The script of the page, tested by node's own test runner."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from hwcli.recorder.page import joined_script
from web_pages import check_is_one_module, check_module_tests

FOLDER = Path(__file__).parent

pytestmark = pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.test.mjs")), ids=lambda path: path.name)
def test_modules_do_as_they_say(path: Path) -> None:
    check_module_tests(path)


def test_the_joined_script_is_one_module(tmp_path: Path) -> None:
    check_is_one_module(joined_script(), tmp_path)
