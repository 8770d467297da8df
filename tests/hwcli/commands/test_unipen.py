"""UNIPEN as a user meets it: hw preprocess and hw render, with broken files among whole ones."""

import gzip
import json
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest

from handmade import SHARED_DATA, files_in, hw, hw_here, refused, tar
from hwcli.dataset.store import Dataset, open_dataset
from unipen_files import TREE, label_file, write_tree


def made_of(source: Path, cwd: Path, *options: str) -> tuple[Dataset, dict]:
    """Return the dataset that hw preprocess makes of `source`, and its report."""
    done = hw_here("preprocess", source, "-o", "out", "--overwrite", "--jobs", "1", *options, cwd=cwd)
    assert done.status == 0, done
    assert "Traceback" not in done.err
    return open_dataset(cwd / "out"), json.loads((cwd / "out" / "report.json").read_text())


def test_a_folder_and_its_archives_give_the_same_dataset_for_any_number_of_jobs(tmp_path):
    members = {f"x/{name}": content for name, content in TREE.items()}
    sources = [write_tree(tmp_path / "x"), tar(tmp_path / "x.tar", members)]
    sources.append(tar(tmp_path / "back.tar.gz", dict(reversed(members.items()))))
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    made = [made_of(source, tmp_path) for source in sources]
    done = hw("preprocess", sources[1], "-o", "two", "--jobs", "2", cwd=tmp_path)
    assert done.status == 0, done
    made.append((open_dataset(tmp_path / "two"), made[1][1]))
    first, report = made[0]
    for dataset, its_report in made[1:]:
        np.testing.assert_array_equal(dataset.offsets, first.offsets)
        np.testing.assert_array_equal(dataset.starts, first.starts)
        assert list(dataset.lines) == list(first.lines)
        assert its_report["parts"] == report["parts"]


def in_utf_16(content: bytes) -> bytes:
    return content.decode().encode("utf-16")


@pytest.mark.parametrize("as_it_is", ["labels", "include", "neither"])
@pytest.mark.parametrize("how", [gzip.compress, in_utf_16], ids=["gzip", "UTF-16"])
def test_files_packed_or_in_utf_16_give_the_same_dataset(tmp_path, how, as_it_is):
    """Labels and ink, each or both; in folders and in archives."""
    names = {"labels": "data/", "include": "include/", "neither": "-"}
    files = {
        name: content if name.startswith(names[as_it_is]) else how(content) for name, content in TREE.items()
    }
    plain, _ = made_of(write_tree(tmp_path / "plain" / "x"), tmp_path)
    for source in (
        write_tree(tmp_path / "x", files),
        tar(tmp_path / "x.tar", {f"x/{n}": files[n] for n in files}),
    ):
        dataset, report = made_of(source, tmp_path)
        np.testing.assert_array_equal(dataset.offsets, plain.offsets)
        assert list(dataset.lines) == list(plain.lines)
        assert report["found"]["lines"] == 11


def test_a_segment_in_several_categories_is_kept_once_and_counted(tmp_path):
    dataset, report = made_of(write_tree(tmp_path / "x"), tmp_path)
    kept = [(line.id, line.text, line.group) for line in dataset.lines]
    assert kept == [
        ("unipen-abc-one-char-0", "a", "unipen-abc-w1"),
        ("unipen-abc-one-char-1", "b", "unipen-abc-w1"),
        ("unipen-abc-one-char-2", "C", "unipen-abc-w1"),
        ("unipen-abc-one-text-0-3", "abc d", "unipen-abc-w1"),
        ("unipen-abc-two-word-0-1", "ab", "unipen-abc-w2"),
    ]
    repeated = "in several parts of the database"
    assert report["parts"] == {
        "unipen 1c": {"found": 2, "read": 2, "kept": 2, "left_out": {}},
        "unipen 2": {"found": 3, "read": 3, "kept": 1, "left_out": {repeated: 2}},
        "unipen 3": {"found": 2, "read": 2, "kept": 0, "left_out": {repeated: 2}},
        "unipen 6": {"found": 1, "read": 1, "kept": 1, "left_out": {}},
        "unipen 7": {
            "found": 2, "read": 2, "kept": 0, "left_out": {repeated: 1, "marked as illegible": 1}
        },
        "unipen 8": {"found": 1, "read": 1, "kept": 1, "left_out": {}},
    }  # fmt: skip
    assert report["found"]["lines"] == 11


def test_the_lines_of_one_writer_stay_in_one_split(tmp_path):
    dataset, _ = made_of(write_tree(tmp_path / "x"), tmp_path, "--valid-fraction", "0.3")
    splits = {(line.group, line.split) for line in dataset.lines}
    assert len(splits) == 2
    assert {split for _, split in splits} == {"train", "valid"}


JUNK = bytes(range(256)) * 20
BROKEN = [
    ("a missing include", {"include/abc/data/two.dat": None}, "not read: include not found: 'abc/"),
    ("an include cycle", {"include/abc/data/two.dat": b".INCLUDE abc/data/two.dat\n"}, "include cycle"),
    ("a component out of range", {"data/7/abc/two.dat": label_file('WORD 40 ? "x"')}, "component 40"),
    ("a point out of range", {"data/7/abc/two.dat": label_file('WORD 0:0-0:7 ? "x"')}, "point 7"),
    ("coordinates that are words", {"include/abc/data/two.dat": b".PEN_DOWN\n1 2\n3 x\n" * 4}, "'x' is not"),
    ("absurd numbers", {"include/abc/data/two.dat": b".PEN_DOWN\n1 2\n3 9e300\n" * 4}, "'9e300'"),
    ("half of a pair", {"include/abc/data/two.dat": b".PEN_DOWN\n1 2\n3\n" * 4}, "3 numbers are not rows"),
    ("junk instead of labels", {"data/7/abc/two.dat": b".VERSION 1.0\n.SEGMENT " + JUNK}, "malformed"),
    ("junk instead of ink", {"include/abc/data/two.dat": b".VERSION 1.0\n" + JUNK}, "the ink has 0"),
    ("junk in a stroke", {"include/abc/data/two.dat": (b".PEN_DOWN\n" + JUNK + b"\n") * 4}, "is not a coord"),
]  # fmt: skip


