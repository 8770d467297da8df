"""Files, folders and archives are read in place, in a fixed order."""

import io
import os
import tarfile
import zipfile

import pytest

from handmade import tar
from hwcli.dataset.sources import Member, members, walk
from hwcli.errors import HwError

FILES = {"b/two.xml": b"2", "a/one.xml": b"1", "c.xml": b"3"}


def read_all(*sources) -> list[Member]:
    return [member for member, _ in members(list(sources))]


def zipped(path, files):
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


@pytest.mark.parametrize("name", ["x.tar", "x.tar.gz", "x.zip"])
def test_an_archive_yields_its_files_by_name(tmp_path, name):
    path = zipped(tmp_path / name, FILES) if name.endswith("zip") else tar(tmp_path / name, FILES)
    assert {m.name: m.read() for m in read_all(path)} == {f"{name}/{k}": v for k, v in FILES.items()}
    assert os.listdir(tmp_path) == [name]  # nothing is extracted


@pytest.mark.parametrize("mode", ["w:xz", "w:bz2"])
def test_tars_compressed_by_xz_and_bz2_are_read(tmp_path, mode):
    path = tmp_path / f"x.tar.{mode[2:]}"
    with tarfile.open(path, mode) as archive:
        info = tarfile.TarInfo("one.xml")
        info.size = 3
        archive.addfile(info, io.BytesIO(b"ink"))
    assert [m.read() for m in read_all(path)] == [b"ink"]


def test_a_folder_is_walked_in_sorted_order_without_hidden_files(tmp_path):
    for name in ("b/2.xml", "a/9.xml", "a/10.xml", ".git/x.xml", "a/.hidden.xml", "c.xml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    assert [str(p.relative_to(tmp_path)) for p in walk(tmp_path)] == [
        "c.xml",
        "a/10.xml",
        "a/9.xml",
        "b/2.xml",
    ]


OUTSIDE = ["../outside.xml", "a/../../outside.xml", "/etc/outside.xml", "a\\..\\..\\outside.xml"]


@pytest.mark.parametrize("name", OUTSIDE)
def test_a_member_outside_its_archive_is_reported_and_never_read(tmp_path, name):
    bad, good = read_all(tar(tmp_path / "x.tar", {name: b"evil", "good.xml": b"good"}))
    assert bad.data is None
    assert "outside the archive" in bad.trouble
    assert good.read() == b"good"
    got = {m.name: m for m in read_all(zipped(tmp_path / "x.zip", {name: b"evil", "good.xml": b"good"}))}
    assert got.pop("x.zip/good.xml").read() == b"good"
    (bad,) = got.values()
    assert bad.data is None
    assert "outside the archive" in bad.trouble


def test_links_and_devices_in_an_archive_are_not_followed(tmp_path):
    path = tmp_path / "x.tar"
    with tarfile.open(path, "w") as archive:
        for kind, target in [
            (tarfile.SYMTYPE, "/etc/hostname"),
            (tarfile.CHRTYPE, ""),
            (tarfile.FIFOTYPE, ""),
        ]:
            info = tarfile.TarInfo(f"{kind!r}.xml")
            info.type, info.linkname = kind, target
            archive.addfile(info)
    assert [m.trouble for m in read_all(path)] == ["a link or device, not a file"] * 3


def truncate(path, keep):
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * keep)])
    return path


@pytest.mark.parametrize("name", ["x.tar.gz", "x.tar", "x.zip"])
def test_a_truncated_archive_is_an_error_that_names_it(tmp_path, name):
    files = {f"{k}.xml": os.urandom(3000) for k in range(20)}
    path = zipped(tmp_path / name, files) if name.endswith("zip") else tar(tmp_path / name, files)
    with pytest.raises(HwError, match=name):
        read_all(truncate(path, 0.6))


@pytest.mark.parametrize("name", ["x.tar.gz", "x.tar", "x.zip", "x.tar.xz"])
@pytest.mark.parametrize("data", [b"", b"this is not an archive" * 100], ids=["empty", "text"])
def test_a_file_with_only_the_suffix_of_an_archive_is_an_error_that_names_it(tmp_path, name, data):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(HwError, match=name):
        read_all(tmp_path / name)


def test_a_missing_source_is_an_error_that_names_it(tmp_path):
    with pytest.raises(HwError, match=r"nowhere\.tar"):
        read_all(tmp_path / "nowhere.tar")


def test_progress_counts_the_bytes_on_disk(tmp_path):
    tar(tmp_path / "x.tar.gz", FILES)
    (tmp_path / "plain.xml").write_bytes(b"12345")
    size = (tmp_path / "x.tar.gz").stat().st_size
    positions = [done for _, done in members([tmp_path / "x.tar.gz", tmp_path / "plain.xml"])]
    assert positions == sorted(positions)
    assert size <= positions[-1] <= size + 5
