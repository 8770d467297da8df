"""Building a dataset folder: reproducible bytes, and a report of what was left out and why."""

import json
import os
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from handmade import files_in, iam_folder, iam_xml, tar, transcript, wander
from hwcli.config.sections import PreprocessConfig
from hwcli.dataset.build import build
from hwcli.dataset.folder.manifest import FILES
from hwcli.dataset.rescale import size_of_lines
from hwcli.dataset.store import open_dataset
from hwcli.errors import HwError
from hwcli.ink_io import formats
from hwcli.ink_io.formats import parse
from hwcli.ink_size import Size

RULES = PreprocessConfig(jobs=1)
FORMS = {"a01-000u": 3, "b04-012": 2, "c07-100z": 4}


def report_of(folder) -> dict:
    return json.loads((folder / "report.json").read_text())


def manifest_of(folder) -> dict:
    return json.loads((folder / "manifest.json").read_text())


def as_members(root) -> dict[str, bytes]:
    return {f"lineStrokes/{name}": data for name, data in files_in(root).items()}


def reasons(folder) -> dict[str, str]:
    return {entry["id"]: entry["reason"] for entry in report_of(folder)["left_out"]}


def test_a_dataset_holds_the_offsets_of_every_file(tmp_path):
    root = iam_folder(tmp_path / "lineStrokes", FORMS)
    build([root], tmp_path / "d", RULES)
    data = open_dataset(tmp_path / "d")
    assert [line.id for line in data.lines] == [
        f"{form}-{k:02d}" for form, n in FORMS.items() for k in range(1, n + 1)
    ]
    for index, line in enumerate(data.lines):
        path = root / line.id[:3] / line.id[:7] / f"{line.id}.xml"
        (ink,) = parse(path.read_bytes(), path.name)
        np.testing.assert_array_equal(data.line(index), ink.offsets)


def test_a_folder_and_its_archives_in_any_order_give_the_same_dataset(tmp_path):
    root = iam_folder(tmp_path / "lineStrokes", FORMS)
    members = as_members(root)
    tar(tmp_path / "up.tar.gz", members)
    tar(tmp_path / "down.tar", dict(reversed(members.items())))
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    found = []
    for number, source in enumerate(
        [root, tmp_path / "up.tar.gz", tmp_path / "down.tar", tmp_path / "x.zip"]
    ):
        out = tmp_path / f"d{number}"
        build([source], out, RULES)
        manifest = manifest_of(out)
        assert manifest.pop("source")["names"] == [source.name]
        found.append((manifest, (out / "offsets.npy").read_bytes(), (out / "lines.npy").read_bytes()))
    assert found[1:] == found[:1] * 3


def test_two_runs_give_the_same_bytes(tmp_path):
    root = iam_folder(tmp_path / "lineStrokes", FORMS)
    for name in ("one", "two"):
        build([root], tmp_path / name, RULES)
    assert files_in(tmp_path / "one") == files_in(tmp_path / "two")


def test_the_number_of_jobs_does_not_change_the_bytes(tmp_path, monkeypatch):
    monkeypatch.setattr("hwcli.dataset.reading.BATCH_BYTES", 1 << 16)  # several batches of a few files
    root = iam_folder(tmp_path / "lineStrokes", FORMS)
    (root / "a01" / "broken.xml").write_bytes(iam_xml()[:90])
    for jobs in (1, 2):
        build([root], tmp_path / f"d{jobs}", PreprocessConfig(jobs=jobs))
    assert files_in(tmp_path / "d1") == files_in(tmp_path / "d2")


def test_offsets_are_int16_if_whole_and_in_range_else_float32(tmp_path):
    rows = {
        "whole": [[(0, 0), (5, 5)], [(32_767, 5), (32_767, -20)]],
        "far": [[(0, 0), (5, 5)], [(40_000, 5), (40_000, -20)]],
        "parts": [[(0, 0), (5.5, 5)], [(9, 9), (7, 7)]],
    }
    for name, strokes in rows.items():
        (tmp_path / f"{name}.xml").write_bytes(iam_xml(strokes))
        build([tmp_path / f"{name}.xml"], tmp_path / name, RULES)
    types = {name: open_dataset(tmp_path / name).offsets.dtype.name for name in rows}
    assert types == {"whole": "int16", "far": "float32", "parts": "float32"}
    assert open_dataset(tmp_path / "far").line(0)[2].tolist() == [39_995, 0, 0]
    assert open_dataset(tmp_path / "whole").line(0)[2].tolist() == [32_762, 0, 0]


