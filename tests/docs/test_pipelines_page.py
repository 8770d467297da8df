"""docs/pipelines.md: each pipeline runs in a real shell and its own folder; its output is checked."""

from __future__ import annotations

import base64
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from handmade import environment
from hwcli.dataset.store import open_dataset

PAGE = (Path(__file__).parents[2] / "docs" / "pipelines.md").read_text("utf-8")
SECTIONS = {part.partition("\n")[0]: part for part in re.split(r"^## ", PAGE, flags=re.M)[1:]}
SVG = "{http://www.w3.org/2000/svg}"
LABEL = "{http://www.inkscape.org/namespaces/inkscape}label"
SMALL = {
    "HW_SAMPLE_POINTS": "60",
    "HW_TRAIN_EPOCHS": "1",
    "HW_TRAIN_DEVICE": "cpu",
    "HW_TRAIN_THREADS": "1",
}
SEARCHED = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])  # our hw first
TOOLS = ("base64", "grep", "jq", "make", "python3", "seq", "tee", "xargs")


def blocks(title: str, language: str = "sh") -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", SECTIONS[title], re.S)


def shell(script: str, folder: Path, limit: float = 240, **env: str) -> tuple[int, str, str]:
    """Run `script` and return its status, stdout and stderr; kill it, and fail, after `limit` seconds."""
    process = subprocess.Popen(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder, env=environment(**SMALL | {"PATH": SEARCHED} | env), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    try:
        out, err = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise
    return process.returncode, out, err


def follow(title: str, folder: Path, **env: str) -> tuple[str, list[str]]:
    """Run the block of a section unchanged; return its stdout and its messages, sorted."""
    (block,) = blocks(title)
    for tool in TOOLS:
        if re.search(rf"\b{tool}\b", block) and not shutil.which(tool, path=SEARCHED):
            pytest.skip(f"{tool} is not installed")
    status, out, err = shell(block, folder, **env)
    assert status == 0, f"{block}\n{err}"
    return out, sorted(err.splitlines())


def sample(options: str, folder: Path, **env: str) -> list[dict]:
    status, out, err = shell(f"hw sample {options} --no-prediction", folder, **env)
    assert status == 0, err
    return [json.loads(line) for line in out.splitlines()]


def names(folder: Path) -> set[str]:
    """Return the names of all files in the folder, temporary ones included."""
    return {path.name for path in folder.iterdir()}


def svg(path: Path) -> ElementTree.Element:
    """Parse a picture."""
    root = ElementTree.parse(path).getroot()
    assert root.tag == f"{SVG}svg"
    return root


def inks(root: ElementTree.Element) -> list[str]:
    """Return the names of the inks in a picture."""
    return [title.text or "" for title in root.iter(f"{SVG}title")]


def cells(root: ElementTree.Element) -> tuple[list[str], int, int]:
    """Return the captions of a sheet and its numbers of columns and rows."""
    texts = list(root.iter(f"{SVG}text"))
    return [t.text or "" for t in texts], len({t.get("x") for t in texts}), len({t.get("y") for t in texts})


def paths(root: ElementTree.Element) -> list[str]:
    return [path.get("d") or "" for path in root.iter(f"{SVG}path")]


def points(root: ElementTree.Element) -> np.ndarray:
    """Return all points of the picture's paths; each path is one M and relative lines."""
    found = []
    for path in paths(root):
        assert set(re.findall("[A-Za-z]", path)) <= {"M", "l"}, path
        numbers = [float(n) for n in re.findall(r"-?(?:\d+\.?\d*|\.\d+)", path)]
        found.append(np.cumsum(np.reshape(numbers, (-1, 2)), 0))
    return np.concatenate(found)


def test_page_has_eleven_pipelines_each_with_a_test():
    here = Path(__file__).read_text("utf-8")
    assert len(SECTIONS) == 11
    assert [title for title in SECTIONS if len(blocks(title)) != 1 or f'"{title}"' not in here] == []


def test_pipe_without_ink_fails_and_leaves_no_picture(tmp_path):
    status, out, err = shell("hw sample --seed 1 | sed d | hw render -o blank.svg", tmp_path)
    assert (status, out) == (1, "")
    assert err.startswith("error: stdin contains no ink\n")
    assert names(tmp_path) == set()


def test_choose_from_a_contact_sheet(tmp_path):
    out, messages = follow("Choose from a contact sheet", tmp_path)
    assert (out, messages) == ("", ["wrote chosen.svg", "wrote sheet.svg"])
    assert names(tmp_path) == {"many.ndjson", "sheet.svg", "chosen.svg"}
    kept = [json.loads(line) for line in (tmp_path / "many.ndjson").read_text().splitlines()]
    ids = [f"1-{k}" for k in range(24)]
    assert [ink["id"] for ink in kept] == ids
    assert not any("prediction" in ink for ink in kept)
    sheet = svg(tmp_path / "sheet.svg")
    assert inks(sheet) == ids
    assert cells(sheet) == (ids, 6, 4)
    assert len(paths(sheet)) == sum(len(ink["strokes"]) for ink in kept)
    chosen = svg(tmp_path / "chosen.svg")
    assert inks(chosen) == ["1-17"]
    assert len(paths(chosen)) == len(kept[17]["strokes"])


def test_take_the_first_three_of_100000(tmp_path):
    # all 100,000 would take far longer than the time limit of shell()
    out, messages = follow("Take the first three of 100,000", tmp_path)
    assert (out, messages) == ("", ["wrote three.svg"])
    assert names(tmp_path) == {"three.svg"}
    assert inks(svg(tmp_path / "three.svg")) == ["2-0", "2-1", "2-2"]


def test_count_pen_lifts_by_bias(tmp_path):
    assert follow("Count pen lifts by bias", tmp_path) == ("", [])
    assert names(tmp_path) == {"lifts.tsv"}
    rows = [line.split("\t") for line in (tmp_path / "lifts.tsv").read_text().splitlines()]
    assert [row[0] for row in rows] == ["0", "0.5", "1", "2"]
    assert len({row[1] for row in rows}) > 1
    strokes = [ink["strokes"] for ink in sample("--count 20 --seed 4 --bias 2", tmp_path)]
    lifts = sum(map(len, strokes)) / sum(len(stroke) for ink in strokes for stroke in ink)
    assert float(rows[-1][1]) == pytest.approx(lifts)


def test_draw_a_series_in_parts(tmp_path):
    out, messages = follow("Draw a series in parts", tmp_path)
    assert (out, messages) == ("", ["wrote series.svg"])
    sheet = svg(tmp_path / "series.svg")
    assert inks(sheet) == [f"2-{k}" for k in range(12)]
    status, _, err = shell(
        "hw sample --seed 2 --count 12 --no-prediction | hw render --grid 4 -o whole.svg", tmp_path
    )
    assert status == 0, err
    assert paths(sheet) == paths(svg(tmp_path / "whole.svg"))


def test_compare_models_and_biases_on_one_sheet(tmp_path):
    out, messages = follow("Compare models and biases on one sheet", tmp_path)
    assert (out, messages) == ("", ["wrote compared.svg"])
    assert names(tmp_path) == {"compared.svg"}
    known = [json.loads(line) for line in shell("hw models --json", tmp_path)[1].splitlines()]
    models = [model["name"] for model in known if model["kind"] == "prediction"]
    sheet = svg(tmp_path / "compared.svg")
    wanted = [f"{model}, bias {bias}" for model in models for bias in ("0", "0.5", "1")]
    assert inks(sheet) == wanted
    captions, columns, rows = cells(sheet)
    assert (columns, rows) == (3, len(models))
    for caption, whole in zip(captions, wanted, strict=True):  # shortened if the ink is narrower
        assert whole == caption or (caption.endswith("…") and whole.startswith(caption[:-1])), caption
    drawn = [tuple(path.get("d") for path in ink.iter(f"{SVG}path")) for ink in sheet.findall(f"{SVG}g")]
    assert len(set(drawn)) == len(wanted)


def test_draw_several_seeds_in_parallel(tmp_path):
    pictures = [f"eos.{seed}.svg" for seed in range(1, 7)]
    out, messages = follow("Draw several seeds in parallel", tmp_path)
    assert (out, messages) == ("", [f"wrote {name}" for name in pictures])
    assert names(tmp_path) == set(pictures)
    assert [inks(svg(tmp_path / name)) for name in pictures] == [[f"{seed}-0"] for seed in range(1, 7)]


def test_xargs_reports_a_seed_that_fails(tmp_path):
    (block,) = blocks("Draw several seeds in parallel")
    status, _, err = shell(block.replace("seq 1 6", "printf '%s\\n' 1 two"), tmp_path)
    assert status == 123
    assert "Traceback" not in err
    assert names(tmp_path) == {"eos.1.svg"}


def test_slant_the_handwriting(tmp_path):
    out, messages = follow("Slant the handwriting", tmp_path)
    assert (out, messages) == ("", ["wrote slanted.svg"])
    assert names(tmp_path) == {"slanted.svg"}
    assert shell("hw sample --seed 8 --render plain -o upright.svg", tmp_path)[0] == 0
    upright, slanted = (points(svg(tmp_path / f"{name}.svg")) for name in ("upright", "slanted"))
    assert upright.shape == slanted.shape == (60, 2)
    # the affine map between the two: a scale, and x - 0.4 y
    with_one = np.column_stack([upright, np.ones(len(upright))])
    (x, y, _), residuals, *_ = np.linalg.lstsq(with_one, slanted)
    scale = x[0]
    np.testing.assert_allclose([x, y], [[scale, 0], [-0.4 * scale, scale]], atol=0.01 * scale)
    assert np.sqrt(residuals.max() / len(upright)) < 0.5


@pytest.mark.cairo
def test_embed_a_picture_in_a_page(tmp_path):
    assert follow("Embed a picture in a page", tmp_path) == ("", [])
    assert names(tmp_path) == {"letter.html"}
    html = (tmp_path / "letter.html").read_text("utf-8")
    found = re.fullmatch(
        r'<!doctype html>.*</title>\n<img alt="[^"]+" src="data:image/png;base64,([A-Za-z0-9+/=]+)">\n', html
    )
    assert found, html[:300]
    png = base64.b64decode(found[1], validate=True)
    picture = Image.open(io.BytesIO(png))
    picture.load()  # raises where the file is cut off
    assert (picture.format, picture.width) == ("PNG", 800)
    assert np.asarray(picture.convert("L")).min() < 100


def test_train_on_samples(tmp_path):
    out, messages = follow("Train on samples", tmp_path)
    assert names(tmp_path) == {"demo", "pupil", "curve.tsv", "pupil.svg"}
    assert "wrote pupil.svg" in messages
    lines = open_dataset(tmp_path / "demo").lines
    assert {line.split for line in lines} == {"train", "valid"}
    assert {line.id for line in lines} <= {f"6-{k}" for k in range(40)}
    ((epoch, loss),) = [row.split("\t") for row in (tmp_path / "curve.tsv").read_text().splitlines()]
    assert epoch == "1"
    assert re.fullmatch(r"-?\d+\.\d+\n", out), out  # only the log-loss is on stdout
    assert float(out) == pytest.approx(float(loss), abs=0.01)
    assert inks(svg(tmp_path / "pupil.svg")) == ["6-0"]


def test_plot_the_line_with_the_fewest_lifts(tmp_path):
    longer = {"HW_SAMPLE_POINTS": "150"}
    out, messages = follow("Plot the line with the fewest lifts", tmp_path, **longer)
    assert messages == []
    assert names(tmp_path) == {"cursive.ndjson", "plot.svg"}
    (kept,) = [json.loads(line) for line in (tmp_path / "cursive.ndjson").read_text().splitlines()]
    all_forty = sample("--count 40 --seed 3", tmp_path, **longer)
    assert kept in all_forty
    counts = [len(ink["strokes"]) for ink in all_forty]
    assert len(kept["strokes"]) == min(counts) < max(counts)
    plot = svg(tmp_path / "plot.svg")
    assert (plot.get("width"), plot.get("height")) == ("210mm", "148mm")
    assert {element.tag.removeprefix(SVG) for element in plot.iter()} == {"svg", "g", "title", "path"}
    assert [layer.get(LABEL) for layer in plot.findall(f"{SVG}g")] == ["1 line 1"]
    assert 1 <= int(out) == len(paths(plot)) <= len(kept["strokes"])


@pytest.mark.cairo
def test_redraw_only_what_changed(tmp_path):
    title = "Redraw only what changed"
    (makefile,) = blocks(title, "make")
    (tmp_path / "Makefile").write_text(makefile)
    follow(title, tmp_path)
    assert names(tmp_path) == {
        "Makefile", "hand.7.ndjson", "hand.8.ndjson", "hand.7.svg", "hand.8.svg", "hand.7.gif",
    }  # fmt: skip
    for seed in (7, 8):
        picture = svg(tmp_path / f"hand.{seed}.svg")
        assert inks(picture) == [f"{seed}-0"]
        assert len(list(picture.iter(f"{SVG}image"))) == 1
    assert film_length(tmp_path / "hand.7.gif") == pytest.approx(4 + 1.5)
    again, _ = follow(title, tmp_path)
    assert "hw " not in again
    before = {path.name: path.stat() for path in tmp_path.iterdir()}
    late = max(stat.st_mtime for stat in before.values())
    for path in tmp_path.iterdir():  # only one ink is newer than the pictures
        newer = path.name == "hand.7.ndjson"
        os.utime(path, (late, late + newer))
    third, _ = follow(title, tmp_path)
    drawn = {line for line in third.splitlines() if line.startswith("hw ")}
    assert {line.rpartition(" ")[2] for line in drawn} == {"hand.7.svg", "hand.7.gif"}
    assert len(drawn) == 2


def film_length(path: Path) -> float:
    """Return the duration of a film in seconds, summed over its frames."""
    film = Image.open(path)
    assert film.n_frames > 10
    hundredths = 0.0
    for number in range(film.n_frames):
        film.seek(number)
        film.load()
        hundredths += film.info["duration"] / 10
    return hundredths / 100


def test_an_ink_is_longer_than_one_atomic_pipe_write(tmp_path):
    """POSIX guarantees atomic writes to a pipe only up to PIPE_BUF, 4096 bytes on Linux."""
    status, out, _ = shell("hw sample --seed 1 --no-prediction", tmp_path, HW_SAMPLE_POINTS="700")
    assert status == 0
    assert len(out) > 4096
