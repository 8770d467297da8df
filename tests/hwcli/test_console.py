"""Progress on a terminal, and none of it in a pipe."""

import os
import re
import sys

import pexpect
import pytest

from handmade import environment, hw_here

# hw, which shows at once what it would show after a while: whatever the machine's speed
AT_ONCE = [
    sys.executable,
    "-c",
    "from hwcli import console; console.SHORT = console.SURE = 0.0; from hwcli.app import main; main()",
]


def on_terminal(*command: str, cwd, columns=100) -> str:
    """Return what a command shows on a terminal that has its stderr, its stdout being a file."""
    log = os.fspath(cwd / "stdout")
    child = pexpect.spawn(
        "sh", ["-c", 'exec "$@" > "$0"', log, *command], cwd=os.fspath(cwd), timeout=120, encoding="utf-8",
        env=environment(TERM="xterm", COLUMNS=str(columns)), dimensions=(30, columns),
    )  # fmt: skip
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0, child.before
    return child.before


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("progress")
    assert hw_here("sample", "--count", "24", "--seed", "1", "-o", "ink.ndjson", cwd=folder).status == 0
    return folder


LONG = {
    "sample": (["sample", "--count", "24", "--seed", "1"], r"sampling: \d+ of 24 +0:\d\d:\d\d"),
    "sample a page": (
        [
            "sample",
            "--seed",
            "1",
            "--tries",
            "1",
            "--text",
            "It was a dark night, and the rain fell in torrents. " * 8,
        ],
        r"writing: \d lines? so far.* 0:\d\d:\d\d, 0:\d\d:\d\d left",
    ),
    "score": (["sample", "--score", "ink.ndjson"], r"scoring: \d+ done +0:\d\d:\d\d"),
    "read": (["read", "ink.ndjson"], r"reading ink: \d+ done +0:\d\d:\d\d"),
    "render": (
        ["render", "ink.ndjson", "--style", "pdf", "--grid", "4", "-f", "png"],
        r"drawing png +0:\d\d:\d\d",
    ),
    "pages": (["render", "ink.ndjson", "-f", "html"], r"drawing: \d+ done +0:\d\d:\d\d"),
    "export": (["export", "-o", "page.html"], r"exporting +0:\d\d:\d\d"),
}


@pytest.mark.parametrize("case", LONG)
def test_a_long_command_shows_its_progress_only_on_a_terminal(folder, case):
    command, shown = LONG[case]
    assert re.search(shown, on_terminal(*AT_ONCE, *command, cwd=folder))
    piped = hw_here(*command, cwd=folder)
    assert piped.status == 0
    assert not re.search(r"\d:\d\d:\d\d|\x1b|\r", piped.err)


def shown_by(code: str, tmp_path, columns=100) -> str:
    lines = f"import time\nfrom hwcli import console\n{code}"
    return on_terminal(sys.executable, "-c", lines, cwd=tmp_path, columns=columns)


def test_what_is_short_is_not_shown(tmp_path):
    assert shown_by("with console.status('drawing') as show:\n    show('drawing: 1 done')", tmp_path) == ""


def test_the_time_left_follows_from_the_time_so_far(tmp_path):
    code = (
        "with console.status('a') as show:\n    time.sleep(1.8)\n    show('a', 1, 3)\n    time.sleep(0.7)\n"
    )
    found = re.findall(r"0:00:02, 0:00:0(\d) left", shown_by(code, tmp_path))
    assert found
    assert set(found) <= {"4", "5"}


@pytest.mark.parametrize("columns", [40, 100])
def test_messages_stand_on_lines_of_their_own_above_the_progress(tmp_path, columns):
    code = (
        "with console.status('writing: a line that is longer than a narrow terminal is wide'):\n"
        "    time.sleep(0.8)\n"
        "    console.warn(':x: [b]one[/b]')\n"
        "    console.note('two')\n"
        "    time.sleep(0.3)\n"
    )
    shown = shown_by(code, tmp_path, columns)
    lines = re.split(r"\r\n|\r\x1b\[2K", re.sub(r"\x1b\[(?:\d+m|\?25.)", "", shown))
    assert "warning: :x: [b]one[/b]" in lines
    assert "two" in lines
    assert max(map(len, lines)) <= columns
    assert [line for line in lines if re.fullmatch(r"writing: a line.* 0:00:00", line)]


def test_a_display_within_another_is_not_drawn(tmp_path):
    code = (
        "with console.status('outer'):\n    time.sleep(0.7)\n"
        "    with console.progress('inner') as report:\n        report(1, 2)\n        time.sleep(0.3)\n"
        "with console.progress('later') as report:\n    report(1, 2)\n"
    )
    shown = shown_by(code, tmp_path)
    assert "outer" in shown
    assert "later" in shown
    assert "inner" not in shown


def test_quiet_shows_nothing(tmp_path):
    code = "console.set_quiet(True)\nwith console.status('a'):\n    time.sleep(0.8)\n"
    assert shown_by(code, tmp_path) == ""
