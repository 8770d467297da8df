"""Help of every command, options of every command, and wrong command lines."""

import re

import pytest
import typer

from handmade import hw_here
from hwcli.app import app

ROOT = typer.main.get_command(app)
CONTEXT = typer.Context(ROOT)
COMMANDS = [
    *([name] for name in ROOT.list_commands(CONTEXT)),
    *(["hand", name] for name in ROOT.get_command(CONTEXT, "hand").commands),
    [],
]


def help_of(command, cwd, columns: int) -> list[str]:
    done = hw_here(*command, "--help", cwd=cwd, COLUMNS=str(columns))
    assert (done.status, done.err) == (0, "")
    return done.out.decode().splitlines()


@pytest.mark.parametrize("columns", [40, 80, 200])
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_fits_the_terminal(tmp_path, command, columns):
    for line in help_of(command, tmp_path, columns):
        words = line.strip().removesuffix(" \\").split(" ")
        # what cannot be broken: an option with its values, a text in quotes
        assert len(line) <= columns or line.startswith("  -") or len(words) == 1 or line.count('"') == 2, line


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_examples_stand_on_lines_of_their_own(tmp_path, command):
    lines = help_of(command, tmp_path, 80)
    assert [line for line in lines if line.endswith("\\")] == []
    if "Examples:" not in lines:
        pytest.skip("a command without examples")
    start = lines.index("Examples:") + 1
    examples = lines[start : lines.index("", start) if "" in lines[start:] else None]
    assert examples
    assert all(re.match("  (hw|torchrun) ", line) for line in examples)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_option_has_help_and_help_has_no_control_characters(tmp_path, command):
    text = "\n".join(help_of(command, tmp_path, 100))
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", text)
    found = ROOT
    for word in command:
        found = found.get_command(CONTEXT, word)
    for parameter in found.params:
        assert parameter.help, parameter.name
        for name in parameter.opts if parameter.param_type_name == "option" else ():
            assert re.search(rf"(?<![\w-]){re.escape(name)}\b", text.replace("[no-]", "")), name


def test_options_of_hw_sample_are_in_groups(tmp_path):
    lines = help_of(["sample"], tmp_path, 80)
    headings = [line for line in lines if line.endswith(":") and not line.startswith(" ")]
    wanted = "Examples Text Hand Output Picture Page Film Advanced Every command"
    assert " ".join(heading[:-1] for heading in headings) == wanted
    text = lines.index("Text:")
    assert lines[text + 1].lstrip().startswith("--text ")


def test_group_without_a_command_prints_its_help(tmp_path):
    done = hw_here("hand", cwd=tmp_path)
    assert (done.status, done.out) == (2, b"")
    assert done.err.splitlines()[0].startswith("Usage: hw hand ")


@pytest.mark.parametrize("place", [["-q", "models"], ["models", "-q"], ["models", "--quiet"]])
def test_quiet_is_accepted_before_and_after_the_command(tmp_path, place):
    done = hw_here(*place, cwd=tmp_path)
    assert (done.status, done.err) == (0, "")


def test_quiet_after_the_command_hides_notes(tmp_path):
    line = ["sample", "--points", "5", "-o", "a.ndjson"]
    assert "seed" in hw_here(*line, cwd=tmp_path).err
    assert hw_here(*line, "-q", cwd=tmp_path).err == ""


def test_settings_file_and_debug_are_accepted_after_the_command(tmp_path):
    (tmp_path / "my.toml").write_text("[sample]\npoints = 9\n")
    assert b"points = 9" in hw_here("config", "--config", "my.toml", cwd=tmp_path).out
    done = hw_here("config", "--config", "none.toml", "--debug", cwd=tmp_path)
    assert "Traceback" in done.err
    done = hw_here("hand", "show", "nobody", "-q", "--debug", cwd=tmp_path)
    assert "Traceback" in done.err


