"""Every format that hw reads ink or texts from, for the mutation run."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import pickle
import random
import struct
import tarfile
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from handmade import handwriting_line, iam_form_xml, iam_xml, transcript, wander
from mutated_format import Format
from unipen_files import TREE, write_tree


def _file(folder: Path, name: str, data: bytes) -> Path:
    (folder / name).write_bytes(data)
    return folder / name


def read_ink(path: Path) -> None:
    """Read a file as `hw render` does, and draw its inks; then also as `hw preprocess` does."""
    from hwcli.errors import HwError
    from hwcli.ink_io.files import read_inks
    from renderers.drawing import draw

    error = None
    try:
        for ink in read_inks(path)[:3]:
            if len(ink):
                draw(ink).svg()
    except HwError as known:
        error = known
    read_sources(path)
    if error is not None:
        raise error


def read_sources(path: Path) -> list:
    """Return the lines that `hw preprocess` finds in a path."""
    from hwcli.config.sections import PreprocessConfig
    from hwcli.dataset import reading

    return list(reading.read_sources([path], None, PreprocessConfig(jobs=1), None))


def ndjson_lines(prediction: bool = True) -> bytes:
    from hwcli.ink_io import ndjson
    from renderers.ink import Fault, Frame, Ink, Prediction, Trace

    rng = np.random.default_rng(0)
    lines = []
    for seed in range(3):
        points = np.cumsum(rng.normal(size=(12, 2)), 0).round(2)
        rows, pairs = np.full((12, 2), 0.5, np.float32), np.ones((12, 2, 2), np.float32)
        ink = Ink(
            strokes=(points[:7], points[7:]),
            prediction=Prediction(rows[:, 0], rows, pairs, pairs, 0 * rows) if prediction and seed else None,
            text="ab é",
            id=f"line-{seed}",
            seed=seed,
            model="m",
            trace=Trace(np.arange(12) % 4, 2, (Fault("misread", 1, "b", "d"),), "upside down")
            if seed == 2
            else None,
            frame=Frame(0.0, 0.0, 100.0, 50.0) if seed == 2 else None,
            extra={"writer": "w1", "form": "f1", "own": {"deep": [1, 2.5, None, "x"]}},
        )
        lines.append(ndjson.dump(ink))
    return b"".join(lines)


def iam_line() -> bytes:
    return iam_xml(wander(40, seed=3))


def iam_form() -> bytes:
    strokes = [s for k in range(3) for s in handwriting_line(200 * k, words=3, seed=k)]
    texts = {f"a01-000u-{k + 1:02d}": f"line &amp;amp; {k}" for k in range(3)}
    return iam_form_xml(strokes, texts, "a01-000u", "w10")


def unipen_tree(folder: Path) -> Path:
    return write_tree(folder / "unipen")


def unipen_file(folder: Path) -> Path:
    """Write one file that holds both ink and labels, with all statements that hw reads."""
    head = (
        b".VERSION 1.0\n.COORD X Y T\n.X_POINTS_PER_INCH 200\n.Y_POINTS_PER_MM 8\n.POINTS_PER_SECOND 100\n"
        b".WRITER_ID w\n.HIERARCHY TEXT WORD\n"
    )
    ink = b"".join(
        b".PEN_DOWN\n%d 10 1\n%d 30.5 2\n%d 20 3\n.PEN_UP\n5 5 5\n" % (k, k + 9, k + 5)
        for k in range(0, 90, 30)
    )
    labels = b'.SEGMENT WORD 0-4 OK "a \\"b\\""\n.SEGMENT WORD 0:1-2:1,4 ? "c"\n.START_SET x\n'
    return _file(folder, "one.dat", head + ink + labels + head + ink + labels)


def members() -> dict[str, bytes]:
    files = {
        "a01/a01-000u-01.xml": iam_line(),
        "forms/strokesz.xml": iam_form(),
        "ink.ndjson": ndjson_lines(False),
    }
    return files | {"notes.txt": b"no ink", "x/" + "long" * 40 + "é.xml": iam_line()} | TREE


def tar_bytes(kind: int = tarfile.PAX_FORMAT) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=kind) as archive:
        for name, data in members().items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            if kind == tarfile.PAX_FORMAT:
                info.pax_headers = {"comment": "made by hand"}
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def zip_file(folder: Path, method: int) -> Path:
    with zipfile.ZipFile(folder / "ink.zip", "w", method) as archive:
        for name, data in members().items():
            archive.writestr(name, data)
    return folder / "ink.zip"


def packed_tar(folder: Path, suffix: str, kind: int, pack: Callable[[bytes], bytes]) -> Path:
    return _file(folder, "ink.tar" + suffix, pack(tar_bytes(kind)))


def tar_field(rng: random.Random, data: bytes) -> bytes:
    """Change a field of a header of a tar, and make its checksum right again."""
    starts = [k for k in range(0, len(data) - 511, 512) if data[k + 257 : k + 262] == b"ustar"]
    if not starts:
        return data
    start = rng.choice(starts)
    block = bytearray(data[start : start + 512])
    place, width = rng.choice(
        ((0, 100), (100, 8), (124, 12), (124, 12), (124, 12), (136, 12), (156, 1), (157, 100), (345, 155))
    )
    values = (
        b"7" * width,
        b"\x80" + b"\x00" * 4 + b"\x04" + b"\x00" * 6,
        b"\xff" * width,
        b"\x80" + b"\xff" * 11,
        b"%011o" % 300_000_000,
        b"\x00" * width,
        b"99999999",
        b"-0000001",
        bytes([rng.choice(b"0125LKxgSDMV7\x00")]),
        b"../../x",
        b"",
        b"%011o" % rng.randrange(10**6),
    )
    block[place : place + width] = rng.choice(values)[:width].ljust(width, b"\x00")
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\x00 " % sum(block)
    return data[:start] + bytes(block) + data[start + 512 :]


def pax_record(rng: random.Random, data: bytes) -> bytes:
    """Change a record of a PAX header: one that says a member's size, name or holes."""
    record = b"21 comment=made by ha"
    place = data.find(b" comment=made by hand\n")
    if place < 2:
        return tar_field(rng, data)
    places = [k for k in range(len(data)) if data.startswith(b" comment=made by hand\n", k)]
    place = rng.choice(places) + 1
    key = rng.choice(
        (b"size", b"size", b"path", b"GNU.sparse.map", b"GNU.sparse.size", b"GNU.sparse.major", b"hdrcharset")
    )
    room = len(b"comment=made by hand")
    value = rng.choice(
        (b"-512", b"1125899906842624", b"9" * 15, b"x", b"1,2,3", b"../..", b"BINARY", b"1", b"1e5")
    )
    record = (key + b"=" + value)[:room].ljust(room, b" ")
    return data[:place] + record + data[place + room :]


