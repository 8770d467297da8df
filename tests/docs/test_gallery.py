"""docs/gallery.md: its commands run and make the pictures below them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from renderers.registry import STYLES

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "gallery.md").read_text(encoding="utf-8")


def test_every_picture_exists_and_has_a_command() -> None:
    commands = "".join(re.findall(r"```sh\n(.*?)```", PAGE, re.S))
    pictures = re.findall(r"\]\(images/(\S+)\)", PAGE)
    assert len(pictures) >= 7
    for picture in pictures:
        assert (DOCS / "images" / picture).is_file()
        name, *_, suffix = picture.split(".")  # of sample.plain.svg: a command with several styles
        assert f"-o {name}.{suffix}\n" in commands


def test_every_style_of_hw_is_shown() -> None:
    commands = "".join(re.findall(r"```sh\n(.*?)```", PAGE, re.S))
    named = {
        style for styles in re.findall(r"--(?:render|style) (\S+)", commands) for style in styles.split(",")
    }
    assert set(STYLES) <= named | ({"window"} if "--explain" in commands else set())


@pytest.mark.cairo
def test_commands_run(tmp_path: Path) -> None:
    """Pictures are not compared, since they depend on the processor's rounding."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    env = {**os.environ, "PATH": path, "HW_HANDS": str(tmp_path / "none")}
    for block in re.findall(r"```sh\n(.*?)```", PAGE, re.S):
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block],
            cwd=tmp_path, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, f"{block}\n{done.stderr}"
    made = {path.name for suffix in ("svg", "gif") for path in tmp_path.glob(f"*.{suffix}")}
    assert made == set(re.findall(r"\]\(images/(\S+)\)", PAGE))
