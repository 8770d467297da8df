"""The dataset folder: a round trip, and errors for damaged and foreign folders."""

import json
import os
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from handmade import TEXTS, dataset_of, offsets_of, tiny_dataset
from hwcli.dataset.folder.arrays import read_array, read_header, save_array
from hwcli.dataset.folder.manifest import FILES
from hwcli.dataset.store import normalisation, open_dataset
from hwcli.errors import HwError
from old_datasets import to_version_1


def test_lines_survive_a_round_trip(tmp_path):
    lines = [offsets_of(n, n) for n in (2, 30, 7)]
    data = dataset_of(tmp_path / "d", lines, ["train", "valid", "test"])
    assert data.offsets.dtype == np.int16
    assert all((data.line(i) == line).all() for i, line in enumerate(lines))
    assert data.lengths.tolist() == [2, 30, 7]
    assert (data.split("valid"), data.splits) == ([1], ["test", "train", "valid"])


@given(st.integers(-40, 40), st.integers(-40, 40), st.sampled_from([None, 1, 3]))
def test_rows_are_read_as_an_array_would_be_indexed(begin, end, step):
    with TemporaryDirectory() as folder:
        data = dataset_of(Path(folder) / "d", [offsets_of(20, 1), offsets_of(9, 2)])
        whole = np.concatenate([offsets_of(20, 1), offsets_of(9, 2)])
        assert (np.asarray(data.offsets) == whole).all()
        np.testing.assert_array_equal(data.offsets[begin:end:step], whole[begin:end:step])


def test_dataset_cut_short_while_it_is_open_is_an_error(tmp_path):
    data = dataset_of(tmp_path / "d", [offsets_of(2000, 1), offsets_of(9000, 2)])
    os.truncate(tmp_path / "d" / "offsets.npy", 30_000)
    assert (data.line(0) == offsets_of(2000, 1)).all()
    with pytest.raises(HwError, match="was cut short while it was in use"):
        data.line(1)
    os.truncate(tmp_path / "d" / "lines.npy", 0)
    assert data.lengths.tolist() == [2000, 9000]


@given(st.lists(st.integers(2, 30), min_size=1, max_size=6), st.integers(0, 99))
def test_statistics_leave_out_the_first_row_of_a_line(lengths, seed):
    lines = [offsets_of(n, seed + k) for k, n in enumerate(lengths)]
    starts = np.concatenate([[0], np.cumsum(lengths)])
    chosen = range(0, len(lengths), 2)
    real = np.concatenate([lines[i][1:, :2] for i in chosen]).astype(float)  # a first row is not an offset
    norm = normalisation(np.concatenate(lines), starts, chosen)
    np.testing.assert_allclose(norm.mean, real.mean(0), rtol=1e-9, atol=1e-9)
    expected = real.std(0)
    np.testing.assert_allclose(norm.std, np.where(expected > 1e-6, expected, 1), rtol=1e-6)


def test_statistics_cover_only_the_training_split(tmp_path):
    train, valid = offsets_of(50, 1), offsets_of(50, 2)
    valid[:, :2] *= 100
    norm = dataset_of(tmp_path / "d", [valid, train], ["valid", "train"]).normalisation
    np.testing.assert_allclose(norm.mean, train[1:, :2].mean(0))
    np.testing.assert_allclose(norm.std, train[1:, :2].std(0))


def test_sigma_min_is_half_a_grid_step(tmp_path):
    whole = dataset_of(tmp_path / "whole", [offsets_of(50, 1)]).normalisation
    np.testing.assert_allclose(whole.sigma_min, [0.5 / s for s in whole.std])
    real = dataset_of(tmp_path / "real", [offsets_of(50, 1) / np.float32(7)]).normalisation
    assert real.resolution == 0
    assert real.sigma_min == (1e-3, 1e-3)


def test_a_constant_coordinate_is_normalised_by_1(tmp_path):
    line = offsets_of(20, 1)
    line[:, 1] = 0
    norm = dataset_of(tmp_path / "d", [line]).normalisation
    assert norm.std[1] == 1


def flip(path, at):
    data = bytearray(path.read_bytes())
    data[at] ^= 0x55
    path.write_bytes(data)


