"""hw doctor: what hw finds on a machine, what it lacks, and how to mend it."""

import json

import pytest

from handmade import hw, hw_here
from hwcli.cli.doctor import installed, surroundings
from hwcli.cli.doctor.finding import BROKEN, MISSING, OK
from hwcli.errors import HwError
from loading import loaded_by
from renderers.errors import RenderError


def rows(done) -> dict[str, dict]:
    return {row["part"]: row for row in map(json.loads, done.out.decode().splitlines())}


def test_what_is_needed_is_there(tmp_path):
    done = hw_here("doctor", "--json", cwd=tmp_path)
    assert done.status == 0, done
    found = rows(done)
    wanted = "hw models Python cores torch Cairo fonts browser terminal characters plot onnx hands temporary"
    assert set(wanted.split()) <= set(found)
    assert {row["state"] for row in found.values()} <= {OK, MISSING}
    assert all(row["remedy"] for row in found.values() if row["state"] == MISSING)


@pytest.mark.parametrize("columns", [40, 80])
def test_lines_fit_the_terminal_and_commands_stand_alone(tmp_path, monkeypatch, columns):
    monkeypatch.setattr(installed, "find_spec", lambda name: None)
    done = hw_here("doctor", cwd=tmp_path, COLUMNS=str(columns))
    lines = done.out.decode().splitlines()
    assert all(len(line) <= columns or "/" in line.split()[-1] for line in lines)  # but for paths
    assert any(line.strip() == 'pip install "hwcli[plot]"' for line in lines)
    assert "optional parts are missing" in done.err
    assert done.status == 0


def test_torch_is_not_imported(tmp_path):
    assert "torch" not in loaded_by("doctor", cwd=tmp_path)


def test_bad_settings_are_reported_with_status_1(tmp_path):
    (tmp_path / "hw.toml").write_text("[sample]\npoitns = 3\n")
    done = hw_here("doctor", "--json", cwd=tmp_path)
    assert done.status == 1
    assert rows(done)["settings"]["state"] == BROKEN
    assert "poitns" in rows(done)["settings"]["found"]
    assert done.err == "1 part is broken\n"


def test_folder_that_cannot_be_written_is_missing(tmp_path):
    (tmp_path / "file").write_text("")
    found = rows(hw_here("doctor", "--json", cwd=tmp_path, HW_HANDS=str(tmp_path / "file")))
    assert found["hands"]["state"] == MISSING
    assert "HW_HANDS" in found["hands"]["remedy"]


def test_other_characters_than_utf8_are_reported(tmp_path):
    done = hw("doctor", "--json", cwd=tmp_path, PYTHONIOENCODING="ascii")
    assert rows(done)["characters"]["state"] == MISSING


def one(check):
    (found,) = check()
    return found


def test_absent_torch_names_its_command(monkeypatch):
    monkeypatch.setattr(installed, "find_spec", lambda name: None)
    found = one(installed.check_torch)
    assert (found.state, found.remedy) == (MISSING, 'pip install "hwcli[train]"')


def test_gpu_without_a_torch_for_it_is_reported(monkeypatch):
    monkeypatch.setattr(installed, "find_spec", lambda name: name)
    monkeypatch.setattr(installed.shutil, "which", lambda name: f"/bin/{name}")
    monkeypatch.setattr(installed, "_version", lambda name: "2.13.0+cpu")
    _, cuda = installed.check_torch()
    assert cuda.state == MISSING
    assert "build for processors" in cuda.found


def test_absent_cairo_names_its_package(monkeypatch):
    def fail(what):
        raise RenderError("not found")

    monkeypatch.setattr("renderers.formats.cairo.cairo_library", fail)
    monkeypatch.setattr(installed.sys, "platform", "linux")
    found = one(installed.check_cairo)
    assert (found.state, found.remedy) == (MISSING, "apt install libcairo2")


@pytest.mark.cairo
def test_old_cairo_is_reported(monkeypatch):
    import cairocffi

    monkeypatch.setattr(cairocffi, "cairo_version_string", lambda: "1.14.8")
    found = one(installed.check_cairo)
    assert found.state == MISSING
    assert "1.14.8" in found.found


def test_absent_fonts_and_browsers_are_reported(monkeypatch):
    monkeypatch.setattr(installed.os, "walk", lambda folder: iter(()))
    monkeypatch.setattr(installed.shutil, "which", lambda name: None)
    monkeypatch.setattr(installed.sys, "platform", "linux")
    assert one(installed.check_fonts).state == MISSING
    assert one(installed.check_browser).state == MISSING
    parts = {found.part: found for found in installed.check_hw() if found.state != OK}
    assert "python -m hwcli" in parts["hw"].found


def test_damaged_model_is_broken(monkeypatch):
    def fail(path):
        raise HwError(f"{path.name} is damaged")

    monkeypatch.setattr("hwcli.model.container.read_header", fail)
    assert [found.part for found in installed.check_hw() if found.state == BROKEN] == ["models"] * 6


def test_absent_folder_is_reported(monkeypatch):
    def fail():
        raise RuntimeError("no home folder")

    monkeypatch.setattr("hwcli.hands.library.folder", fail)
    found = {finding.part: finding for finding in surroundings.check_folders()}
    assert found["hands"].state == MISSING