@pytest.mark.parametrize(
    ("line", "error", "hint"),
    [
        (["sampl"], "hw has no command 'sampl'", "did you mean hw sample? (known: "),
        (["hand", "lern"], "hw hand has no command 'lern'", "did you mean hw hand learn? (known: "),
        (["klingon"], "hw has no command 'klingon'", "known: sample, render"),
        (["sample", "hello"], "hw sample does not take hello", "to write that text: hw sample --text hello"),
        (
            ["sample", "-n", "2", "Dear Anna", "-o", "my a.svg"],
            "hw sample does not take 'Dear Anna'",
            "to write that text: hw sample --text 'Dear Anna' -n 2 -o 'my a.svg'",
        ),
        (["sample", "a", "b"], "hw sample does not take a b", "to write that text: hw sample --text 'a b'"),
        (
            ["sample", "ink.xml"],
            "hw sample does not take ink.xml",
            "to use that ink: hw sample --prime ink.xml",
        ),
        (["sample", "run"], "hw sample does not take run", "to use that model: hw sample --model run"),
        (["models", "x"], "hw models does not take x", "remove it, or see hw models --help"),
        (
            ["sample", "--txt", "a"],
            "hw sample has no option --txt",
            "did you mean --text? see hw sample --help",
        ),
        (["sample", "--style", "eos"], "hw sample has no option --style", "did you mean --render?"),
        (
            ["render", "--text", "a"],
            "hw render has no option --text",
            "it is an option of hw sample, hw read",
        ),
        (["--text", "a"], "hw has no option --text", "it is an option of hw sample, hw read"),
        (["sample", "--klingon"], "hw sample has no option --klingon", "see hw sample --help"),
        (["sample", "--count", "x"], "--count must be a whole number, not 'x'", "see hw sample --help"),
        (["sample", "--bias=x"], "--bias must be a number, not 'x'", "see hw sample --help"),
        (["sample", "--tries", "0"], "--tries must be a whole number from 1 to 1000, not 0", "see "),
        (["hand", "try", "hi", "--bias", "-1"], "--bias must be a number of at least 0.0, not -1.0", "see "),
        (["sample", "--points"], "--points needs a value: --points N", "see hw sample --help"),
        (["--config"], "--config needs a value: --config FILE", "see hw --help"),
        (["sample", "--strict=3"], "--strict takes no value", "write it without ="),
        (["hand", "learn", "a"], "hw hand learn needs --name TEXT: name of the hand", "see hw hand learn "),
        (["hand", "learn"], "hw hand learn needs INK…: ink files", "see hw hand learn --help"),
        (["train", "a", "b"], "hw train does not take b", "it takes one dataset; merge several first"),
        (["sample", "\x1b[31m"], "hw sample does not take '\\x1b[31m'", "to write that text: "),
        (["--kling\x1bon"], "hw has no option --kling\\x1bon", "see hw --help"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_command_line_is_one_error_and_a_hint(tmp_path, line, error, hint):
    (tmp_path / "ink.xml").write_text("")
    (tmp_path / "run").mkdir()
    done = hw_here(*line, cwd=tmp_path)
    assert (done.status, done.out) == (2, b"")
    first, second = done.err.splitlines()
    assert first.startswith(f"error: {error}")
    assert second.startswith(f"hint: {hint}")


@pytest.mark.parametrize(
    ("names", "headings"), [(["pdf"], "Styles: Formats:"), (["gcode"], "Formats:"), (["eos"], "Styles:")]
)
def test_list_describes_one_style_or_format(tmp_path, names, headings):
    done = hw_here("render", "--list", *names, cwd=tmp_path)
    lines = done.out.decode().splitlines()
    assert [line for line in lines if line.endswith("s:")] == headings.split()
    assert sum(line.startswith(f"{names[0]}: ") for line in lines) == len(headings.split())
    assert any(line.startswith("    -O ") for line in lines)


def test_list_names_the_nearest_style_or_format(tmp_path):
    done = hw_here("render", "--list", "gcod", cwd=tmp_path)
    assert done.status == 2
    assert done.err.splitlines()[0] == "error: there is no style or format 'gcod'"
    assert "did you mean gcode?" in done.err


def test_paths_in_hints_are_quoted(tmp_path):
    (tmp_path / "my data").mkdir()
    (tmp_path / "my data" / "manifest.json").write_text("{}")
    done = hw_here("sample", "--model", "my data", cwd=tmp_path)
    assert "hint: train a model on it: hw train 'my data' -o run" in done.err
    done = hw_here("evaluate", "no data", cwd=tmp_path)
    assert "hint: make one: hw preprocess SOURCE -o 'no data'" in done.err
