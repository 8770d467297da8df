"""Warnings name the line that a user wrote, and the commands print them."""

from __future__ import annotations

import subprocess
import sys
import warnings

import pytest

from handmade import environment
from hwcli.console import shown_warnings
from hwcli.hw_warning import HwWarning, warn

PROGRAM = """\
import hwcli as hw
model = hw.load_model("w.safetensors")


def first(inks):
    return next(inks)


model.sample(seed=1, text="cab")
model.sample_many(2, seed=1, text="cab")
first(model.samples(1, 1, text="cab"))
list(hw.write_pages(model, "cab", hw.Layout(measure=9), seed=1))
"""


def test_a_program_is_warned_at_the_lines_that_it_wrote(tmp_path):
    from handmade import tiny_model

    tiny_model(tmp_path / "w.safetensors", alphabet="abc ")
    (tmp_path / "program.py").write_text(PROGRAM)
    done = subprocess.run(
        [sys.executable, "program.py"], cwd=tmp_path, env=environment(), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    told = [line.split(": ", 1) for line in done.stderr.splitlines() if not line.startswith(" ")]
    numbers = [int(place.rpartition(":")[2]) for place, _ in told]
    assert sorted(set(numbers)) == [6, 9, 10, 12]  # where it asks for the samples
    assert all(place.startswith(str(tmp_path / "program.py")) for place, _ in told)
    assert all(said.startswith("HwWarning: sample 1-") for _, said in told)


def test_commands_print_warnings_and_notes_and_leave_other_warnings_alone(capsys):
    with warnings.catch_warnings(record=True) as others:
        warnings.simplefilter("always")
        with shown_warnings():
            warn("it may be wrong")
            warn("it was done", is_note=True)
            warnings.warn("of another package", UserWarning, stacklevel=1)
        warn("outside")
    assert capsys.readouterr().err == "warning: it may be wrong\nit was done\n"
    assert [str(one.message) for one in others] == ["of another package", "outside"]


def test_commands_print_them_whatever_the_filters_say(capsys):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with shown_warnings():
            warn("told")
        with pytest.raises(HwWarning, match="raised"):
            warn("raised")
    assert capsys.readouterr().err == "warning: told\n"