@pytest.mark.parametrize("name", [*FILES, "manifest.json"])
def test_a_missing_file_is_refused_by_name(tmp_path, name):
    tiny_dataset(tmp_path / "d")
    (tmp_path / "d" / name).unlink()
    with pytest.raises(HwError, match=name):
        open_dataset(tmp_path / "d", verify=True)


@pytest.mark.parametrize("keep", [0, 1, 60, -2])
@pytest.mark.parametrize("name", [*FILES, "manifest.json"])
def test_a_truncated_file_is_refused_by_name(tmp_path, name, keep):
    tiny_dataset(tmp_path / "d")
    path = tmp_path / "d" / name
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(HwError, match=name):
        open_dataset(tmp_path / "d", verify=True)


@pytest.mark.parametrize("name", FILES)
def test_any_flipped_byte_in_a_file_is_detected(tmp_path, name):
    tiny_dataset(tmp_path / "d", train=(4, 3), valid=(3,))
    path = tmp_path / "d" / name
    for at in range(path.stat().st_size):
        flip(path, at)
        with pytest.raises(HwError, match=name):
            open_dataset(tmp_path / "d", verify=True)
        flip(path, at)
    open_dataset(tmp_path / "d", verify=True)


def with_keys(**more):
    """Change these keys of a manifest."""
    return lambda manifest: json.dumps(manifest | more)


def with_statistics(**more):
    """Change these statistics of a manifest."""
    return lambda manifest: json.dumps(manifest | {"statistics": manifest["statistics"] | more})


def with_lines(**more):
    """Change these keys of all lines of a manifest."""
    return lambda manifest: json.dumps(manifest | {"lines": [line | more for line in manifest["lines"]]})


BAD_MANIFESTS = [
    ("no json", lambda m: "{", "manifest.json"),
    ("not utf-8", lambda m: "caf\udce9", "manifest"),
    ("a list", lambda m: "[]", "not an hw dataset"),
    ("something else", lambda m: json.dumps({"name": "x"}), "not an hw dataset"),
    ("another version", with_keys(version=99), "version 99"),
    ("a version that is true", with_keys(version=True), "version True"),
    ("no statistics", with_keys(statistics=None), "manifest"),
    ("statistics of one axis", with_statistics(mean=[1]), "manifest"),
    ("a deviation of 0", with_statistics(std=[0, 1]), "manifest"),
    ("a mean that is not a number", with_statistics(mean=[float("nan"), 1]), "manifest"),
    ("a mean of 400 digits", with_statistics(mean=[10**400, 1]), "manifest"),
    ("a mean that is true", with_statistics(mean=[True, 1]), "mean of statistics must be a list of 2"),
    ("a resolution in quotes", with_statistics(resolution="1"), "resolution of statistics must be a number"),
    ("deep nesting", lambda m: "[" * 99_999 + "]" * 99_999, "manifest"),
    ("splits that are null", with_keys(splits=[None]), "splits must be a list of strings"),
    ("sources that are null", with_keys(sources=None), "sources must be a list"),
    ("a grain that is null", with_keys(sources=[{"name": "a", "grain": None}]), "grain of source 1"),
    ("sources of one name", with_keys(sources=[{"name": "a"}, {"name": "a"}]), "two sources of one name"),
    ("checksums in a list", with_keys(sha256=["offsets", "lines"]), "manifest"),
    ("checksums of other files", with_keys(sha256={"offsets": ""}), "sha256 has other keys"),
]

BAD_OLD_MANIFESTS = [
    ("a line too few", lambda m: json.dumps(m | {"lines": m["lines"][1:]}), "lines.npy"),
    ("a split that is null", with_lines(split=None), "split of line 1 must be a string, not null"),
    ("a text that is a number", with_lines(text=5), "text of line 1 must be a string or null, not 5"),
    ("an id that is a list", with_lines(id=[]), "id of line 1"),
    ("a source below 0", with_lines(source=-1), "unknown source"),
    ("an unknown source", with_lines(source=10**400), "manifest"),
    ("lines that are numbers", with_keys(lines=[1, 2]), "manifest"),
    ("no lines", with_keys(lines=None), "lines must be a list"),
    ("checksums in a list", with_keys(sha256=["offsets", "lines"]), "manifest"),
]