def test_a_jump_between_strokes_is_kept_and_a_glitch_inside_one_left_out(tmp_path):
    (tmp_path / "in").mkdir()
    calm = [[(x, x % 3) for x in range(20)]]
    (tmp_path / "in" / "jump.xml").write_bytes(iam_xml([*calm, [(9_000, -9_000), (9_001, -9_000)]]))
    (tmp_path / "in" / "glitch.xml").write_bytes(iam_xml([[*calm[0], (9_000, -9_000)]]))
    build([tmp_path / "in"], tmp_path / "d", RULES)
    data = open_dataset(tmp_path / "d")
    assert [line.id for line in data.lines] == ["jump"]
    assert data.line(0)[20].tolist() == [8_981, -9_001, 0]
    assert list(reasons(tmp_path / "d")) == ["glitch"]
    assert "step inside a stroke" in reasons(tmp_path / "d")["glitch"]
    build([tmp_path / "in"], tmp_path / "all", PreprocessConfig(jobs=1, max_gap=0))
    assert len(open_dataset(tmp_path / "all")) == 2


def test_lines_with_too_few_or_too_many_points_are_left_out_with_the_reason(tmp_path):
    for points in (1, 9, 10, 20, 21):
        (tmp_path / f"p{points:02d}.xml").write_bytes(iam_xml(wander(points)))
    rules = PreprocessConfig(jobs=1, min_points=10, max_points=20, max_gap=0)
    build(sorted(tmp_path.glob("*.xml")), tmp_path / "d", rules)
    data = open_dataset(tmp_path / "d")
    assert dict(zip([line.id for line in data.lines], data.lengths.tolist(), strict=True)) == {
        "p10": 10,
        "p20": 20,
    }
    assert reasons(tmp_path / "d") == {
        "p01": "1 points, fewer than --min-points 10",
        "p09": "9 points, fewer than --min-points 10",
        "p21": "21 points, more than --max-points 20",
    }


