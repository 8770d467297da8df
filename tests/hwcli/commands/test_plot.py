"""hw plot, as a user types it: formats, terminals, several runs, and metrics that are hardly any."""

from __future__ import annotations

import io
import json
import os
import re
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pexpect
import pytest
from PIL import Image

from handmade import TINY, environment, files_in, hw, hw_here, refused, tiny_dataset
from loading import loaded_by

SVG = "{http://www.w3.org/2000/svg}"


def write(run: Path, rows: list[Any], end: str = "\n") -> Path:
    """A run's folder with these rows of metrics: objects, or lines as they are."""
    run.mkdir(parents=True, exist_ok=True)
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    (run / "metrics.jsonl").write_text("\n".join(lines) + end)
    return run


def rows(epochs: int = 4, per: int = 100, level: float = -1.5, valid: bool = True) -> list[dict[str, Any]]:
    """What hw train writes."""
    made: list[dict[str, Any]] = []
    for step in range(10, epochs * per + 1, 10):
        loss = level + 20 / step
        more = {"lr": 0.005, "gradient_norm": 3 + 100 / step}
        made.append({"step": step, "epoch": (step - 1) // per + 1, "loss": loss, **more})
        if step % per == 0:
            end = {"step": step, "epoch": step // per, "train_nats_per_point": loss}
            if valid:
                end |= {"valid_nats_per_sequence": 625 * loss, "valid_nats_per_point": loss}
                end |= {"valid_sse_per_point": 0.5 - 0.01 * step / per}
            made.append({**end, "points_per_second": 3000, "of a later version": {"a": [1]}})
    return made


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs as they are, a young one, and one without a valid split."""
    root: Path = tmp_path_factory.mktemp("plot")
    write(root / "run", rows())
    write(root / "wide", rows(epochs=6, level=-1.6))
    write(root / "young", rows()[:5])
    write(root / "novalid", rows(valid=False))
    return root


def texts(svg: bytes) -> list[str]:
    return [text.text or "" for text in ET.fromstring(svg).iter(f"{SVG}text")]


def plotted(folder: Path, *arguments: str) -> list[str]:
    """The texts of the SVG that hw plot puts on stdout; nothing else may be said."""
    done = hw_here("plot", *arguments, cwd=folder)
    assert (done.status, done.err) == (0, ""), done
    return texts(done.out)


def test_bare_it_draws_the_folder_run(folder: Path) -> None:
    found = plotted(folder)
    assert "run: validation, best −1.4500 (epoch 4)" in found
    assert "training, mean over 50 steps" in found
    assert {"epochs", "nats a point", "−1.4500", "0", "4"} <= set(found)


def test_a_run_of_hw_train_can_be_plotted(tmp_path: Path) -> None:
    tiny_dataset(tmp_path / "data")
    how = ["--epochs", "2", "--batch-size", "2", "--window", "5", "--seed", "1", *TINY]
    assert hw("train", "data", "-o", "mine", *how, cwd=tmp_path).status == 0
    for what in ("loss", "sequence", "sse", "lr", "gradient", "speed"):
        found = plotted(tmp_path, "mine", "--what", what)
        assert any(text.startswith("mine") for text in found)


@pytest.mark.cairo
def test_every_format_by_name_and_by_suffix(folder: Path, tmp_path: Path) -> None:
    for format_, magic in (("svg", b"<svg"), ("png", b"\x89PNG"), ("gif", b"GIF89a")):
        quick = ["-O", "duration=0.2", "--width", "300"] if format_ == "gif" else []
        out = hw_here("plot", "run", "wide", "-f", format_, *quick, cwd=folder).out
        done = hw_here("plot", "run", "wide", "-o", tmp_path / f"x.{format_}", *quick, cwd=folder)
        assert done.status == 0, done
        assert out.startswith(magic)
        assert (tmp_path / f"x.{format_}").read_bytes() == out
    png = hw_here("plot", "-f", "png", "--width", "500", "--scale", "2", cwd=folder).out
    assert Image.open(io.BytesIO(png)).width == 1000


def test_in_a_file_or_a_pipe_text_is_80_columns_without_colours(folder: Path) -> None:
    done = hw_here("plot", "run", "wide", "-f", "term", cwd=folder)
    lines = done.out.decode().splitlines()
    assert 77 <= max(map(len, lines)) <= 80
    assert "\x1b" not in done.out.decode()
    assert any("●" in line for line in lines)
    assert any("■" in line for line in lines)
    assert any(0x2800 < ord(c) <= 0x28FF for c in done.out.decode())
    small = hw_here("plot", "-f", "term", "-O", "columns=60", "-O", "rows=18", cwd=folder).out.decode()
    assert len(small.splitlines()) == 18
    assert 57 <= max(map(len, small.splitlines())) <= 60


def at_a_terminal(folder: Path, *arguments: str, lines: int, columns: int, **env: str) -> str:
    size = {"COLUMNS", "LINES"}  # what runs the tests may have set them, and they go before the terminal's
    hidden = size if "NO_COLOR" in env else {*size, "NO_COLOR"}
    variables = {k: v for k, v in environment(**env).items() if k not in hidden}
    child = pexpect.spawn(
        sys.executable, ["-m", "hwcli", "plot", *arguments], cwd=str(folder), timeout=120,
        env=variables | {"TERM": "xterm-256color"}, dimensions=(lines, columns),
    )  # fmt: skip
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0, child.before
    seen: bytes = child.before
    return seen.decode()


@pytest.mark.parametrize(("lines", "columns"), [(40, 110), (24, 80), (15, 70)])
def test_a_terminal_gets_a_chart_that_fits_it_in_color(folder: Path, lines: int, columns: int) -> None:
    seen = at_a_terminal(folder, "run", "wide", lines=lines, columns=columns)
    assert "\x1b[38;2;" in seen
    bare = re.sub(r"\x1b\[[\d;]*m", "", seen).splitlines()
    assert len(bare) < lines  # the prompt comes below
    assert columns - 3 <= max(map(len, bare)) <= columns
    assert "epochs" in "".join(bare)


def test_no_color_is_obeyed(folder: Path) -> None:
    assert "\x1b" not in at_a_terminal(folder, "run", lines=30, columns=80, NO_COLOR="1")


def test_several_runs_are_compared_with_a_reference(folder: Path) -> None:
    found = plotted(
        folder, "run", "wide", "--what", "sequence", "--reference", "-1057.7", "--reference", "Graves=-1041.0"
    )
    assert {"−1057.7", "Graves −1041", "nats a sequence"} <= set(found)
    assert "run: best −906.2 (epoch 4)" in found
    assert "wide: best −979.2 (epoch 6)" in found


def test_the_range_of_y_is_what_was_asked_for(folder: Path) -> None:
    found = plotted(folder, "--ylim", "-3:-1")
    assert {"−3.0", "−1.0"} <= set(found)
    ticks = [float(text.replace("−", "-")) for text in plotted(folder, "--ylim", ":5") if text in "012345"]
    assert max(ticks) >= 4


def test_x_counts_what_was_asked_for(folder: Path) -> None:
    assert "steps" in plotted(folder, "--x", "steps")
    assert "steps" in plotted(folder, "young")
    done = hw_here("plot", "run", "young", cwd=folder)
    assert "young has not ended an epoch yet" in done.err
    assert "steps" in texts(done.out)


def test_a_run_without_validation_has_its_training_alone(folder: Path) -> None:
    found = plotted(folder, "novalid")
    assert "novalid: training, mean over 50 steps" in found
    assert not any("best" in text or "validation" in text for text in found)
    done = hw_here("plot", "novalid", "run", "--what", "sse", cwd=folder)
    assert done.status == 0
    assert "novalid" in done.err
    assert "left out" in done.err
    assert not any("novalid" in text for text in texts(done.out))


def test_a_row_cut_short_by_a_kill_is_passed_over(tmp_path: Path) -> None:
    write(tmp_path / "run", [*rows(), '{"step": 4'], end="")
    assert "run: validation, best −1.4500 (epoch 4)" in plotted(tmp_path)


def test_lines_that_are_no_metrics_are_left_out_and_named(tmp_path: Path) -> None:
    bad = ["what?", "[]", "3", '{"loss": 1}', '{"step": "x"}', "[" * 9999, '{"step": -1, "loss": 9}']
    write(tmp_path / "run", [*rows()[:20], *bad, "", *rows()[20:]])
    done = hw_here("plot", cwd=tmp_path)
    assert done.status == 0, done
    assert "7 lines (the first is 21) left out" in done.err
    assert "run: validation, best −1.4500 (epoch 4)" in texts(done.out)


HOSTILE: dict[str, list[Any]] = {
    "one row": [{"step": 10, "epoch": 1, "loss": 1.5}],
    "one row at step 0": [{"step": 0, "epoch": 1, "loss": 0}],
    "one epoch": [{"step": 10, "epoch": 1, "valid_nats_per_point": -1.5, "train_nats_per_point": 0}],
    "nulls among values": [{"step": s, "loss": None if s % 3 else -1.0 * s} for s in range(1, 40)],
    "nulls at the ends": [{"step": s, "loss": s if 10 < s < 20 else None} for s in range(1, 40)],
    "huge": [{"step": s, "loss": (-1) ** s * 10.0 ** (5 * s)} for s in range(1, 20)],
    "beyond doubles": ['{"step": 1, "loss": 1e999}', '{"step": 2, "loss": ' + "9" * 400 + "}", *rows()],
    "one outlier": [{"step": s, "loss": 1e99 if s == 7 else -1 - 0.01 * s} for s in range(1, 40)],
    "tiny": [{"step": s, "loss": 1e-310 * s} for s in range(1, 9)],
    "all equal": [{"step": s, "loss": -1.25} for s in range(1, 9)],
    "nearly equal": [{"step": s, "loss": 1e15 + s} for s in range(1, 9)],
    "far steps": [{"step": 2**53 - s, "loss": 1.0 * s} for s in range(1, 9)],
    "backwards": rows()[::-1],
    "twice": [*rows(), *rows()],
    "words for numbers": [{"step": 1, "loss": "low"}, {"step": 2, "loss": [1]}, *rows()],
    "odd epochs": [
        {"step": 9 * s, "epoch": e, "valid_nats_per_point": s} for s, e in enumerate([0, 5, 2, None])
    ],
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("format_", ["svg", "term"])
def test_metrics_that_are_hardly_any_are_drawn_in_finite_numbers(
    tmp_path: Path, name: str, format_: str
) -> None:
    write(tmp_path / "run", HOSTILE[name])
    done = hw_here("plot", "-f", format_, "--smooth", "3", cwd=tmp_path)
    assert done.status == 0, done
    assert "Traceback" not in done.err
    text = done.out.decode()
    assert not re.search(r"\bnan\b|\binf\b", text)
    if format_ == "svg":
        paths = "".join(re.findall(r' d="(M[^"]*)"', text))
        numbers = [float(number) for number in re.findall(r"\d*\.?\d+", paths)]
        assert 0 < max(numbers) < 1300


@pytest.mark.parametrize("name", ["<b>&\"'", "a\x1b[31mb", "漢字かな" * 20, "x" * 200, "-"])
def test_a_runs_name_is_only_a_name(tmp_path: Path, name: str) -> None:
    write(tmp_path / name, rows())
    for format_ in ("svg", "term"):
        done = hw_here("plot", "-f", format_, "--", name, cwd=tmp_path)
        assert done.status == 0, done
        assert b"\x1b" not in done.out
    ET.fromstring(hw_here("plot", "--", name, cwd=tmp_path).out)


def test_many_runs_find_room(tmp_path: Path) -> None:
    names = [f"run-{k}" for k in range(12)]
    for k, name in enumerate(names):
        write(tmp_path / name, rows(level=-1.5 - 0.01 * k))
    found = plotted(tmp_path, *names)
    assert sum(text.startswith("run-") for text in found) == 12


BAD = [
    ("plot nowhere", 1, ["nowhere", "no such folder", "hw train"]),
    ("plot", 1, ["no run in run"]),
    ("plot nothing", 1, ["nothing", "no metrics.jsonl"]),
    ("plot empty", 1, ["empty/metrics.jsonl", "empty", "nothing is measured"]),
    ("plot blank", 1, ["blank/metrics.jsonl", "nothing is measured"]),
    ("plot garbage", 1, ["garbage/metrics.jsonl", "no row"]),
    (f"plot {'x' * 300}", 1, ["xxx", "too long"]),
    ("plot folder", 1, ["folder/metrics.jsonl", "directory"]),
    ("plot nulls", 1, ["nulls/metrics.jsonl", "no finite loss"]),
    ("plot good nowhere", 1, ["nowhere"]),
    ("plot good --what speeed", 2, ["speeed", "speed"]),
    ("plot novalid --what sequence", 1, ["novalid", "valid_nats_per_sequence", "split valid"]),
    ("plot young --x epochs", 1, ["young", "--x steps"]),
    ("plot good --x hours", 2, ["hours", "epochs or steps"]),
    ("plot good --reference Graves", 2, ["Graves", "no number"]),
    ("plot good --reference nan", 2, ["nan"]),
    ("plot good --reference 1e400", 2, ["1e400"]),
    ("plot good --ylim 3", 2, ["--ylim 3", "two ends"]),
    ("plot good --ylim :", 2, ["two ends"]),
    ("plot good --ylim a:3", 2, ["a:3"]),
    ("plot good --ylim 3:1", 2, ["3:1", "lower"]),
    ("plot good --ylim 3:", 2, ["from 3", "values lie"]),
    ("plot good --ylim 0:5e-324", 2, ["--ylim"]),
    ("plot good --smooth -1", 2, ["--smooth"]),
    ("plot good --smooth nan", 2, ["--smooth"]),
    ("plot good -f klingon", 2, ["klingon", "svg"]),
    ("plot good -f ndjson", 2, ["ndjson"]),
    ("plot good -o x.docx", 2, [".docx"]),
    ("plot good -o nowhere/x.svg", 1, ["nowhere", "does not exist"]),
    ("plot good -O colour=red", 2, ["colour", "join"]),
    ("plot good -O columns=0 -f term", 2, ["columns"]),
    ("plot good --dpi 300", 2, ["--dpi", "svg"]),
    ("plot good --width 100", 2, ["no room"]),
    ("plot good -f term -O columns=12", 2, ["no room", "columns"]),
]


@pytest.fixture(scope="module")
def bad(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root: Path = tmp_path_factory.mktemp("bad")
    write(root / "good", rows())
    write(root / "novalid", rows(valid=False))
    write(root / "young", rows()[:5])
    write(root / "empty", [], end="")
    write(root / "blank", ["", " ", ""])
    write(root / "garbage", ["\x00\x01", "PK", '{"ste'])
    write(root / "nulls", [{"step": s, "epoch": 1, "loss": None} for s in range(9)])
    (root / "nothing").mkdir()
    (root / "folder" / "metrics.jsonl").mkdir(parents=True)
    return root


@pytest.mark.parametrize(("line", "status", "words"), BAD, ids=[row[0] for row in BAD])
def test_bad_input_gets_one_clear_line_and_leaves_nothing(
    bad: Path, line: str, status: int, words: list[str]
) -> None:
    before = files_in(bad)
    done = hw_here(*line.split(), cwd=bad)
    refused(done, *words, status=status)
    assert done.out == b""
    assert files_in(bad) == before


def test_what_cannot_be_opened_is_named(bad: Path, tmp_path: Path) -> None:
    write(tmp_path / "run", rows())
    (tmp_path / "run" / "metrics.jsonl").chmod(0)
    if os.access(tmp_path / "run" / "metrics.jsonl", os.R_OK):
        pytest.skip("this user may read everything")
    refused(hw_here("plot", cwd=tmp_path), "metrics.jsonl", "permission")


def test_settings_of_the_page_hold_and_those_of_ink_do_not_matter(folder: Path, tmp_path: Path) -> None:
    given = '[render]\nwidth = "700px"\nstyle = "eos"\nplotter = true\ngrid = 3\nfps = 3.0\n'
    (tmp_path / "hw.toml").write_text(given)
    done = hw_here("--config", tmp_path / "hw.toml", "plot", cwd=folder)
    assert done.status == 0, done
    assert ET.fromstring(done.out).get("width") == "700px"
    assert "epochs" in texts(done.out)


def test_the_same_metrics_give_the_same_bytes_and_torch_is_never_loaded(folder: Path) -> None:
    one, two = (hw("plot", "run", "wide", cwd=folder).out for _ in range(2))
    assert one == two
    assert one.startswith(b"<svg")
    assert "torch" not in loaded_by("plot", "run", "-o", os.devnull, "-f", "svg", cwd=folder)
