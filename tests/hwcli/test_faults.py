"""Failures that do not come from the input: a closed stdout, and bugs in hw itself."""

import subprocess
import sys

import pytest

from handmade import environment, hw_here, tiny_dataset

FAULTY = """
import sys
import hwcli.weights.bundled
hwcli.weights.bundled.names = lambda: 1 / 0
from hwcli.app import main
sys.argv = ["hw", *{arguments}]
main()
"""


def shell(line: str, cwd) -> subprocess.CompletedProcess:
    line = line.replace("hw ", f"{sys.executable} -m hwcli ", 1)
    return subprocess.run(["bash", "-c", line], cwd=cwd, env=environment(), capture_output=True, text=True)


@pytest.mark.parametrize("command", ["read", "render -o a.svg", "sample --score -", "sample --prime -"])
def test_closed_stdin_is_one_error(tmp_path, command):
    done = shell(f"hw {command} <&-", tmp_path)
    assert done.returncode == 1
    assert "error: stdin: it is closed, so there is no ink to read\n" in done.stderr
    assert "internal error" not in done.stderr


def test_closed_stderr_is_no_failure(tmp_path):
    """And what is written does not go to the number that stderr had."""
    for output in ("a.svg", "a.ndjson"):
        done = shell(f"hw sample --points 20 -o {output} 2>&-", tmp_path)
        assert (done.returncode, done.stdout) == (0, "")
    assert (tmp_path / "a.svg").read_text().startswith("<svg")
    assert (tmp_path / "a.ndjson").read_text().startswith('{"hw":1')


def test_closed_stdout_is_an_error_only_if_it_is_needed(tmp_path):
    needed = shell("hw sample --seed 1 --points 5 >&-", tmp_path)
    assert needed.returncode == 1
    assert "stdout is closed" in needed.stderr
    assert "Traceback" not in needed.stderr
    done = shell("hw sample --seed 1 --points 5 -o x.svg >&-", tmp_path)
    assert (done.returncode, (tmp_path / "x.svg").exists()) == (0, True)
    assert "Traceback" not in shell("hw models >&-", tmp_path).stderr


def faulty(*arguments: str) -> subprocess.CompletedProcess:
    program = FAULTY.replace("{arguments}", repr(list(arguments)))
    return subprocess.run([sys.executable, "-c", program], env=environment(), capture_output=True, text=True)


def test_a_bug_is_one_line_and_debug_prints_its_traceback():
    failed = faulty("models")
    assert failed.returncode == 1
    assert "internal error: ZeroDivisionError" in failed.stderr
    assert "--debug" in failed.stderr
    assert "Traceback" not in failed.stderr
    assert "Traceback" in faulty("--debug", "models").stderr


def test_models_of_a_run_are_named_after_its_folder(tmp_path):
    tiny_dataset(tmp_path / "data")
    small = ["--layers", "1", "--hidden", "4", "--mixtures", "2", "--epochs", "1", "--batch-size", "2"]
    assert hw_here("train", "data", "-o", "pupil", *small, cwd=tmp_path).status == 0
    for name in ("pupil", "pupil/best.safetensors", "pupil/last.safetensors"):
        done = hw_here("sample", "--model", name, "--points", "3", "--no-prediction", cwd=tmp_path)
        assert b'"model":"pupil"' in done.out, name
