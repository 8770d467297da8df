"""Where included files are found, on disk and in archives."""

import os

import pytest

from hwcli.errors import HwError
from hwcli.ink_io.included_files import InArchive, OnDisk, candidates
from unipen_files import write_tree


def test_candidates_are_beside_the_file_then_in_the_folders_include_above_it():
    assert candidates("b/c.dat", "/x/include/b/a.dat") == [
        "/x/include/b/b/c.dat",
        "/x/include/b/include/b/c.dat",
        "/x/include/b/c.dat",
        "/x/include/b/c.dat",
        "/include/b/c.dat",
    ]
    assert candidates("c", "a") == ["c", "include/c"]


@pytest.mark.parametrize(
    "name", ["", ".", "/", "/c.dat", "\\c.dat", "../c.dat", "b/../../c.dat", "b\\..\\c.dat"]
)
def test_a_name_that_leads_elsewhere_has_no_candidates(name):
    assert candidates(name, "/x/a.dat") == []


FILES = {name: name.encode() for name in ("top/data/a.dat", "top/include/b/C.dat", "top/include/b/c.DAT")}
CASES = [
    ("b/C.dat", "top/data/a.dat", "top/include/b/C.dat"),
    ("b/c.DAT", "top/data/a.dat", "top/include/b/c.DAT"),
    ("B/c.dat", "top/data/a.dat", "top/include/b/C.dat"),
    ("b\\C.dat", "top/data/a.dat", "top/include/b/C.dat"),
    ("./b//C.dat", "top/data/a.dat", "top/include/b/C.dat"),
    ("A.DAT", "top/data/a.dat", "top/data/a.dat"),
    ("b", "top/data/a.dat", None),
    ("d.dat", "top/data/a.dat", None),
    ("b/C.dat", "other/data/a.dat", None),
]


@pytest.mark.parametrize(("name", "by", "path"), CASES)
def test_disk_and_archive_find_the_same_file(tmp_path, name, by, path):
    archive = InArchive({path: InArchive.pack(content) for path, content in FILES.items()})
    assert archive.find(name, by) == path
    root = write_tree(tmp_path, FILES)
    found = OnDisk().find(name, str(root / by))
    assert found == (path and str(root / path))
    if path is not None:
        assert OnDisk().read(found) == archive.read(path) == path.encode()


def test_what_is_not_a_file_is_not_found(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for name in ("pipe", "folder", "PIPE", "none/x"):
        assert OnDisk().find(name, str(tmp_path / "a.dat")) is None


def test_an_enormous_file_is_refused(tmp_path):
    with (tmp_path / "x").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(HwError, match="HW_INK_MEMORY"):
        OnDisk().read(str(tmp_path / "x"))


def test_a_file_that_went_is_an_error(tmp_path):
    with pytest.raises(HwError, match="no such file"):
        OnDisk().read(str(tmp_path / "gone"))
