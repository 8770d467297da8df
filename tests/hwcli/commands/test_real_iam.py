"""The real IAM-OnDB, if it lies beside the repository."""

import json
import tarfile

import numpy as np
import pytest

from handmade import hw, hw_here, iam_form_xml
from hwcli.dataset.store import open_dataset
from hwcli.ink_io.formats import parse


@pytest.fixture(scope="module")
def whole(iam, tmp_path_factory):
    """The whole database as a dataset, with its own splits, and the output of the command."""
    root = tmp_path_factory.mktemp("iam")
    done = hw(
        "preprocess",
        iam / "lineStrokes-all.tar.gz",
        "-o",
        "iam",
        "--transcripts",
        iam / "ascii-all.tar.gz",
        "--split",
        f"train={iam / 'trainset.txt'}",
        "--split",
        f"valid={iam / 'testset_t.txt'}",
        "--split",
        f"test={iam / 'testset_f.txt'}",
        cwd=root,
        timeout=300,
    )
    assert done.status == 0, done
    return root / "iam", done


@pytest.fixture(scope="module")
def report(whole):
    return json.loads((whole[0] / "report.json").read_text())


def test_all_lines_and_forms_are_found(whole, report):
    assert report["found"] == {"lines": 10_741, "groups": 1_535}
    assert "found 10,741 lines in 1,535 forms" in whole[1].err
    assert whole[1].out == b""
    assert "training: 5,355 lines of 775 forms" in whole[1].err
    assert "validation: 1,516 lines of 216 forms; the ink does not say who wrote them" in whole[1].err
    assert "split test: 3,859 lines of 544 forms; hw train does not use them" in whole[1].err
    assert "warning" not in whole[1].err


def test_few_lines_are_left_out_each_with_its_reason(report):
    left_out = report["left_out"]
    assert report["kept"]["lines"] + len(left_out) == 10_741
    assert 0 < len(left_out) < 54  # 1 in 200
    assert all(entry["reason"].startswith("glitch: a step inside a stroke") for entry in left_out)
    assert all(entry["source"].endswith(f"/{entry['id']}.xml") for entry in left_out)


def test_a_form_whose_line_counts_disagree_keeps_its_ink_without_text(whole, report):
    assert report["text"]["forms_with_other_counts"] == {"a08-551z": {"ink": 9, "transcript": 8}}
    assert "1 form without text" in whole[1].err
    lines = [line for line in open_dataset(whole[0]).lines if line.group == "a08-551z"]
    assert all(line.text is None for line in lines)
    assert len(lines) == 9
    assert report["text"]["lines_with_text"] == report["kept"]["lines"] - 9


def test_the_database_s_own_splits_are_kept(whole, report):
    named = {"train": (775, 5_364), "valid": (216, 1_518), "test": (544, 3_859)}
    left_out = {entry["id"] for entry in report["left_out"]}
    kept = report["kept"]["splits"]
    assert kept.keys() == named.keys()
    assert sum(kept.values()) + len(left_out) == sum(lines for _, lines in named.values())
    data = open_dataset(whole[0], verify=False)
    forms = {name: {line.group for line in data.lines if line.split == name} for name in named}
    assert (
        not forms["train"] & forms["valid"] | forms["train"] & forms["test"] | forms["valid"] & forms["test"]
    )
    assert report["split_ids_not_found"] == {"test": [], "train": [], "valid": []}


def test_offsets_are_int16_with_the_database_s_statistics(whole):
    data = open_dataset(whole[0], verify=False)
    assert data.offsets.dtype == np.int16
    assert data.normalisation.mean == pytest.approx((8.2, 0.1), abs=0.5)
    assert data.normalisation.std == pytest.approx((41.5, 36.9), rel=0.05)
    assert int(data.lengths.max()) <= 1_940
    jumps = np.abs(np.asarray(data.offsets)[:, :2].astype(int)).max(1) > 500
    assert jumps.sum() > 1_000  # none is clipped to ±500


def test_a_line_of_the_dataset_equals_its_file(whole, iam, tmp_path):
    data = open_dataset(whole[0], verify=False)
    with tarfile.open(iam / "lineStrokes-all.tar.gz") as archive:
        info = next(member for member in archive if member.name.endswith("-03.xml"))
        content = archive.extractfile(info).read()
    name = info.name.rsplit("/", 1)[-1]
    (tmp_path / name).write_bytes(content)
    done = hw("preprocess", name, "-o", "one", cwd=tmp_path)
    assert done.status == 0, done
    index = [line.id for line in data.lines].index(name.removesuffix(".xml"))
    np.testing.assert_array_equal(open_dataset(tmp_path / "one").line(0), data.line(index))
    drawn = hw("render", name, cwd=tmp_path)
    assert drawn.out.startswith(b"<svg")


def test_whole_forms_are_split_into_the_lines_of_the_database(iam, tmp_path):
    lines = {}
    with tarfile.open(iam / "lineStrokes-all.tar.gz") as archive:
        for member in archive:  # the first dozen forms
            (ink,) = parse(archive.extractfile(member).read(), member.name)
            lines[ink.id] = ink
            if len({line_id[:-3] for line_id in lines}) == 13:
                break
    for form in sorted({line_id[:-3] for line_id in lines})[:12]:
        mine = [line_id for line_id in sorted(lines) if line_id[:-3] == form]
        whole = iam_form_xml(
            [[(int(x), int(y)) for x, y in stroke] for line_id in mine for stroke in lines[line_id].strokes],
            {line_id: line_id.upper() for line_id in mine}, form, f"writer of {form}",
        )  # fmt: skip
        folder = tmp_path / "original" / form[:3] / form[:7]
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"strokes{form[7:]}.xml").write_bytes(whole)
    done = hw_here("preprocess", "original", "-o", "d", "--max-gap", "0", "--jobs", "1", cwd=tmp_path)
    assert done.status == 0, done
    data = open_dataset(tmp_path / "d")
    assert len(data) == sum(line_id[:-3] in {line.form for line in data.lines} for line_id in lines)
    for k, line in enumerate(data.lines):
        assert (line.writer, line.text) == (f"writer of {line.form}", line.id.upper())
        np.testing.assert_array_equal(data.line(k), lines[line.id].offsets)