@pytest.mark.parametrize(("changed", "words"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN])
def test_of_a_broken_tree_the_rest_is_kept(tmp_path, changed, words):
    files = {name: content for name, content in (TREE | changed).items() if content is not None}
    dataset, report = made_of(write_tree(tmp_path / "x", files), tmp_path)
    assert {line.id for line in dataset.lines} >= {f"unipen-abc-one-char-{k}" for k in range(3)}
    reasons = [entry["reason"] for entry in report["left_out"] if entry["reason"].startswith("not read")]
    assert reasons
    assert all("\n" not in reason and len(reason) < 300 for reason in reasons)
    assert any(words in reason for reason in reasons), reasons


def test_missing_includes_are_counted_on_the_terminal_in_one_line(tmp_path):
    missing = {f"data/7/abc/{k}.dat": label_file(*['WORD 0 ? "x"'] * 5, includes=[f"{k}"]) for k in range(30)}
    write_tree(tmp_path / "x", TREE | missing)
    done = hw_here("preprocess", "x", "-o", "out", "--jobs", "1", cwd=tmp_path)
    assert done.status == 0, done
    assert "    150 not read: include not found" in done.err
    assert len(done.err.splitlines()) < 12


def test_a_line_of_100_mb_is_one_error(tmp_path):
    size = 100 << 20
    write_tree(tmp_path / "x")
    (tmp_path / "x/data/7/abc/two.dat").write_bytes(b".SEGMENT WORD 0 ? " + b"9" * size)
    (tmp_path / "x/include/abc/data/two.dat").write_bytes(
        b".PEN_DOWN 1 2\n.PEN_DOWN " + b"1 2 " * (size // 4)
    )
    done = hw("preprocess", "x", "-o", "out", "--jobs", "1", cwd=tmp_path, timeout=300)
    assert done.status == 0, done
    assert "Traceback" not in done.err
    reasons = [one["reason"] for one in json.loads((tmp_path / "out/report.json").read_text())["left_out"]]
    assert sum("HW_INK_MEMORY" in reason for reason in reasons) == 3  # itself, and what includes the other


def test_nothing_but_ink_without_labels_is_an_error(tmp_path):
    write_tree(tmp_path / "x")
    refused(hw_here("preprocess", "x/include", "-o", "out", cwd=tmp_path), "no ink found")
    refused(
        hw_here("preprocess", "x/include/abc/data/one.dat", "-o", "out", cwd=tmp_path),
        "no labelled segments",
    )
    assert "out" not in files_in(tmp_path)


def test_a_label_file_is_drawn_with_its_includes(tmp_path):
    write_tree(tmp_path / "x")
    done = hw_here("render", "x/data/7/abc/two.dat", "--format", "svg", cwd=tmp_path)
    assert done.status == 0, done
    assert done.out.startswith(b"<svg")
    (tmp_path / "x/include/abc/data/two.dat").unlink()
    done = hw_here("render", "x/data/7/abc/two.dat", "--format", "svg", cwd=tmp_path)
    refused(done, "include not found: 'abc/data/two.dat'")


def test_the_help_says_where_the_format_is_listed(tmp_path):
    for command in ("preprocess", "render"):
        assert "hw formats" in hw_here(command, "--help", cwd=tmp_path).out.decode()
    assert "read\tunipen\t" in hw_here("formats", cwd=tmp_path).out.decode()


@pytest.fixture(scope="module")
def abm(tmp_path_factory):
    """The part of the real UNIPEN that its contributor abm gave, unpacked from the archive."""
    path = SHARED_DATA / "unipen" / "train_r01_v07.tar.xz"
    if not path.is_file():
        pytest.skip("UNIPEN not found (expected at shared/data/unipen beside the repository)")
    root = tmp_path_factory.mktemp("unipen")
    with tarfile.open(path, "r|xz") as archive:
        for info in archive:
            name = info.name.partition("/")[2]
            if name.startswith(("data/6/abm/", "data/7/abm/", "data/8/abm/", "include/abm/")):
                archive.extract(info, root, filter="data")
            elif name.startswith("include/aga"):
                break  # the next contributor: the rest need not be unpacked
    return root / "train_r01_v07"


def test_the_segments_of_a_real_contributor_are_all_read_with_their_own_ink(abm, tmp_path):
    dataset, report = made_of(abm, tmp_path)
    parts = {name: (part["found"], part["read"]) for name, part in report["parts"].items()}
    assert parts == {"unipen 6": (628, 628), "unipen 7": (646, 646), "unipen 8": (7, 7)}  # CDROM-README
    assert {line.group for line in dataset.lines} == {
        f"unipen-abm-{w}" for w in ("ca0", "ibo0", "sm0", "wz0")
    }
    texts = [line.text for line in dataset.lines]
    assert "Bad Oeynhausen" in texts
    # with each label on its neighbour's ink, long labels would not have wide ink
    widths = [np.ptp(np.cumsum(dataset.line(k)[:, 0])) for k in range(len(dataset))]
    assert np.corrcoef(widths, [len(text) for text in texts])[0, 1] > 0.7
