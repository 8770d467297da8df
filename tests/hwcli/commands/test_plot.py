"""hw plot as a user runs it: formats, terminals, several runs, and damaged metrics."""

from __future__ import annotations

import json
import os
import re
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pexpect
import pytest

from handmade import TINY, environment, files_in, hw, hw_here, refused, tiny_dataset
from loading import loaded_by

SVG = "{http://www.w3.org/2000/svg}"


def write(run: Path, rows: list[Any], end: str = "\n") -> Path:
    """Write a run's folder with these rows of metrics: objects, or strings as they are."""
    run.mkdir(parents=True, exist_ok=True)
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    (run / "metrics.jsonl").write_text("\n".join(lines) + end)
    return run


def rows(epochs: int = 4, per: int = 100, level: float = -1.5, valid: bool = True) -> list[dict[str, Any]]:
    """Rows as hw train writes them."""
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
    """Two usual runs, one in its first epoch, and one without a valid split."""
    root: Path = tmp_path_factory.mktemp("plot")
    write(root / "run", rows())
    write(root / "wide", rows(epochs=6, level=-1.6))
    write(root / "young", rows()[:5])
    write(root / "novalid", rows(valid=False))
    return root


def texts(svg: bytes) -> list[str]:
    return [text.text or "" for text in ET.fromstring(svg).iter(f"{SVG}text")]


def plotted(folder: Path, *arguments: str) -> list[str]:
    """The texts of the SVG that hw plot writes to stdout without any message."""
    done = hw_here("plot", *arguments, cwd=folder)
    assert (done.status, done.err) == (0, ""), done
    return texts(done.out)


def test_folder_run_is_the_default(folder: Path) -> None:
    found = plotted(folder)
    assert {"run: best −1.4500 (epoch 4)", "validation", "training, mean over 50 steps"} <= set(found)
    assert {"epochs", "nats per point", "−1.4500", "0", "4"} <= set(found)


def test_run_of_hw_train_is_plotted(tmp_path: Path) -> None:
    tiny_dataset(tmp_path / "data")
    how = ["--epochs", "2", "--batch-size", "2", "--window", "5", "--seed", "1", *TINY]
    assert hw("train", "data", "-o", "mine", *how, cwd=tmp_path).status == 0
    for what in ("loss", "sequence", "sse", "lr", "gradient", "speed"):
        found = plotted(tmp_path, "mine", "--what", what)
        assert any(text.startswith("mine") for text in found)


@pytest.mark.parametrize(("format_", "magic"), [("svg", b"<?xml"), ("png", b"\x89PNG"), ("pdf", b"%PDF")])
def test_format_is_chosen_by_name_or_suffix(folder: Path, tmp_path: Path, format_: str, magic: bytes) -> None:
    out = hw_here("plot", "run", "wide", "-f", format_, cwd=folder).out
    done = hw_here("plot", "run", "wide", "-o", tmp_path / f"x.{format_}", cwd=folder)
    assert done.status == 0, done
    assert f"wrote {tmp_path / f'x.{format_}'}" in done.err
    assert out.startswith(magic)
    assert (tmp_path / f"x.{format_}").read_bytes() == out


def test_size_is_a_length(folder: Path) -> None:
    svg = hw_here("plot", "--width", "100mm", "--height", "200px", cwd=folder).out
    root = ET.fromstring(svg)
    assert float(root.get("width", "").removesuffix("pt")) == pytest.approx(100 / 25.4 * 72)
    assert root.get("height") == "150pt"


@pytest.mark.parametrize("columns", [60, 80])
def test_text_has_the_width_of_columns_and_no_colour_in_a_pipe(folder: Path, columns: int) -> None:
    done = hw_here("plot", "run", "wide", "-f", "term", cwd=folder, COLUMNS=str(columns))
    text = done.out.decode()
    assert columns - 1 <= max(map(len, text.splitlines())) <= columns
    assert "\x1b" not in text
    assert all(symbol in text for symbol in "●■★")
    assert any(0x2800 < ord(c) <= 0x28FF for c in text)


def at_a_terminal(folder: Path, *arguments: str, lines: int, columns: int, **env: str) -> str:
    size = {"COLUMNS", "LINES"}  # would override the terminal's own size
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
def test_terminal_gets_a_coloured_chart_that_fits(folder: Path, lines: int, columns: int) -> None:
    seen = at_a_terminal(folder, "run", "wide", lines=lines, columns=columns)
    assert "\x1b[38;2;" in seen
    bare = re.sub(r"\x1b\[[\d;]*m", "", seen).splitlines()
    assert len(bare) < lines  # the prompt comes below
    assert columns - 1 <= max(map(len, bare)) <= columns
    assert "epochs" in "".join(bare)