def zip_field(rng: random.Random, data: bytes) -> bytes:
    """Change a field of a local or central header of a zip, or of its end."""
    kind, fields = rng.choice(
        (
            (b"PK\x01\x02", (4, 6, 8, 10, 16, 20, 24, 28, 30, 32, 38, 42)),
            (b"PK\x03\x04", (4, 6, 8, 14, 18, 22, 26, 28)),
            (b"PK\x05\x06", (8, 10, 12, 16, 20)),
        )
    )
    places = [k for k in range(len(data)) if data.startswith(kind, k)]
    if not places:
        return data
    place = rng.choice(places) + rng.choice(fields)
    size = rng.choice((2, 4))
    value = rng.choice((0, 1, 9, 12, 14, 93, 99, 255, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, rng.randrange(2**16)))
    return data[:place] + struct.pack("<I", value)[:size] + data[place + size :]


def read_transcripts(path: Path) -> None:
    from hwcli.dataset import transcripts

    transcripts.read(path)


def read_split(path: Path) -> None:
    from hwcli.dataset import splits

    splits.parse_arguments([f"train={path}"])


def read_texts(path: Path) -> None:
    """Read a file as the text of a page, and as lines on stdin."""
    from hwcli.cli.given_text import GivenText
    from hwcli.cli.stdin_texts import StdinTexts

    GivenText.read(path)
    with path.open("rb") as stream:
        list(StdinTexts(stream))


def read_piped(path: Path) -> None:
    """Read a file as ink on stdin."""
    from hwcli.config.sections import PreprocessConfig
    from hwcli.dataset.packing import pack_all
    from hwcli.ink_io import ndjson

    with path.open("rb") as stream:
        list(pack_all(ndjson.read_some(stream, "stdin"), "stdin", "stdin", PreprocessConfig()))


def _made(name: str, data: Callable[[], bytes]) -> Callable[[Path], Path]:
    return lambda folder: _file(folder, name, data())


def _rows(points: int, seed: int = 0) -> np.ndarray:
    moves = np.random.default_rng(seed).integers(-9, 10, (points, 2))
    return np.column_stack([moves, np.arange(points) % 5 == 4]).astype(np.float32)


def _saved(array: np.ndarray) -> bytes:
    out = io.BytesIO()
    np.save(out, array, allow_pickle=True)
    return out.getvalue()


def _objects(values: list) -> np.ndarray:
    array = np.empty(len(values), object)
    array[:] = values
    return array


def hw_npz() -> bytes:
    from hwcli.ink_io.arrays import npz
    from hwcli.ink_io.formats import parse

    return b"".join(npz.dump(parse(ndjson_lines(), "x")))


def data_set_npz() -> bytes:
    out = io.BytesIO()
    np.savez(out, train=_objects([_rows(10), _rows(15)]), valid=_objects([_rows(5)]))
    return out.getvalue()


def pickled(protocol: int) -> bytes:
    return pickle.dumps([[_rows(10), _rows(5).tolist()], ["one", "two"]], protocol=protocol)


