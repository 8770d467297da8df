"""The script of the page, tested by node's own test runner."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from renderers.formats.html import FOLDER, MODULES
from renderers.formats.viewer.arrays import Pack
from renderers.web.single_page import joined
from web_pages import check_is_one_module, check_joined, check_module_tests, node

HERE = Path(__file__).parent

pytestmark = pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")


@pytest.mark.parametrize("path", sorted(HERE.glob("*.test.mjs")), ids=lambda path: path.name)
def test_modules_do_as_they_say(path: Path) -> None:
    check_module_tests(path)


def test_the_joined_script_is_one_module(tmp_path: Path) -> None:
    check_joined(MODULES, FOLDER, joined(MODULES))
    check_is_one_module(joined(MODULES), tmp_path)


def test_arrays_are_unpacked_as_they_were_packed(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    wanted = [
        ("u1", False, rng.integers(0, 256, 50)),
        ("i2", True, rng.integers(-(2**15), 2**15, 50)),
        ("i4", True, rng.integers(-(2**31), 2**31, 50)),
        ("u2", False, []),
    ]
    pack = Pack()
    for kind, deltas, values in wanted:
        pack.add(values, kind, deltas)
    script = tmp_path / "unpack.mjs"
    script.write_text(
        f'import {{ unpack }} from "{(FOLDER / "unpack.mjs").as_uri()}";\n'
        f"const arrays = await unpack({json.dumps(pack.encoded())});\n"
        "console.log(JSON.stringify(arrays.map((one) => [...one])));"
    )
    done = node(script)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [[int(value) for value in values] for *_, values in wanted]
