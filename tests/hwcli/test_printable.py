"""Text from files cannot control the terminal, wherever hw prints it."""

from __future__ import annotations

import ast
import json
import os
import unicodedata
from pathlib import Path

import pexpect
import pytest
from hypothesis import given
from hypothesis import strategies as st

from handmade import environment, hw, hw_here, ink_line, tiny_dataset
from hwcli.printable import json_printable, printable
from old_datasets import to_version_1

EVIL = "a\x1b[31m\x1b]0;title\x07\x9b2J\u202eb"
UNSAFE = ("\x1b", "\x07", "\x9b", "\u202e", "\x7f")
HAND = ([[0, 0], [9, 40], [20, 0], [30, 42]], [[50, 3], [60, 40]])


def is_safe(text: str) -> bool:
    return not any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") or c in "\u202e\u2066" for c in text)


@given(st.text(st.characters()))
def test_printable_text_is_one_safe_line_and_keeps_the_rest(text):
    assert is_safe(printable(text))
    assert printable(printable(text)) == printable(text)
    if is_safe(text) and not set(text) & set("\u202a\u202b\u202c\u202d\u2067\u2068\u2069"):
        assert printable(text) == text


@given(st.dictionaries(st.text(st.characters(exclude_categories=("Cs",))), st.text()))
def test_printable_json_is_the_same_data(row):
    text = json_printable(json.dumps(row, ensure_ascii=False))
    assert is_safe(text)
    assert json.loads(text) == row


def safe(*outputs: str | bytes) -> None:
    for output in outputs:
        text = output.decode() if isinstance(output, bytes) else output
        assert not any(c in text for c in UNSAFE), text


def test_names_of_files_are_printed_as_escapes(tmp_path):
    name = EVIL.replace("/", "")
    (tmp_path / f"{name}.ndjson").write_text("{")
    done = hw("render", f"{name}.ndjson", cwd=tmp_path)
    safe(done.err)
    assert r"a\x1b[31m" in done.err
    safe(hw("render", f"--{EVIL}", cwd=tmp_path).err)  # Typer's own error
    made = hw("sample", "--points", "3", "--seed", "1", "-o", f"{name}.svg", cwd=tmp_path)
    assert made.status == 0
    safe(made.err)


def test_ids_and_texts_of_ink_are_printed_as_escapes(tmp_path):
    (tmp_path / "x.ndjson").write_bytes(ink_line(HAND, id=EVIL, text=EVIL, model=EVIL))
    for kind in ("text", "ndjson"):
        done = hw_here("read", "x.ndjson", "-f", kind, cwd=tmp_path)
        safe(done.out, done.err)
    row = json.loads(done.out)
    assert (row["id"], row["expected"]) == (EVIL, EVIL)  # as data they are exact
    done = hw_here("render", "x.ndjson", "-f", "term", "--caption", "id,text", cwd=tmp_path)
    safe(done.out, done.err)


def test_texts_of_hands_are_listed_in_their_column(tmp_path):
    (tmp_path / "mine.ndjson").write_bytes(ink_line(HAND, text=f"{EVIL}\tx\ny"))
    (tmp_path / f"bad{EVIL}.ndjson").write_text("{")
    done = hw_here("hand", "list", cwd=tmp_path, HW_HANDS=str(tmp_path))
    safe(done.out, done.err)
    rows = [line.split("\t") for line in done.out.decode().splitlines()]
    mine = next(row for row in rows if row[0] == "mine")
    assert mine[1].endswith(r"\tx\ny")
    assert mine[2:] == [str(tmp_path / "mine.ndjson")]


def test_names_in_datasets_are_printed_as_escapes(tmp_path):
    tiny_dataset(tmp_path / "data")
    file = to_version_1(tmp_path / "data")
    manifest = json.loads(file.read_text())
    manifest["sources"] = [{"name": f"{EVIL}{k}", "units": "tablet"} for k in (1, 2)]
    for k, line in enumerate(manifest["lines"]):
        line |= {"source": k % 2, "split": "valid", "group": EVIL}
    file.write_text(json.dumps(manifest))
    for more in ([], ["--json"]):
        done = hw_here("evaluate", "data", *more, cwd=tmp_path)
        assert done.status == 0, done
        safe(done.out, done.err)
    assert f"{EVIL}1" in json.loads(done.out)["sources"]
    done = hw_here("evaluate", "data", "--split", "train", cwd=tmp_path)
    assert done.status == 1
    safe(done.err)


def test_settings_are_printed_as_escapes_and_are_the_same_settings(tmp_path):
    (tmp_path / "hw.toml").write_text(f"[sample]\nmodel = {json.dumps(EVIL)}\n")
    done = hw_here("config", cwd=tmp_path)
    safe(done.out, done.err)
    (tmp_path / "hw.toml").write_bytes(done.out)
    again = hw_here("config", cwd=tmp_path)
    line = next(line for line in again.out.decode().splitlines() if line.startswith("model = "))
    assert json.loads(line.split(" = ")[1].split("  #")[0]) == EVIL
    (tmp_path / "hw.toml").write_text(f'"{EVIL[:1]}\\u001b" = 1\n')
    safe(hw_here("config", cwd=tmp_path).err)


def test_ink_at_a_terminal_is_the_same_data_without_controls(tmp_path):
    (tmp_path / "x.ndjson").write_bytes(ink_line(HAND, text="ab", id="\x9b2J\x7f"))
    command = "import sys; from hwcli.app import main; sys.argv = ['hw', *sys.argv[1:]]; main()"
    options = ["sample", "--score", "x.ndjson", "--format", "ndjson", "--no-prediction"]
    child = pexpect.spawn(
        os.sys.executable,
        ["-c", command, *options],
        cwd=tmp_path,
        env=environment(),
        encoding="utf-8",
        timeout=60,
    )
    shown = child.read()
    row = next(line for line in shown.splitlines() if line.startswith("{"))
    assert "\x9b" not in row
    assert "\x7f" not in row
    assert json.loads(row)["id"] == "\x9b2J\x7f"


@pytest.mark.parametrize("path", sorted(Path(__file__).parents[2].glob("hwcli/**/*.py")), ids=str)
def test_nothing_prints_past_what_makes_text_printable(path):
    """Only hwcli.console and hwcli.cli.streams write to the terminal; hw --version prints what is its own."""
    calls = [
        ast.unparse(node.func) for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)
    ]
    allowed = {"console.py": {"print"}, "app.py": {"typer.echo"}}.get(path.name, set())
    assert {"print", "typer.echo", "sys.stdout.write", "sys.stderr.write"} & set(calls) <= allowed
