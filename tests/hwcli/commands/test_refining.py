"""hw preprocess --level, --even, --legible, --compose and --only-lines, as a user runs them."""

import json

import numpy as np
import pytest

from handmade import hw_here, ink_line, refused
from hwcli.dataset.body_height import BODY
from hwcli.dataset.store import open_dataset
from hwcli.refining.even import body_height
from hwcli.refining.level import level
from old_datasets import to_version_1
from readable import CAT, ROOM, SHIP, line, mapped

SLOPE = 0.12
NEAT = ["--level", "--even", "--legible", "--valid-fraction", "0"]


def sloping(text: str, scale: float = 3.0):
    """A line that rises to the right, in units of its own."""
    return mapped(line(text), lambda points: scale * points @ np.array([[1, -SLOPE], [0, 1]]))


@pytest.fixture
def folder(tmp_path):
    """Three lines, one of another text than its label, and a single character and a short word."""
    says = {CAT: CAT, ROOM: ROOM, SHIP: "THE WRONG LABEL"}
    rows = [
        ink_line([s.tolist() for s in sloping(text).strokes], id=f"line{k}", text=label, writer=f"w{k}")
        for k, (text, label) in enumerate(says.items())
    ]
    for k, text in enumerate(("x", "word")):
        rows.append(
            ink_line([[[0, 0], [30, 50]], [[30, 0], [0, 60]]], id=f"short{k}", text=text, writer="w0")
        )
    (tmp_path / "pad.ndjson").write_bytes(b"".join(rows))
    return tmp_path


def preprocess(folder, *arguments, status=0):
    done = hw_here("preprocess", *arguments, cwd=folder)
    assert done.status == status, done
    return done


def test_lines_come_out_level_of_one_size_and_whole(folder):
    done = preprocess(folder, "pad.ndjson", *NEAT, "--only-lines", "-o", "d")
    data = open_dataset(folder / "d")
    assert {one.id: one.text for one in data.lines} == {"line0": CAT, "line1": ROOM}
    assert data.offsets.dtype == np.int16
    for k, info in enumerate(data.lines):
        rows = data.line(k)
        points, ends = rows[:, :2].cumsum(0, dtype=float), rows[:, 2] > 0.5
        assert abs(level(points, ends).slope) < 0.01
        size = body_height(points, ends, info.text)
        assert size.height == pytest.approx(BODY.height, rel=0.12)
        assert size.spacing / size.height == pytest.approx(BODY.spacing / BODY.height, rel=0.12)
        assert info.legibility > -0.5
    assert "levelled 3 lines, median slope" in done.err
    assert "1 not legible as its text" in done.err
    assert "2 one word of fewer than 10 characters" in done.err


def test_the_report_says_what_was_done_and_left_out(folder):
    preprocess(folder, "pad.ndjson", *NEAT, "--only-lines", "-o", "d")
    report = json.loads((folder / "d" / "report.json").read_text())
    assert report["refined"]["levelled"] == 3
    assert report["refined"]["median_slope"] == pytest.approx(SLOPE, abs=0.05)
    assert report["refined"]["rough"] == 0
    (wrong,) = [one for one in report["left_out"] if one["id"] == "line2"]
    assert wrong["reason"].startswith("not legible as its text ('THE WRONG LABEL': -")
    assert report["kept"]["lines"] == 2
    assert report["found"] == {"lines": 5, "groups": 3}


def test_lines_without_these_options_stay_as_they_are(folder):
    preprocess(folder, "pad.ndjson", "-o", "plain")
    preprocess(folder, "pad.ndjson", "--level", "-o", "level")
    plain, made = open_dataset(folder / "plain"), open_dataset(folder / "level")
    assert [one.id for one in plain.lines] == [one.id for one in made.lines]
    for k, info in enumerate(plain.lines):
        assert (plain.line(k) == made.line(k)).all() == info.id.startswith("short")
    assert "refined" not in json.loads((folder / "plain" / "report.json").read_text())


def test_a_rough_line_has_a_source_of_its_own(folder):
    apart = mapped(line(CAT), lambda points: points * [3.0, 1.0])
    (folder / "wide.ndjson").write_bytes(ink_line([s.tolist() for s in apart.strokes], text=CAT))
    done = preprocess(folder, "wide.ndjson", "pad.ndjson", "--legible", "-o", "d", "--valid-fraction", "0")
    data = open_dataset(folder / "d")
    assert "rough 1 lines" in done.err
    assert {data.sources[one.source].name for one in data.lines} == {"ink", "ink-rough"}


def test_a_dataset_is_not_read_again(folder):
    preprocess(folder, "pad=pad.ndjson", *NEAT, "-o", "d")
    manifest = to_version_1(folder / "d")
    rows = json.loads(manifest.read_text())
    for row in rows["lines"]:
        if row.get("legibility") is not None:
            row["legibility"] = -0.75 if row["id"] == "line0" else -0.125
    manifest.write_text(json.dumps(rows))
    preprocess(folder, "d", "--legible", "-o", "again")
    data = open_dataset(folder / "again")
    found = {one.id: (one.legibility, data.sources[one.source].name) for one in data.lines}
    assert found["line0"] == (-0.75, "pad-rough")
    assert found["line1"] == (-0.125, "pad")
    assert found["short0"][0] is None


def test_what_cannot_be_composed_or_combined_is_refused(folder):
    done = hw_here("preprocess", "pad.ndjson", "--compose", "5", "-o", "d", cwd=folder)
    refused(done, "--compose found nobody", "add --normalise")
    assert not (folder / "d").exists()
    for option in (["--even"], ["--compose", "5"]):
        done = hw_here("preprocess", "pad.ndjson", "--fit", "iam-synthesis", *option, "-o", "d", cwd=folder)
        refused(done, "--fit cannot be combined", status=2)
    done = hw_here("preprocess", "pad.ndjson", "--compose", "-1", "-o", "d", cwd=folder)
    refused(done, "compose", status=2)