def test_no_color_is_respected(folder: Path) -> None:
    assert "\x1b" not in at_a_terminal(folder, "run", lines=30, columns=80, NO_COLOR="1")


def test_runs_are_compared_with_references(folder: Path) -> None:
    found = plotted(
        folder, "run", "wide", "--what", "sequence", "--reference", "-1057.7", "--reference", "Graves=-1041.0"
    )
    assert {"−1057.7", "Graves −1041", "nats per sequence"} <= set(found)
    assert {"run: best −906.2 (epoch 4)", "wide: best −979.2 (epoch 6)"} <= set(found)


def test_ylim_sets_the_range(folder: Path) -> None:
    assert {"−3.00", "−1.00"} <= set(plotted(folder, "--ylim", "-3:-1"))
    assert "5" in plotted(folder, "--ylim", ":5")


def test_x_sets_the_unit(folder: Path) -> None:
    assert "steps" in plotted(folder, "--x", "steps")
    assert "steps" in plotted(folder, "young")
    done = hw_here("plot", "run", "young", cwd=folder)
    assert "young has not completed an epoch yet" in done.err
    assert "steps" in texts(done.out)


def test_run_without_validation_is_plotted_or_left_out(folder: Path) -> None:
    found = plotted(folder, "novalid")
    assert {"novalid", "training, mean over 50 steps"} <= set(found)
    assert not any("best" in text or "validation" in text for text in found)
    done = hw_here("plot", "novalid", "run", "--what", "sse", cwd=folder)
    assert done.status == 0
    assert "novalid/metrics.jsonl: left out" in done.err
    assert not any("novalid" in text for text in texts(done.out))


def test_incomplete_last_line_is_ignored(tmp_path: Path) -> None:
    write(tmp_path / "run", [*rows(), '{"step": 4'], end="")
    assert "run: best −1.4500 (epoch 4)" in plotted(tmp_path)


def test_damaged_lines_are_skipped_with_a_warning(tmp_path: Path) -> None:
    bad = ["what?", "[]", "3", '{"loss": 1}', '{"step": "x"}', "[" * 9999, '{"step": -1, "loss": 9}']
    write(tmp_path / "run", [*rows()[:20], *bad, "", *rows()[20:]])
    done = hw_here("plot", cwd=tmp_path)
    assert done.status == 0, done
    assert "7 lines, the first at line 21" in done.err
    assert "run: best −1.4500 (epoch 4)" in texts(done.out)


