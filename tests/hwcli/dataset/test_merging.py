"""Several sources in one dataset: names, merging of dataset folders, and sources that cannot be used."""

import json
from pathlib import Path

import numpy as np
import pytest

from handmade import dataset_of, iam_folder, iam_xml, ink_line, offsets_of, tiny_dataset
from hwcli.config.sections import PreprocessConfig
from hwcli.dataset.body_height import BODY
from hwcli.dataset.build import build
from hwcli.dataset.rescale import measure
from hwcli.dataset.sources import parse_argument
from hwcli.dataset.store import open_dataset
from hwcli.errors import HwError, UsageError
from inks import make_ink
from old_datasets import to_version_1

RULES = PreprocessConfig(jobs=1)
SCALED = PreprocessConfig(jobs=1, normalise=True, resample=True)


def ndjson(path: Path, lines: int, scale: float = 1.0, **about) -> Path:
    """Write lines of loops, `scale` times as large as `make_ink` draws, with ids after the file's name."""
    inks = [(k, make_ink(200, seed=k)) for k in range(lines)]
    path.write_bytes(
        b"".join(
            ink_line([(scale * s).tolist() for s in ink.strokes], id=f"{path.stem}-{k}", **about)
            for k, ink in inks
        )
    )
    return path


def names_of(folder: Path) -> dict[str, str]:
    """Return the source of every line by id."""
    data = open_dataset(folder)
    return {line.id: data.sources[line.source].name for line in data.lines}


def test_lines_know_their_source(tmp_path):
    iam_folder(tmp_path / "xml", {"a01-000u": 1})
    one, two = (ndjson(tmp_path / f"{name}.ndjson", 1) for name in ("one", "two"))
    build([tmp_path / "xml", one, two], tmp_path / "d", RULES, names=[None, None, "mine"])
    assert names_of(tmp_path / "d") == {"a01-000u-01": "iam", "one-0": "ink", "two-0": "mine"}


def test_merged_lines_keep_id_text_group_split_and_offsets(tmp_path):
    texts = ["abba", None, "a cab", "b", "abc", "cab", "bca", "bab"]
    old = tiny_dataset(tmp_path / "old", texts=texts)
    iam_folder(tmp_path / "xml", {"a01-000u": 3, "b04-012": 2})
    build([tmp_path / "old", tmp_path / "xml"], tmp_path / "d", RULES)
    merged = open_dataset(tmp_path / "d")
    place = {line.id: k for k, line in enumerate(merged.lines)}
    assert merged.offsets.dtype == np.int16
    assert len(merged) == len(old) + 5
    for k, line in enumerate(old.lines):
        new = merged.lines[place[line.id]]
        assert (new.group, new.split, new.text) == (line.group, line.split, line.text)
        np.testing.assert_array_equal(merged.line(place[line.id]), old.line(k))
    # only loose lines are split anew
    assert {line.split for line in merged.lines if line.id.startswith("f")} == {"train", "valid"}
    assert merged.by_source(range(len(merged))).keys() == {"old", "iam"}


def test_datasets_can_be_merged_again_and_a_name_replaces_theirs(tmp_path):
    build([ndjson(tmp_path / "a.ndjson", 2), ndjson(tmp_path / "b.ndjson", 2)], tmp_path / "ab", RULES,
          names=["a", "b"])  # fmt: skip
    iam_folder(tmp_path / "xml", {"a01-000u": 1})
    build([tmp_path / "xml"], tmp_path / "iam", RULES)
    build([tmp_path / "iam", tmp_path / "ab"], tmp_path / "all", RULES)
    assert set(names_of(tmp_path / "all").values()) == {"a", "b", "iam"}
    build([tmp_path / "iam", tmp_path / "ab"], tmp_path / "two", RULES, names=[None, "mine"])
    assert set(names_of(tmp_path / "two").values()) == {"mine", "iam"}


def test_a_dataset_from_before_there_were_sources_has_one(tmp_path):
    tiny_dataset(tmp_path / "my iam")
    file = to_version_1(tmp_path / "my iam")
    manifest = json.loads(file.read_text())
    del manifest["sources"]
    file.write_text(json.dumps(manifest))
    (source,) = open_dataset(tmp_path / "my iam").sources
    assert (source.name, source.units, source.grain) == ("ink", "tablet", 1.0)
    build([tmp_path / "my iam"], tmp_path / "d", RULES)
    assert [one.name for one in open_dataset(tmp_path / "d").sources] == ["my-iam"]


@pytest.mark.parametrize(
    "sources",
    [
        [], 7, [{"name": "a"}, {"name": "a"}], [{"name": "a", "units": "miles"}], [{"nome": "a"}], ["a"],
        [{"name": "a"}],
    ],
    ids=str,
)  # fmt: skip
def test_damaged_sources_are_refused(tmp_path, sources):
    tiny_dataset(tmp_path / "d")
    file = to_version_1(tmp_path / "d")
    manifest = json.loads(file.read_text())
    manifest["lines"][0]["source"] = 1
    file.write_text(json.dumps(manifest | {"sources": sources}))
    with pytest.raises(HwError, match="damaged"):
        open_dataset(tmp_path / "d")


