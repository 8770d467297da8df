"""Every page in docs/ with commands has a test, and its commands are in blocks that tests find."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
DOCS = TESTS.parents[1] / "docs"
# commands as they were run for a measurement, on databases
RECORDS = {"results.md", "experiments.md", "lab.md"}
GENERATED = {"commands.md"}  # from the help, which has a test of its own
PAGES = sorted(page for page in DOCS.glob("**/*.md") if page.name not in RECORDS | GENERATED)
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
NEEDS = {"IAM-OnDB", "UNIPEN", "UNIPEN, IAM-OnDB", "two machines"}


def stray_commands(text: str) -> list[str]:
    """Return the blocks that begin with a command and are not marked as `sh`."""
    blocks = [body for language, body in FENCE.findall(text) if language in ("", "text", "console")]
    return [body for body in blocks if re.match(r"\$? ?(hw|torchrun|python3?|pip|printf) ", body)]


def test_every_page_with_commands_has_a_test() -> None:
    tests = "".join(path.read_text("utf-8") for path in TESTS.glob("test_*.py"))
    with_commands = [page.name for page in PAGES if "\n```sh\n" in page.read_text("utf-8")]
    assert len(with_commands) > 10
    assert [name for name in with_commands if f'"{name}"' not in tests and f"/ {name}" not in tests] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_are_in_blocks_that_tests_run(page: Path) -> None:
    assert stray_commands(page.read_text("utf-8")) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_blocks_need_only_what_nobody_can_make(page: Path) -> None:
    assert set(re.findall(r"^<!-- needs: (.*) -->$", page.read_text("utf-8"), re.M)) <= NEEDS


def test_a_stray_command_is_found() -> None:
    assert stray_commands("Try\n\n```\nhw sample\n```\n") == ["hw sample\n"]
    assert stray_commands("Try\n\n```sh\nhw sample\n```\n") == []