def recorded_json(indent: int | None = 2) -> bytes:
    strokes = [[{"x": k, "y": 2 * k, "t": 5.5 * k, "pressure": 0.5} for k in range(6)]] * 2
    one = {"id": 7, "writer_id": "Ann", "transcription": "a é", "strokes": strokes}
    columns = {"x": [1, 2, 3], "y": [1, 2, 3.5], "stroke": [0, 0, 1]}
    return json.dumps(
        [one, {"text": "b", "ink": columns}, {"paths": [[[1, 2], [3, 4]]]}], indent=indent
    ).encode()


def drawings() -> bytes:
    row = {"word": "cat", "key_id": "1", "drawing": [[[1, 2, 3], [4, 5, 6], [0, 9, 20]], [[7], [8], [9]]]}
    return b"".join(json.dumps(row).encode() + b"\n" for _ in range(3))


def csv_table(header: bool = True) -> bytes:
    rows = [(k // 6, k, 2.5 * k, 10 * k) for k in range(18)]
    lines = [",".join(map(str, (*row, *(("a", f"w{row[0]}") if header else ())))) for row in rows]
    return "\n".join([*(["stroke,x,y,t,text,line_id"] if header else []), *lines]).encode()


_TAR = (tar_field, pax_record)
_GZIP = partial(gzip.compress, compresslevel=1, mtime=0)
FORMATS: tuple[Format, ...] = (
    Format("ndjson", _made("ink.ndjson", ndjson_lines), read_ink),
    Format("ndjson-stdin", _made("ink.ndjson", ndjson_lines), read_piped),
    Format("iam-line", _made("a01-000u-01.xml", iam_line), read_ink),
    Format("iam-form", _made("strokesu.xml", iam_form), read_ink),
    Format("npy", _made("a.npy", lambda: _saved(_rows(20))), read_ink),
    Format("npy-objects", _made("a.npy", lambda: _saved(_objects([_rows(9), _rows(5)]))), read_ink),
    Format("npz-hw", _made("a.npz", hw_npz), read_ink, own=(zip_field,)),
    Format("npz-data-set", _made("a.npz", data_set_npz), read_ink, own=(zip_field,)),
    Format("pickle-0", _made("a.pkl", lambda: pickled(0)), read_ink),
    Format("pickle-2", _made("a.cpkl", lambda: pickled(2)), read_ink),
    Format("pickle-5", _made("a.pkl", lambda: pickled(5)), read_ink),
    Format("json-recorder", _made("a.json", recorded_json), read_ink),
    Format("json-recorder-line", _made("a.json", lambda: recorded_json(None)), read_ink),
    Format("quickdraw", _made("a.ndjson", drawings), read_ink),
    Format("csv", _made("a.csv", csv_table), read_ink),
    Format("csv-bare", _made("a.csv", lambda: csv_table(False)), read_ink),
    Format("unipen-file", unipen_file, read_ink),
    Format("unipen-tree", unipen_tree, read_sources),
    Format("zip-deflated", partial(zip_file, method=zipfile.ZIP_DEFLATED), read_sources, own=(zip_field,)),
    Format("zip-stored", partial(zip_file, method=zipfile.ZIP_STORED), read_sources, own=(zip_field,)),
    Format("zip-bzip2", partial(zip_file, method=zipfile.ZIP_BZIP2), read_sources, own=(zip_field,)),
    Format("zip-lzma", partial(zip_file, method=zipfile.ZIP_LZMA), read_sources, own=(zip_field,)),
    Format(
        "tar", partial(packed_tar, suffix="", kind=tarfile.PAX_FORMAT, pack=bytes), read_sources, own=_TAR
    ),
    Format(
        "tar-gnu", partial(packed_tar, suffix="", kind=tarfile.GNU_FORMAT, pack=bytes), read_sources, own=_TAR
    ),
    Format(
        "tar-gz",
        partial(packed_tar, suffix=".gz", kind=tarfile.PAX_FORMAT, pack=_GZIP),
        read_sources,
        (gzip.decompress, _GZIP),
        _TAR,
    ),
    Format(
        "tar-bz2",
        partial(packed_tar, suffix=".bz2", kind=tarfile.GNU_FORMAT, pack=bz2.compress),
        read_sources,
        (bz2.decompress, bz2.compress),
        _TAR,
    ),
    Format(
        "tar-xz",
        partial(packed_tar, suffix=".xz", kind=tarfile.PAX_FORMAT, pack=partial(lzma.compress, preset=0)),
        read_sources,
        (lzma.decompress, partial(lzma.compress, preset=0)),
        _TAR,
    ),
    Format(
        "transcript", _made("a01-000u.txt", lambda: transcript(["one line", "a second é"])), read_transcripts
    ),
    Format("split-list", _made("trainset.txt", lambda: b"a01-000u\na01-001u\r\nb02\n"), read_split),
    Format("texts", _made("letter.txt", lambda: "Dear Anna,\n\nvery short.\té\n".encode()), read_texts),
)