def test_a_repeated_id_is_left_out_in_favour_of_the_source_named_first(tmp_path):
    for name, points in (("z", 9), ("a", 8)):
        tiny_dataset(tmp_path / name, train=(points,), valid=())
    report = build([tmp_path / "z", tmp_path / "a"], tmp_path / "d", RULES)
    (line,) = open_dataset(tmp_path / "d").lengths
    assert line == 9
    (row,) = report.left_out
    assert row["source"] == str(tmp_path / "a")
    assert row["reason"] == f"its id is taken by another line ({tmp_path / 'z'})"


def test_a_damaged_and_an_empty_source_are_reported_and_the_rest_is_kept(tmp_path):
    iam_folder(tmp_path / "xml", {"a01-000u": 2})
    tiny_dataset(tmp_path / "hurt")
    (tmp_path / "hurt" / "lines.npy").write_bytes(b"x")
    (tmp_path / "empty").mkdir()
    report = build([tmp_path / "hurt", tmp_path / "xml", tmp_path / "empty"], tmp_path / "d", RULES)
    assert len(open_dataset(tmp_path / "d")) == 2
    hurt, empty = (warning for warning in report.warnings if warning.startswith("nothing was kept"))
    assert hurt.startswith("nothing was kept of hurt: ")
    assert "lines.npy is damaged" in hurt
    assert empty == "nothing was kept of empty: no ink found"
    with pytest.raises(HwError, match="damaged"):
        build([tmp_path / "hurt"], tmp_path / "e", RULES)


def test_an_incomplete_dataset_is_not_taken_for_ink(tmp_path):
    """Without its manifest, its offsets look like those of one long line."""
    for name in ("whole", "cut"):
        tiny_dataset(tmp_path / name)
    (tmp_path / "cut" / "manifest.json").unlink()
    report = build([tmp_path / "whole", tmp_path / "cut"], tmp_path / "d", RULES)
    assert len(open_dataset(tmp_path / "d")) == len(open_dataset(tmp_path / "whole"))
    (warning,) = (one for one in report.warnings if one.startswith("nothing was kept of cut: "))
    assert "cut is not a dataset: no manifest.json" in warning
    with pytest.raises(HwError, match=r"no manifest\.json"):
        build([tmp_path / "cut"], tmp_path / "e", RULES)


def test_the_rules_apply_to_merged_lines_too(tmp_path):
    tiny_dataset(tmp_path / "old", train=(9, 30, 17), valid=(12,))
    report = build([tmp_path / "old"], tmp_path / "d", PreprocessConfig(jobs=1, max_points=20, max_gap=0))
    assert sorted(open_dataset(tmp_path / "d").lengths) == [9, 12, 17]
    assert [row["reason"] for row in report.left_out] == ["30 points, more than --max-points 20"]


def test_split_files_move_merged_lines(tmp_path):
    tiny_dataset(tmp_path / "old", train=(9, 30), valid=(12,))
    (tmp_path / "ids.txt").write_text("f000\n")
    build([tmp_path / "old"], tmp_path / "d", RULES, split_arguments=[f"test={tmp_path / 'ids.txt'}"])
    splits = {line.id: line.split for line in open_dataset(tmp_path / "d").lines}
    assert splits == {"f000-01": "test", "f001-01": "train", "f002-01": "valid"}


def test_scaling_is_recorded_by_source_and_by_hand_and_survives_merging(tmp_path):
    ndjson(tmp_path / "big.ndjson", 4, scale=40.0, writer="w1")
    report = build([tmp_path / "big.ndjson"], tmp_path / "big", SCALED)
    (row,) = report.scaled
    assert (row["source"], row["hand"], row["lines"]) == ("ink", "w1", 4)
    assert f"units times {row['factor']:.3g}" in "\n".join(report.summary())
    (source,) = open_dataset(tmp_path / "big").sources
    assert source.height == pytest.approx(BODY.height)
    assert source.units == "body"
    assert source.scaling["factor"] == [row["factor"]] * 3
    assert source.scaling["hands"] == 1
    tiny_dataset(tmp_path / "whole")
    build([tmp_path / "whole", tmp_path / "big"], tmp_path / "both", RULES, names=[None, "big"])
    sources = {one.name: one for one in open_dataset(tmp_path / "both").sources}
    assert sources["big"].scaling == source.scaling
    assert (sources["big"].units, sources["whole"].units) == ("body", "tablet")


