"""Commands in pipelines: only data on stdout, and the same bytes through a pipe as through a file."""

import json
import shlex
import subprocess
import sys
import tomllib

import pytest

from handmade import environment, hw, hw_here, iam_xml, tiny_model
from hwcli.dataset.store import open_dataset

HW = f"{shlex.quote(sys.executable)} -m hwcli"


def shell(line: str, cwd, **env: str) -> subprocess.CompletedProcess[bytes]:
    """Run a bash line that may call hw; a pipeline fails if any part of it does."""
    script = f'set -o pipefail; hw() {{ {HW} "$@"; }}; {line}'
    return subprocess.run(
        ["bash", "-c", script], cwd=cwd, capture_output=True, env=environment(**env), timeout=300, check=False
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("pipes")
    tiny_model(path / "m.safetensors")
    (path / "a01-000u-01.xml").write_bytes(iam_xml())
    return path


@pytest.mark.parametrize("style", ["color", "eos", "pdf"])
def test_sample_piped_to_render_equals_sample_render(folder, style):
    # the bundled model once; a small one is faster for the rest
    model = "" if style == "color" else "--model m.safetensors"
    piped = shell(f"hw sample --seed 7 --points 200 {model} | hw render --style {style} > a.svg", folder)
    at_once = shell(f"hw sample --seed 7 --points 200 {model} --render {style} -o b.svg", folder)
    assert (piped.returncode, at_once.returncode) == (0, 0), (piped, at_once)
    assert (folder / "a.svg").read_bytes().startswith(b"<svg")
    assert (folder / "a.svg").read_bytes() == (folder / "b.svg").read_bytes()


def test_pipe_and_file_get_the_same_bytes(folder):
    to_pipe = hw("sample", "--seed", "3", "--points", "40", "--model", "m.safetensors", cwd=folder)
    to_file = hw(
        "sample", "--seed", "3", "--points", "40", "--model", "m.safetensors", "-o", "s.ndjson", cwd=folder
    )
    dashed = hw("sample", "--seed", "3", "--points", "40", "--model", "m.safetensors", "-o", "-", cwd=folder)
    assert to_pipe.out == (folder / "s.ndjson").read_bytes() == dashed.out
    assert (to_pipe.err, to_file.out, to_file.err) == ("", b"", "wrote s.ndjson\n")


def test_picture_without_output_file_goes_to_stdout(folder):
    inked = hw(
        "sample", "--seed", "3", "--points", "40", "--model", "m.safetensors", "--render", "eos", cwd=folder
    )
    assert (inked.status, inked.err) == (0, "")
    assert inked.out.startswith(b"<svg")
    png = hw("sample", "--seed", "3", "--points", "40", "--model", "m.safetensors", "-f", "png", cwd=folder)
    assert png.out.startswith(b"\x89PNG")


def test_each_style_is_a_file(folder):
    done = hw(
        "sample",
        "--seed",
        "1",
        "--points",
        "40",
        "--model",
        "m.safetensors",
        "--render",
        "color,plain",
        "-o",
        "x.svg",
        cwd=folder,
    )
    assert done.status == 0, done
    assert sorted(p.name for p in folder.glob("x*")) == ["x.color.svg", "x.plain.svg"]
    assert done.err == "wrote x.color.svg\nwrote x.plain.svg\n"


def test_each_sample_is_a_line_and_the_random_seed_reproduces_it(folder):
    done = hw("sample", "--count", "3", "--points", "20", "--model", "m.safetensors", cwd=folder)
    rows = [json.loads(line) for line in done.out.splitlines()]
    (seed,) = {row["seed"] for row in rows}
    assert done.err == f"seed {seed}\n"
    assert [row["id"] for row in rows] == [f"{seed}-{k}" for k in range(3)]
    again = hw(
        "sample",
        "--count",
        "3",
        "--points",
        "20",
        "--model",
        "m.safetensors",
        "--seed",
        str(seed),
        cwd=folder,
    )
    assert (again.out, again.err) == (done.out, "")


def test_quiet_prints_nothing(folder):
    done = hw("--quiet", "sample", "--points", "20", "--model", "m.safetensors", "-o", "q.svg", cwd=folder)
    assert (done.status, done.out, done.err) == (0, b"", "")


def test_ink_with_unknown_keys_becomes_a_dataset_and_a_picture(folder):
    line = b'{"hw":1,"strokes":[[[0,0],[5,5]],[[9,1],[12,4]]],"id":"x","writer":"w1","mood":{"deep":[1]}}\n'
    done = hw("preprocess", "-", "-o", "from-stdin", cwd=folder, stdin=line)
    assert done.status == 0, done
    (info,) = open_dataset(folder / "from-stdin").lines
    assert (info.id, info.group) == ("x", "w1")
    assert hw("render", cwd=folder, stdin=line).out.startswith(b"<svg")


def test_piped_samples_become_a_dataset(folder):
    done = shell(
        "hw sample --count 4 --seed 2 --points 60 --model m.safetensors --no-prediction"
        " | hw preprocess - -o sampled --max-gap 0 --valid-fraction 0.25",
        folder,
    )
    assert done.returncode == 0, done
    assert done.stdout == b""
    lines = open_dataset(folder / "sampled").lines
    assert [line.id for line in lines] == ["2-0", "2-1", "2-2", "2-3"]
    assert sorted(line.split for line in lines) == ["train", "train", "train", "valid"]


def test_render_with_model_scores_ink_before_drawing(folder):
    refused = hw("render", "a01-000u-01.xml", "--style", "eos", cwd=folder)
    assert (refused.status, refused.out) == (1, b"")
    assert "--model" in refused.err
    done = hw("render", "a01-000u-01.xml", "--style", "eos", "--model", "m.safetensors", cwd=folder)
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith(b"<svg")


def test_render_from_stdin_equals_render_from_file(folder):
    ndjson = hw("sample", "--seed", "3", "--points", "40", "--model", "m.safetensors", cwd=folder).out
    (folder / "ink.ndjson").write_bytes(ndjson)
    named, piped = hw("render", "ink.ndjson", cwd=folder), hw("render", "-", cwd=folder, stdin=ndjson)
    assert named.out == piped.out != b""


def test_config_output_is_a_config_file(folder):
    done = hw("config", cwd=folder, HW_TRAIN_BATCH_SIZE="64")
    assert (done.status, done.err) == (0, "")
    assert tomllib.loads(done.out.decode())["train"]["batch_size"] == 64
    assert b"batch_size = 64  # HW_TRAIN_BATCH_SIZE\n" in done.out
    (folder / "mine.toml").write_bytes(done.out)
    again = hw("--config", "mine.toml", "config", cwd=folder)
    assert tomllib.loads(again.out.decode()) == tomllib.loads(done.out.decode())
    assert b"batch_size = 64  # mine.toml\n" in again.out


def test_flags_override_environment_overrides_file(folder):
    (folder / "few.toml").write_text("[sample]\npoints = 11\nseed = 1\nmodel = 'm.safetensors'\n")

    def points(*arguments, **env):
        (row,) = hw("--config", "few.toml", "sample", *arguments, cwd=folder, **env).out.splitlines()
        return sum(len(stroke) for stroke in json.loads(row)["strokes"])

    assert points() == 11
    assert points(HW_SAMPLE_POINTS="12") == 12
    assert points("--points", "13", HW_SAMPLE_POINTS="12") == 13


def test_models_lists_bundled_models(folder):
    done = hw("models", "--json", cwd=folder)
    rows = {row["name"]: row for row in map(json.loads, done.out.splitlines())}
    assert rows["iam-prediction"]["default"]
    assert rows["iam-prediction"]["kind"] == "prediction"
    assert rows["iam-prediction"]["parameters"] > 100_000
    assert "iam-prediction" in hw("models", cwd=folder).out.decode()


HELPS = ["", "preprocess", "train", "sample", "render", "evaluate", "models", "config"]


@pytest.mark.parametrize("command", HELPS)
def test_help_of_every_command_goes_to_stdout(folder, command):
    done = hw_here(*[command] if command else [], "--help", cwd=folder)
    assert (done.status, done.err) == (0, "")
    assert b"Usage: " in done.out
