"""What is imported at run time: CPU sampling and drawing never load torch, and renderers never load hwcli."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from handmade import environment, hw, tiny_dataset, tiny_model
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


WITHOUT_TORCH = (
    "import sys; sys.modules['torch'] = None; sys.argv = ['hw', *sys.argv[1:]]\n"
    "from hwcli.app import main; main()"
)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train", "data"], "hw train cannot learn: torch is not installed"),
        (["hand", "learn", "-", "--name", "mine"], "hw hand learn cannot learn: torch is not installed"),
        (["sample", "--device", "cuda"], "--device cannot be cuda: torch is not installed"),
        (["evaluate", "data", "--device", "cuda"], "--device cannot be cuda: torch is not installed"),
    ],
    ids=lambda part: " ".join(part) if isinstance(part, list) else "",
)
def test_without_torch_the_extra_is_named(tmp_path, arguments, message):
    tiny_dataset(tmp_path / "data")
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCH, *arguments],
        cwd=tmp_path,
        input=b'{"hw":1,"strokes":[[[0,0],[5,5],[9,1]]],"text":"a"}\n',
        capture_output=True,
        env=environment(XDG_DATA_HOME=str(tmp_path / "home")),
        timeout=300,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.decode().endswith(f'error: {message}\nhint: pip install "hwcli[train]"\n')


@pytest.mark.parametrize("protocol", ["graves", "vrnn", "mass"])
def test_evaluate_gives_the_same_figures_without_torch(tmp_path, protocol):
    tiny_dataset(tmp_path / "data")
    arguments = ["-q", "evaluate", "data", "--protocol", protocol, "--json"]
    outputs = [
        subprocess.run(
            [sys.executable, "-c", code, *arguments],
            cwd=tmp_path, capture_output=True, env=environment(), timeout=300, check=True,
        ).stdout
        for code in (WITHOUT_TORCH, WITHOUT_TORCH.replace("sys.modules['torch'] = None; ", ""))
    ]  # fmt: skip
    assert json.loads(outputs[0])["points"] > 0
    assert outputs[0] == outputs[1]


def test_a_command_imports_no_other(tmp_path):
    code = (
        "import sys, runpy; sys.argv = ['hw', 'formats']\n"
        "try: runpy.run_module('hwcli', run_name='__main__')\n"
        "finally: print(*(n for n in sys.modules if n.startswith('hwcli.commands.')), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.stderr == "hwcli.commands.formats\n"


def test_an_older_python_is_refused_in_one_line(tmp_path):
    code = "import sys, runpy; sys.version_info = (3, 10, 13); runpy.run_module('hwcli', run_name='__main__')"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith("error: hw needs Python 3.11 or newer; this is Python ")
    assert done.stderr.count("\n") == 1