def test_files_by_one_writer_without_a_name_are_one_hand_per_file(tmp_path):
    report = build([ndjson(tmp_path / "a.ndjson", 3), ndjson(tmp_path / "b.ndjson", 3, 9.0)], tmp_path / "d",
                   SCALED)  # fmt: skip
    assert [Path(row["hand"]).name for row in report.scaled] == ["a.ndjson", "b.ndjson"]


@pytest.mark.parametrize(
    ("kinds", "resolution", "units"),
    [
        (["whole"], 1.0, "tablet"),
        (["float"], 0.0, "ink"),
        (["scaled"], 1.0, "body"),
        (["whole", "scaled"], 1.0, "mixed"),
        (["whole", "float"], 1.0, "mixed"),
        (["scaled", "float"], 1.0, "mixed"),
    ],
    ids=lambda v: "+".join(v) if isinstance(v, list) else "",
)
def test_one_source_that_needs_a_floor_gives_it_to_all(tmp_path, kinds, resolution, units):
    """Without the floor of half a unit, sigma can collapse on whole numbers, scaled or not."""
    dataset_of(tmp_path / "whole", [offsets_of(50, k) for k in range(2)])
    dataset_of(tmp_path / "loose", [offsets_of(50, k) / np.float32(7) for k in range(2)])
    build([ndjson(tmp_path / "float.ndjson", 2)], tmp_path / "float", RULES)
    build([ndjson(tmp_path / "scaled.ndjson", 2)], tmp_path / "scaled", SCALED)
    build([tmp_path / kind for kind in kinds], tmp_path / "d", RULES, names=kinds)
    data = open_dataset(tmp_path / "d")
    assert data.normalisation.resolution == resolution
    assert json.loads((tmp_path / "d" / "manifest.json").read_text())["units"] == units


def test_a_source_with_one_line_off_the_grid_is_on_no_grid(tmp_path):
    (tmp_path / "a.xml").write_bytes(iam_xml())
    (tmp_path / "b.xml").write_bytes(iam_xml([[(0, 0), (5.5, 5)], [(9, 9), (7, 7)]]))
    build([tmp_path / "a.xml", tmp_path / "b.xml"], tmp_path / "d", RULES)
    data = open_dataset(tmp_path / "d")
    assert [one.units for one in data.sources] == ["ink"]
    assert data.normalisation.resolution == 0


def test_differing_units_are_warned_of_until_they_are_normalised(tmp_path):
    small, large = ndjson(tmp_path / "small.ndjson", 3), ndjson(tmp_path / "large.ndjson", 3, scale=5.0)
    (warning,) = build([small, large], tmp_path / "d", RULES, names=["small", "large"]).warnings
    assert warning.startswith("the units of the sources differ (median body height: small ")
    assert build([small, large], tmp_path / "e", SCALED, names=["small", "large"]).warnings is None
    heights = [one.height for one in open_dataset(tmp_path / "e").sources]
    assert heights == pytest.approx([BODY.height] * 2)


def test_scaled_sources_measure_alike_and_bytes_do_not_depend_on_jobs(tmp_path, monkeypatch):
    monkeypatch.setattr("hwcli.dataset.reading.BATCH_BYTES", 1 << 14)
    a, b = ndjson(tmp_path / "a.ndjson", 4, 0.1), ndjson(tmp_path / "b.ndjson", 4, 20.0)
    for jobs in (1, 2):
        rules = PreprocessConfig(jobs=jobs, normalise=True, resample=True)
        build([a, b], tmp_path / f"d{jobs}", rules)
    one, two = ({p.name: p.read_bytes() for p in (tmp_path / f"d{jobs}").iterdir()} for jobs in (1, 2))
    assert one == two


def test_fit_and_one_scale_are_mutually_exclusive(tmp_path):
    source = ndjson(tmp_path / "a.ndjson", 1)
    for rules in (PreprocessConfig(fit="m", normalise=True), PreprocessConfig(fit="m", resample=True)):
        with pytest.raises(UsageError, match="--fit cannot be combined"):
            build([source], tmp_path / "d", rules)


def test_a_source_argument_is_a_path_or_a_name_and_a_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("odd=name.xml").touch()
    rows = {
        "x.xml": (Path("x.xml"), None),
        "-": (Path("-"), None),
        "mine=-": (Path("-"), "mine"),
        "iam=/data/a=b.tar": (Path("/data/a=b.tar"), "iam"),
        "odd=name.xml": (Path("odd=name.xml"), None),
        "/tmp/a=b": (Path("/tmp/a=b"), None),
        "2x=a.xml": (Path("2x=a.xml"), None),
    }
    assert {argument: parse_argument(argument) for argument in rows} == rows
    with pytest.raises(UsageError, match="expected NAME=PATH"):
        parse_argument("iam=")


def test_measured_heights_do_not_need_a_text(tmp_path):
    build([ndjson(tmp_path / "a.ndjson", 3, 3.0)], tmp_path / "d", RULES)
    (source,) = open_dataset(tmp_path / "d").sources
    assert source.height > 0
    assert measure([]) is None
