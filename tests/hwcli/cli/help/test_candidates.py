"""Completion of values, asked for as shells do: by environment variables."""

import pytest

from handmade import hw_here, tiny_dataset, tiny_model

BUNDLED = "unipen-prediction unipen-reader unipen-synthesis"


def completed(line: str, cwd, shell: str = "bash", **env: str) -> list[str]:
    """Return what the shell would complete the last word of a command line to."""
    words = line.split(" ")
    asked = {
        "bash": {"COMP_WORDS": line.replace(" ", "\n"), "COMP_CWORD": str(len(words) - 1)},
        "zsh": {"_TYPER_COMPLETE_ARGS": line},
        "fish": {"_TYPER_COMPLETE_ARGS": line, "_TYPER_COMPLETE_FISH_ACTION": "get-args"},
    }[shell]
    done = hw_here(cwd=cwd, _HW_COMPLETE=f"complete_{shell}", **asked, **env)
    assert (done.status, done.err) == (0, "")
    return done.out.decode().split("\n")[:-1] if done.out.strip() else []


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("hw samp", "sample"),
        ("hw hand lea", "learn"),
        ("hw sample --hyph", "--hyphenate"),
        ("hw sample --qui", "--quiet"),
        ("hw sample --hand b", "brisk"),
        ("hw sample --model unipen-", BUNDLED),
        ("hw sample --reader unipen-", "unipen-prediction unipen-reader"),
        ("hw sample --render eos,pl", "eos,plain"),
        ("hw sample --render al", "all"),
        ("hw sample --paper a5", "a5"),
        ("hw sample --align c", "center"),
        ("hw sample --hyphenate d", "da de"),
        ("hw sample --text hi --source unipen-r", "unipen-rough"),
        ("hw sample --caption id,t", "id,text"),
        ("hw sample --device c", "cpu cuda"),
        ("hw render --style at", "attention"),
        ("hw render -f g", "gif gcode"),
        ("hw render -f inkm", "inkml"),
        ("hw render --input-format quick", "quickdraw"),
        ("hw render -o x.gcode -O prof", "profile="),
        ("hw render -o x.gcode -O profile=z", "profile=z"),
        ("hw render --style eos -O leg", "legend="),
        ("hw render --style eos -O legend=y", "legend=yes"),
        ("hw render --list gco", "gcode"),
        ("hw read -f t", "text"),
        ("hw train --preset gr", "graves"),
        ("hw train --kind re", "reader"),
        ("hw evaluate --protocol v", "vrnn"),
        ("hw plot --what sp", "speed"),
        ("hw evaluate iam --split v", "valid"),
        ("hw hand try hi cl", "clear"),
        ("hw export unipen-s", "unipen-synthesis"),
    ],
)
def test_values_are_completed(tmp_path, line, values):
    assert completed(line, tmp_path) == values.split()


def test_folders_that_fit_are_completed(tmp_path):
    tiny_dataset(tmp_path / "data-set")
    (tmp_path / "data-other").mkdir()
    (tmp_path / "runs" / "data-run").mkdir(parents=True)
    (tmp_path / "runs" / "data-run" / "config.toml").write_text("")
    tiny_model(tmp_path / "data-m.safetensors")
    assert completed("hw train dat", tmp_path) == ["data-set"]
    assert completed("hw evaluate dat", tmp_path) == ["data-set"]
    assert completed("hw plot runs/d", tmp_path) == ["runs/data-run"]
    assert completed("hw sample --model data", tmp_path) == ["data-m.safetensors"]
    assert completed("hw train --from runs/", tmp_path) == ["runs/data-run"]


def test_only_saved_hands_are_completed_for_removal(tmp_path):
    (tmp_path / "hands").mkdir()
    (tmp_path / "hands" / "mine.ndjson").write_text("")
    assert completed("hw hand remove ", tmp_path, HW_HANDS=str(tmp_path / "hands")) == ["mine"]


@pytest.mark.parametrize(
    "line", ["hw sample --model nowhere/", "hw preprocess --split ", "hw render -o x.xyz -O a"]
)
def test_nothing_is_printed_where_nothing_can_be_completed(tmp_path, line):
    assert completed(line, tmp_path) == []


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_also_show_what_a_value_means(tmp_path, shell):
    (line,) = completed("hw sample --hand br", tmp_path, shell)
    assert "brisk" in line
    assert "bundled" in line
