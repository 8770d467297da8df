"""What is imported at run time: CPU sampling and drawing never load torch, and renderers never load hwcli."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from handmade import environment, hw, tiny_model
from loading import RUN, loaded_by


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        ["sample", "--points", "30", "--seed", "1"],
        [
            "sample",
            "--points",
            "30",
            "--seed",
            "1",
            "--model",
            "m.safetensors",
            "--render",
            "all",
            "-o",
            "x.svg",
        ],
        ["sample", "--points", "9", "--seed", "1", "--model", "m.safetensors", "--prime", "-"],
        ["sample", "--model", "m.safetensors", "--score", "-", "--fit"],
        ["sample", "--model", "s.safetensors", "--seed", "1", "--text", "a cab", "--fold", "-o", "x.svg"],
        [
            "sample",
            "--model",
            "s.safetensors",
            "--seed",
            "1",
            "--text",
            "a",
            "--prime",
            "-",
            "--prime-text",
            "b",
        ],
        ["hand", "list"],
        ["render", "--style", "eos", "--model", "m.safetensors", "-o", "x.png"],
        ["render", "--list"],
        ["config"],
        ["models"],
        ["formats"],
    ],
    ids=" ".join,
)
def test_torch_is_not_imported(tmp_path, arguments):
    tiny_model(tmp_path / "m.safetensors")
    tiny_model(tmp_path / "s.safetensors", alphabet="abc ")
    stdin = b'{"hw":1,"strokes":[[[0,0],[5,5],[9,1]]]}\n'
    assert "torch" not in loaded_by(*arguments, cwd=tmp_path, stdin=stdin)


def test_loaded_packages_include_torch_if_it_is_imported(tmp_path):
    (tmp_path / "torch.py").write_text("")
    done = subprocess.run(
        [sys.executable, "-c", RUN.replace("import json", "import torch, json"), "--version"],
        cwd=tmp_path,
        capture_output=True,
        env=environment(PYTHONPATH=str(tmp_path)),
        timeout=300,
        check=True,
    )
    assert "torch" in json.loads(done.stderr.decode().splitlines()[-1])


def test_renderers_never_import_hwcli_or_torch():
    code = (
        "import sys, pkgutil, importlib, renderers\n"
        "for m in pkgutil.walk_packages(renderers.__path__, 'renderers.'): importlib.import_module(m.name)\n"
        "print([name for name in ('hwcli', 'torch', 'typer') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, text=True, timeout=300
    )
    assert done.stdout == "[]\n"


def test_python_api_is_imported_on_first_use():
    code = (
        "import sys, hwcli as hw\n"
        "assert 'numpy' not in sys.modules\n"
        "ink = hw.load_model().sample(points=20, seed=1, bias=0.5)\n"
        "assert 'torch' not in sys.modules\n"
        "print(ink.offsets.shape, len(ink.prediction), ink.draw('eos').svg()[:4])\n"
        "assert sorted(dir(hw)) == sorted(hw.__all__)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.stdout == "(20, 3) 20 <svg\n", done


def test_console_script_and_module_print_the_same(tmp_path):
    script = Path(sys.executable).parent / "hw"
    if not script.exists():
        pytest.skip("the console script hw is not installed beside this Python")
    done = subprocess.run([script, "--version"], cwd=tmp_path, capture_output=True, check=True, timeout=240)
    assert done.stdout == hw("--version", cwd=tmp_path).out
