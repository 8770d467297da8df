"""Archives that lie about sizes end at once; damaged ones are errors that name them."""

import io
import tarfile
import time
import zipfile

import pytest

from handmade import tar
from hwcli.config.sections import PreprocessConfig
from hwcli.dataset.archives import read_archive
from hwcli.dataset.reading import read_sources
from hwcli.errors import HwError
from hwcli.ink_io import limit


def read(path):
    return [one for one, _ in read_archive(path)]


def header(size: int, kind: bytes = tarfile.REGTYPE) -> bytes:
    info = tarfile.TarInfo("a.xml")
    info.size, info.type = size, kind
    return info.tobuf(tarfile.GNU_FORMAT)


@pytest.mark.parametrize("size", [2**50, 2**33, -512])
@pytest.mark.parametrize("kind", [b"0", b"x", b"g", b"L", b"K", b"V"])
def test_a_member_of_an_absurd_size_ends_a_tar_at_once(tmp_path, size, kind):
    (tmp_path / "x.tar").write_bytes(header(size, kind) + b"<x/>".ljust(512, b"\0"))
    start = time.perf_counter()
    with pytest.raises(HwError, match=r"x\.tar"):
        read(tmp_path / "x.tar")
    assert time.perf_counter() - start < 2


@pytest.mark.parametrize("size", ["-1024", str(2**50)])
def test_a_pax_record_with_an_absurd_size_ends_a_tar_at_once(tmp_path, size):
    info = tarfile.TarInfo("a.xml")
    info.pax_headers = {"size": size}
    (tmp_path / "x.tar").write_bytes(info.tobuf(tarfile.PAX_FORMAT) + bytes(1024))
    with pytest.raises(HwError, match=r"x\.tar"):
        read(tmp_path / "x.tar")


def test_a_tar_with_a_damaged_header_in_its_middle_does_not_end_there(tmp_path):
    data = bytearray(tar(tmp_path / "x.tar", {f"{k}.xml": b"<x/>" for k in range(3)}).read_bytes())
    data[1024 + 130] ^= 1
    (tmp_path / "x.tar").write_bytes(data)
    found = read_archive(tmp_path / "x.tar")
    assert next(found)[0].data == b"<x/>"
    with pytest.raises(HwError, match="damaged"):
        list(found)


def test_a_chain_of_long_names_is_an_error(tmp_path):
    (tmp_path / "x.tar").write_bytes((header(4, b"L") + b"abc\0".ljust(512, b"\0")) * 3000)
    with pytest.raises(HwError, match="damaged"):
        read(tmp_path / "x.tar")


@pytest.mark.parametrize("suffix", ["tar.gz", "tar.xz", "tar.bz2", "zip"])
def test_an_archive_that_unpacks_to_many_times_its_size_ends_early(tmp_path, suffix, monkeypatch):
    monkeypatch.setattr(limit, "_megabytes", 40)
    path = tmp_path / f"x.{suffix}"
    piece = bytes(2_000_000)
    if suffix == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for k in range(8):
                archive.writestr(f"{k}.xml", piece)
    else:
        with tarfile.open(
            path, f"w:{suffix[4:]}", **({"preset": 0} if suffix[4:] == "xz" else {})
        ) as archive:
            for k in range(8):
                info = tarfile.TarInfo(f"{k}.xml")
                info.size = len(piece)
                archive.addfile(info, io.BytesIO(piece))
    found = read_archive(path)
    assert [len(next(found)[0].data) for _ in range(4)] == [len(piece)] * 4
    with pytest.raises(HwError, match=r"unpacks to more than 10 MB.*HW_INK_MEMORY"):
        list(found)


def zip_of(path, method=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("a.xml", b"first" * 100)
        archive.writestr("b.xml", b"second" * 100)
    return path


def test_a_zip_that_understates_a_size_gives_no_more_than_it_says(tmp_path):
    path = zip_of(tmp_path / "x.zip")
    data = bytearray(path.read_bytes())
    central = data.index(b"PK\x01\x02")
    data[central + 24 : central + 28] = (7).to_bytes(4, "little")
    path.write_bytes(data)
    bad, good = read(path)
    assert "damaged" in (bad.trouble or "")
    assert good.data == b"second" * 100


@pytest.mark.parametrize("value", [99, 12, 14])
def test_a_member_packed_by_another_or_an_unknown_method_does_not_hide_the_others(tmp_path, value):
    path = zip_of(tmp_path / "x.zip")
    data = bytearray(path.read_bytes())
    for place, at in ((data.index(b"PK\x03\x04"), 8), (data.index(b"PK\x01\x02"), 10)):
        data[place + at] = value
    path.write_bytes(data)
    bad, good = read(path)
    assert "damaged" in (bad.trouble or "")
    assert good.data == b"second" * 100


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_zips_of_every_method_are_read(tmp_path, method):
    assert [one.data for one in read(zip_of(tmp_path / "x.zip", method))] == [b"first" * 100, b"second" * 100]


def test_an_archive_of_more_tiny_lines_than_it_has_room_for_is_refused(tmp_path, monkeypatch):
    """Each takes some memory until the end, and next to nothing in the archive."""
    monkeypatch.setattr(limit, "_megabytes", 1)
    line = b'{"strokes": [[[0, 0], [9, 5]]]}\n'
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for k in range(5):
            archive.writestr(f"{k}.ndjson", line * 800)
    (tmp_path / "plain.ndjson").write_bytes(line * 4000)
    with pytest.raises(HwError, match=r"2,001 lines in 0\.0 MB: reading it may take 2 MB of memory"):
        list(read_sources([tmp_path / "x.zip"], None, PreprocessConfig(jobs=1), None))
    assert len(list(read_sources([tmp_path / "plain.ndjson"], None, PreprocessConfig(jobs=1), None))) == 4000