@pytest.mark.parametrize(
    ("change", "word"), [r[1:] for r in BAD_MANIFESTS], ids=[r[0] for r in BAD_MANIFESTS]
)
def test_a_bad_manifest_is_refused(tmp_path, change, word):
    tiny_dataset(tmp_path / "d")
    path = tmp_path / "d" / "manifest.json"
    path.write_text(change(json.loads(path.read_text())), errors="surrogateescape")
    with pytest.raises(HwError, match=word) as caught:
        open_dataset(tmp_path / "d")
    assert str(tmp_path / "d") in caught.value.message


@pytest.mark.parametrize(
    ("change", "word"), [r[1:] for r in BAD_OLD_MANIFESTS], ids=[r[0] for r in BAD_OLD_MANIFESTS]
)
def test_a_bad_manifest_of_version_1_is_refused(tmp_path, change, word):
    tiny_dataset(tmp_path / "d")
    path = to_version_1(tmp_path / "d")
    path.write_text(change(json.loads(path.read_text())))
    with pytest.raises(HwError, match=word) as caught:
        open_dataset(tmp_path / "d")
    assert str(tmp_path / "d") in caught.value.message


def test_a_dataset_of_version_1_is_the_same_dataset(tmp_path):
    """A run on it can go on, whether hw preprocess made it anew or not."""
    new = tiny_dataset(tmp_path / "d", texts=TEXTS)
    lines, splits = list(new.lines), new.splits
    to_version_1(tmp_path / "d")
    old = open_dataset(tmp_path / "d", verify=True)
    assert list(old.lines) == lines
    assert (old.digest, old.splits, old.normalisation) == (new.digest, splits, new.normalisation)


BAD_HEADERS = {
    "no literal": (b"'descr'", b"'descr"),
    "a call": (b"(103, 3)", b"exit(1)"),
    "a size below 0": (b"(103, 3)", b"(-10, 3)"),
    "a huge size": (b"(103, 3)", b"(999999999999999, 3)"),
    "a size of 400 digits": (b"103", b"9" * 400),
    "three axes": (b"(103, 3)", b"(1, 3, 3)"),
    "a list for a type": (b"'<i2'", b"[[1]]"),
    "an object": (b"'<i2'", b"'|O8'"),
    "a type of another width": (b"'<i2'", b"'<f8'"),
    "a type that NumPy lacks": (b"'<i2'", b"'<f1'"),
    "another byte order": (b"'<i2'", b"'>i2'"),
    "columns first": (b"False", b"True "),
    "another version": (b"NUMPY\x01", b"NUMPY\x03"),
    "a longer header": (b"\x01\x00v\x00", b"\x01\x00\xff\xff"),
}


@pytest.mark.parametrize(("good", "bad"), BAD_HEADERS.values(), ids=BAD_HEADERS)
def test_a_damaged_header_of_an_array_is_refused_by_name(tmp_path, good, bad):
    tiny_dataset(tmp_path / "d", train=(70, 23), valid=(10,))
    path = tmp_path / "d" / "offsets.npy"
    data = path.read_bytes()
    assert good in data
    path.write_bytes(data.replace(good, bad, 1))
    with pytest.raises(HwError, match=r"offsets\.npy is damaged"):
        open_dataset(tmp_path / "d", verify=False)


def test_an_array_is_read_as_numpy_reads_it(tmp_path):
    for array in (np.arange(12, dtype=np.int16).reshape(4, 3), np.ones((1, 3), np.float32), np.arange(5)):
        save_array(tmp_path / "a.npy", array)
        header = read_header(tmp_path / "a.npy", (np.int16, np.float32, np.int64), array.ndim)
        found = read_array(tmp_path / "a.npy", header)
        assert found.dtype == array.dtype
        assert (found == np.load(tmp_path / "a.npy")).all()
    save_array(tmp_path / "a.npy", np.empty((0, 3), np.int16))
    assert read_array(tmp_path / "a.npy", read_header(tmp_path / "a.npy", (np.int16,), 2)).shape == (0, 3)


def test_a_pickled_array_and_a_missing_folder_are_refused(tmp_path):
    tiny_dataset(tmp_path / "d")
    np.save(tmp_path / "d" / "offsets.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(HwError, match=r"offsets\.npy"):
        open_dataset(tmp_path / "d")
    with pytest.raises(HwError, match="nothing not found"):
        open_dataset(tmp_path / "nothing")