DAMAGED: dict[str, list[Any]] = {
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


@pytest.mark.parametrize("name", DAMAGED)
@pytest.mark.parametrize("format_", ["svg", "term"])
def test_odd_metrics_are_drawn_with_finite_numbers(tmp_path: Path, name: str, format_: str) -> None:
    write(tmp_path / "run", DAMAGED[name])
    done = hw_here("plot", "-f", format_, "--smooth", "3", cwd=tmp_path)
    assert done.status == 0, done
    assert "Traceback" not in done.err
    text = done.out.decode()
    assert not re.search(r"\bnan\b|\binf\b", text)
    if format_ == "svg":
        paths = "".join(re.findall(r' d="(M[^"]*)"', text))
        numbers = [float(number) for number in re.findall(r"\d*\.?\d+", paths)]
        assert 0 < max(numbers) < 1300


@pytest.mark.parametrize("name", ["<b>&\"'", "a\x1b[31mb", "漢字かな" * 20, "x" * 200, "-", "$x$", "_x"])
def test_run_names_are_only_names(tmp_path: Path, name: str) -> None:
    write(tmp_path / name, rows())
    for format_ in ("svg", "term"):
        done = hw_here("plot", "-f", format_, "--", name, cwd=tmp_path)
        assert done.status == 0, done
        assert b"\x1b" not in done.out
    ET.fromstring(hw_here("plot", "--", name, cwd=tmp_path).out)


def test_twelve_runs_are_plotted(tmp_path: Path) -> None:
    names = [f"run-{k}" for k in range(12)]
    for k, name in enumerate(names):
        write(tmp_path / name, rows(level=-1.5 - 0.01 * k))
    assert sum(text.startswith("run-") for text in plotted(tmp_path, *names)) == 12
    done = hw_here("plot", *names, "-f", "term", cwd=tmp_path)
    assert done.status == 0, done
    assert "run-11" in done.out.decode()


BAD = [
    ("plot nowhere", 1, ["nowhere", "no such folder", "hw train"]),
    ("plot", 1, ["cannot plot run"]),
    ("plot nothing", 1, ["nothing", "no metrics.jsonl"]),
    ("plot empty", 1, ["empty/metrics.jsonl", "empty", "nothing has been measured"]),
    ("plot blank", 1, ["blank/metrics.jsonl", "nothing has been measured"]),
    ("plot garbage", 1, ["garbage/metrics.jsonl", "no metrics"]),
    (f"plot {'x' * 300}", 1, ["xxx", "too long"]),
    ("plot folder", 1, ["folder/metrics.jsonl", "directory"]),
    ("plot nulls", 1, ["nulls/metrics.jsonl", "no finite loss"]),
    ("plot good nowhere", 1, ["nowhere"]),
    ("plot good --what speeed", 2, ["speeed", "speed"]),
    ("plot novalid --what sequence", 1, ["novalid", "valid_nats_per_sequence", "validation lines"]),
    ("plot young --x epochs", 1, ["young", "--x steps"]),
    ("plot good --x hours", 2, ["hours", "epochs or steps"]),
    ("plot good --reference Graves", 2, ["Graves", "not a finite number"]),
    ("plot good --reference nan", 2, ["nan"]),
    ("plot good --reference 1e400", 2, ["1e400"]),
    ("plot good --ylim 3", 2, ["--ylim 3", "LOW:HIGH"]),
    ("plot good --ylim :", 2, ["LOW:HIGH"]),
    ("plot good --ylim a:3", 2, ["a:3"]),
    ("plot good --ylim 3:1", 2, ["3:1", "LOW must be below HIGH"]),
    ("plot good --ylim 3:", 2, ["empty or too narrow range: 3 to", "values lie"]),
    ("plot good --ylim 0:5e-324", 2, ["--ylim"]),
    ("plot good --smooth -1", 2, ["--smooth"]),
    ("plot good --smooth nan", 2, ["--smooth"]),
    ("plot good -f klingon", 2, ["klingon", "svg, png, pdf, html, term"]),
    ("plot good -f gif", 2, ["gif", "svg, png, pdf, html, term"]),
    ("plot good -o x.docx", 2, ["docx"]),
    ("plot good -o x", 2, ["-o x", "suffix"]),
    ("plot good -o nowhere/x.svg", 1, ["nowhere", "does not exist"]),
    ("plot good -f term --width 80", 2, ["--width does not apply to term", "COLUMNS"]),
    ("plot good --width wide", 2, ["--width", "210mm"]),
    ("plot good --width 9in --height 0", 2, ["--height"]),
    ("plot good --width 99999", 2, ["--width", "20000"]),
    ("plot good --width 100 --height 40", 2, ["no room", "--width"]),
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
def test_bad_input_is_refused_in_one_line_and_leaves_no_file(
    bad: Path, line: str, status: int, words: list[str]
) -> None:
    before = files_in(bad)
    done = hw_here(*line.split(), cwd=bad)
    refused(done, *words, status=status)
    assert done.out == b""
    assert files_in(bad) == before


def test_unreadable_file_is_named(tmp_path: Path) -> None:
    write(tmp_path / "run", rows())
    (tmp_path / "run" / "metrics.jsonl").chmod(0)
    if os.access(tmp_path / "run" / "metrics.jsonl", os.R_OK):
        pytest.skip("this user may read everything")
    refused(hw_here("plot", cwd=tmp_path), "metrics.jsonl", "permission")


@pytest.mark.parametrize(("format_", "library"), [("svg", "matplotlib"), ("term", "plotext")])
def test_missing_library_is_named_with_its_remedy(
    folder: Path, monkeypatch: pytest.MonkeyPatch, format_: str, library: str
) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == library]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, library, None)
    refused(hw_here("plot", "-f", format_, cwd=folder), library, 'pip install "hwcli[plot]"')


def test_matplotlibrc_does_not_change_a_chart(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "matplotlibrc").write_text("axes.grid: False\nfont.size: 40\nsvg.fonttype: path\n")
    plain = hw("plot", "run", cwd=folder)
    assert plain.status == 0, plain
    assert hw("plot", "run", cwd=folder, MATPLOTLIBRC=str(tmp_path / "matplotlibrc")).out == plain.out


def test_equal_metrics_give_equal_bytes(folder: Path) -> None:
    one, two = (hw("plot", "run", "wide", cwd=folder).out for _ in range(2))
    assert one == two
    assert one.startswith(b"<?xml")


def test_plot_loads_neither_torch_nor_pyplot(folder: Path) -> None:
    loaded = loaded_by("plot", "run", "-o", os.devnull, "-f", "svg", cwd=folder)
    assert "matplotlib" in loaded
    assert not {"torch", "tkinter"} & loaded


@pytest.mark.parametrize("line", ["--help", "plot --help", "models", "render --list", "sample --points 20"])
def test_other_commands_load_no_charting_library(tmp_path: Path, line: str) -> None:
    assert not {"matplotlib", "plotext"} & loaded_by(*line.split(), cwd=tmp_path)
