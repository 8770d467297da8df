"""What a user meets when things go wrong that are nobody's input: no stdout, and faults of hw itself."""

import subprocess
import sys

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


def test_a_closed_stdout_is_said_so_where_it_is_needed_and_no_matter_elsewhere(tmp_path):
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


def test_a_fault_of_hw_is_a_line_and_with_debug_all_of_it():
    told = faulty("models")
    assert told.returncode == 1
    assert "a fault of hw: ZeroDivisionError" in told.stderr
    assert "--debug" in told.stderr
    assert "Traceback" not in told.stderr
    assert "Traceback" in faulty("--debug", "models").stderr


def test_the_models_of_a_run_are_called_as_the_run_is(tmp_path):
    tiny_dataset(tmp_path / "data")
    small = ["--layers", "1", "--hidden", "4", "--mixtures", "2", "--epochs", "1", "--batch-size", "2"]
    assert hw_here("train", "data", "-o", "pupil", *small, cwd=tmp_path).status == 0
    for name in ("pupil", "pupil/best.safetensors", "pupil/last.safetensors"):
        done = hw_here("sample", "--model", name, "--points", "3", "--no-prediction", cwd=tmp_path)
        assert b'"model":"pupil"' in done.out, name