def test_bad_files_are_reported_and_good_ones_still_read(tmp_path):
    root = iam_folder(tmp_path / "in", {"a01-000u": 2})
    whole = iam_xml()
    bad = {
        "empty.xml": b"",
        "cut.xml": whole[: len(whole) // 2],
        "page.xml": b"<html/>",
        "nothing.xml": iam_xml([]),
        "absurd.xml": iam_xml([[(1, 2), (10**12, 2)]]),
        "picture.png": bytes(range(256)),
        "klingon.xml": whole.replace(b"ISO-8859-1", b"klingon"),
    }
    for name, data in bad.items():
        (root / name).write_bytes(data)
    build([root], tmp_path / "d", RULES)
    assert [line.id for line in open_dataset(tmp_path / "d").lines] == ["a01-000u-01", "a01-000u-02"]
    left_out = {
        os.path.basename(entry["source"]): entry["reason"] for entry in report_of(tmp_path / "d")["left_out"]
    }
    not_ink = {os.path.basename(e["source"]): e["reason"] for e in report_of(tmp_path / "d")["not_ink"]}
    assert left_out.keys() | not_ink.keys() == bad.keys()
    assert not_ink.keys() == {"empty.xml", "page.xml", "picture.png"}
    assert all(reason.startswith("not read: ") for reason in left_out.values())
    assert "empty" in not_ink["empty.xml"]
    assert "line " in left_out["cut.xml"]
    assert "no point" in left_out["nothing.xml"]
    assert "line 6" in left_out["absurd.xml"]


def test_a_broken_link_is_skipped(tmp_path):
    root = iam_folder(tmp_path / "in", {"a01-000u": 2})
    (root / "gone.xml").symlink_to(tmp_path / "nothing.xml")
    build([root], tmp_path / "d", RULES)
    assert len(open_dataset(tmp_path / "d")) == 2


def test_file_names_need_not_be_utf_8(tmp_path):
    root = iam_folder(tmp_path / "in", {"a01-000u": 2})
    for name in (b"caf\xe9.xml", b"caf\xe8.txt"):
        with open(os.fsencode(root) + b"/" + name, "wb") as file:
            file.write(iam_xml() if name.endswith(b"xml") else b"not ink")
    build([root], tmp_path / "d", RULES)
    assert len(open_dataset(tmp_path / "d")) == 3
    assert [e["source"][-8:] for e in report_of(tmp_path / "d")["not_ink"]] == ["caf\ufffd.txt"]


def test_an_archive_member_outside_the_archive_is_reported_and_the_others_read(tmp_path):
    path = tar(tmp_path / "x.tar", {"../../evil.xml": iam_xml(), "good.xml": iam_xml()})
    build([path], tmp_path / "d", RULES)
    assert [line.id for line in open_dataset(tmp_path / "d").lines] == ["good"]
    assert reasons(tmp_path / "d") == {"evil": "not read: its path leads outside the archive"}


def test_a_second_line_of_the_same_id_is_left_out(tmp_path):
    for folder in ("a", "b"):
        (tmp_path / "in" / folder).mkdir(parents=True)
        (tmp_path / "in" / folder / "same.xml").write_bytes(iam_xml())
    build([tmp_path / "in"], tmp_path / "d", RULES)
    assert len(open_dataset(tmp_path / "d")) == 1
    (entry,) = report_of(tmp_path / "d")["left_out"]
    assert os.path.join("b", "same.xml") in entry["source"]
    assert os.path.join("a", "same.xml") in entry["reason"]


def ascii_folder(root, texts):
    for form, lines in texts.items():
        (root / form[:3]).mkdir(parents=True, exist_ok=True)
        (root / form[:3] / f"{form}.txt").write_bytes(transcript(lines))
    return root


def test_a_form_whose_line_counts_disagree_keeps_its_ink_without_text(tmp_path):
    root = iam_folder(tmp_path / "in", FORMS)
    texts = ascii_folder(
        tmp_path / "ascii",
        {"a01-000u": ["one", "two", "three"], "b04-012": ["one", "two", "more than there are"]},
    )
    report = build([root], tmp_path / "d", RULES, transcripts_path=texts)
    got = {line.id: line.text for line in open_dataset(tmp_path / "d").lines}
    assert got == {
        "a01-000u-01": "one",
        "a01-000u-02": "two",
        "a01-000u-03": "three",
        **{f"b04-012-{k:02d}": None for k in (1, 2)},
        **{f"c07-100z-{k:02d}": None for k in (1, 2, 3, 4)},
    }
    text = report_of(tmp_path / "d")["text"]
    assert text["forms_with_other_counts"] == {"b04-012": {"ink": 2, "transcript": 3}}
    assert text["forms_without_transcript"] == ["c07-100z"]
    assert text["lines_with_text"] == 3
    assert "1 form without text" in "\n".join(report.summary())


def test_lines_left_out_count_when_texts_are_assigned(tmp_path):
    root = iam_folder(tmp_path / "in", {"a01-000u": 3})
    path = root / "a01" / "a01-000" / "a01-000u-02.xml"
    path.write_bytes(path.read_bytes()[:200])
    texts = ascii_folder(tmp_path / "ascii", {"a01-000u": ["one", "two", "three"]})
    build([root], tmp_path / "d", RULES, transcripts_path=texts)
    got = {line.id: line.text for line in open_dataset(tmp_path / "d").lines}
    assert got == {"a01-000u-01": "one", "a01-000u-03": "three"}


def test_transcripts_beside_the_ink_are_not_lines(tmp_path):
    iam_folder(tmp_path / "iam" / "lineStrokes", {"a01-000u": 2})
    ascii_folder(tmp_path / "iam" / "ascii", {"a01-000u": ["one", "two"]})
    build([tmp_path / "iam"], tmp_path / "d", RULES, transcripts_path=tmp_path / "iam" / "ascii")
    assert [line.text for line in open_dataset(tmp_path / "d").lines] == ["one", "two"]


def test_transcripts_are_read_from_an_archive_and_other_files_listed(tmp_path):
    root = iam_folder(tmp_path / "in", {"a01-000u": 1})
    archive = tar(tmp_path / "ascii.tar.gz", {"a01-000u.txt": transcript(["one"]), "README.txt": b"hello"})
    build([root], tmp_path / "d", RULES, transcripts_path=archive)
    assert open_dataset(tmp_path / "d").lines[0].text == "one"
    assert report_of(tmp_path / "d")["text"]["files_without_transcript"] == ["ascii.tar.gz/README.txt"]


def test_a_form_with_a_blank_transcript_is_left_out(tmp_path):
    root = iam_folder(tmp_path / "in", {"a01-000u": 1, "z01-000z": 2})
    texts = ascii_folder(tmp_path / "ascii", {"a01-000u": ["one"], "z01-000z": []})
    build([root], tmp_path / "d", RULES, transcripts_path=texts)
    assert [line.id for line in open_dataset(tmp_path / "d").lines] == ["a01-000u-01"]
    assert reasons(tmp_path / "d").keys() == {"z01-000z-01", "z01-000z-02"}


def test_a_form_known_to_be_bad_is_left_out_without_transcripts_too(tmp_path):
    build([iam_folder(tmp_path / "in", {"a01-000u": 1, "z01-000z": 2})], tmp_path / "d", RULES)
    assert [line.id for line in open_dataset(tmp_path / "d").lines] == ["a01-000u-01"]
    assert all("known bad" in reason for reason in reasons(tmp_path / "d").values())


def test_split_files_assign_forms_and_unknown_ids_are_listed(tmp_path):
    root = iam_folder(tmp_path / "in", FORMS)
    (tmp_path / "test.txt").write_text("b04-012\nq99-999\n")
    build(
        [root],
        tmp_path / "d",
        PreprocessConfig(jobs=1, valid_fraction=0),
        split_arguments=[f"test={tmp_path}/test.txt"],
    )
    got = {line.group: line.split for line in open_dataset(tmp_path / "d").lines}
    assert got == {"a01-000u": "train", "b04-012": "test", "c07-100z": "train"}
    assert report_of(tmp_path / "d")["split_ids_not_found"] == {"test": ["q99-999"]}


def test_ink_of_one_writer_stays_in_one_split(tmp_path):
    rows = [{"hw": 1, "id": f"l{k}", "writer": f"w{k % 3}", "strokes": wander(9, k)} for k in range(12)]
    path = tmp_path / "ink.ndjson"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    build([path], tmp_path / "d", PreprocessConfig(jobs=1, valid_fraction=0.3, max_gap=0))
    lines = open_dataset(tmp_path / "d").lines
    assert {int(line.id[1:]) % 3: line.group for line in lines} == {0: "w0", 1: "w1", 2: "w2"}
    assert len({(line.group, line.split) for line in lines}) == 3
    assert {line.split for line in lines} == {"train", "valid"}


@pytest.mark.parametrize(
    ("about", "group"),
    [({"writer": "w", "form": "f"}, "w"), ({"form": "f"}, "f"), ({"writer": 7}, "7"), ({"writer": ""}, "x"),
     ({}, "x"), ({"id": "a01-000u-02"}, "a01-000u")],
)  # fmt: skip
def test_a_group_is_the_writer_or_the_form_or_the_line_itself(tmp_path, about, group):
    path = tmp_path / "ink.ndjson"
    path.write_text(json.dumps({"hw": 1, "id": "x", "strokes": wander(9, 1)} | about))
    build([path], tmp_path / "d", RULES)
    assert [line.group for line in open_dataset(tmp_path / "d").lines] == [group]


def test_the_format_of_a_file_is_detected_once(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(formats, "detect", lambda data: asked.append(data) or "iam")
    build([iam_folder(tmp_path / "in", {"a01-000u": 2})], tmp_path / "d", RULES)
    assert len(asked) == 2


def test_lines_are_rescaled_to_a_model_s_size(tmp_path):
    root = iam_folder(tmp_path / "in", {"a01-000u": 3}, points=60)
    build([root], tmp_path / "plain", RULES)
    size = size_of_lines(open_dataset(tmp_path / "plain"), range(3))
    double = Size(2 * size.height, 2 * size.spacing)
    report = build([root], tmp_path / "d", replace(RULES, fit="my model"), model_size=double)
    assert report.fitted == {"model": "my model", "factor": pytest.approx(2)}
    assert "fitted to my model: units times 2" in "\n".join(report.summary())
    assert size_of_lines(open_dataset(tmp_path / "d"), range(3)).height == pytest.approx(double.height)


def test_a_build_that_fails_writes_nothing(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "README.txt").write_text("no ink here")
    before = files_in(tmp_path)
    with pytest.raises(HwError, match="no ink"):
        build([tmp_path / "in"], tmp_path / "d", RULES)
    with pytest.raises(HwError, match="already exists"):
        build([iam_folder(tmp_path / "ink", {"a01-000u": 1})], tmp_path / "in", RULES)
    with pytest.raises(HwError, match="is not a dataset"):
        build([tmp_path / "ink"], tmp_path / "in", RULES, overwrite=True)
    assert {k: v for k, v in files_in(tmp_path).items() if not k.startswith("ink")} == before
    assert not (tmp_path / "d").exists()


def test_overwrite_replaces_the_whole_dataset(tmp_path):
    build([iam_folder(tmp_path / "one", {"a01-000u": 3})], tmp_path / "d", RULES)
    (tmp_path / "d" / "stray").write_text("")
    build([iam_folder(tmp_path / "two", {"b01-000": 1})], tmp_path / "d", RULES, overwrite=True)
    assert [line.id for line in open_dataset(tmp_path / "d").lines] == ["b01-000-01"]
    assert sorted(os.listdir(tmp_path / "d")) == sorted((*FILES, "manifest.json", "report.json"))
    assert sorted(os.listdir(tmp_path)) == ["d", "one", "two"]


def test_a_bad_line_of_ndjson_does_not_stop_the_good_ones(tmp_path):
    good = b'{"hw":1,"id":"%s","strokes":[[[0,0],[4,5],[7,1]]]}\n'
    (tmp_path / "x.ndjson").write_bytes(good % b"one" + b'{"hw":1,"strokes":"no"}\n' + good % b"two")
    build([tmp_path / "x.ndjson"], tmp_path / "d", RULES)
    assert [line.id for line in open_dataset(tmp_path / "d").lines] == ["one", "two"]
    (left_out,) = report_of(tmp_path / "d")["left_out"]
    assert "line 2" in left_out["reason"]
