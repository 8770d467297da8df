"""Bad input: one clear error line, an exit status, no traceback, and no files left behind."""

import json
import os
import shutil
import stat

import pytest

from handmade import files_in, hw, hw_here, iam_folder, iam_xml, refused, tar, tiny_dataset, tiny_model

WHOLE = iam_xml()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with the good and bad files that the rows below name; no row may change it."""
    root = tmp_path_factory.mktemp("bad")
    tiny_model(root / "m.safetensors")
    (root / "cut.safetensors").write_bytes((root / "m.safetensors").read_bytes()[:-9])
    (root / "pickle.pt").write_bytes(b"\x80\x04\x95\x10")
    data = (root / "m.safetensors").read_bytes()
    (root / "later.safetensors").write_bytes(data.replace(b'\\"version\\": 1', b'\\"version\\": 7'))
    for name, content in {
        "good.xml": WHOLE, "cut.xml": WHOLE[: len(WHOLE) // 2], "svg.xml": b"<svg/>", "none.xml": iam_xml([]),
        "absurd.xml": iam_xml([[(1, 2), (10**12, 2)]]), "empty.xml": b"", "text.txt": b"no ink here\n",
        "bad.ndjson": b'{"hw":1,"strokes":[[[0,0]]]}\n{"hw":1,"strokes":7}\n',
        "later.ndjson": b'{"hw":9,"strokes":[]}',
        "nothing.ndjson": b'{"hw":1,"strokes":[]}\n', "latin.toml": b"[train]\nlr = 0.1 # caf\xe9\n",
        "typo.toml": b"[train]\nbatchsize = 3\n", "cut.tar.gz": b"\x1f\x8b\x08\x00",
    }.items():  # fmt: skip
        (root / name).write_bytes(content)
    (root / "empty").mkdir()
    (root / "nested" / "deep").mkdir(parents=True)
    (root / "nested" / "deep" / "README.txt").write_text("no ink\n")
    tiny_dataset(root / "data")
    for name in ("missing", "flipped", "later"):
        tiny_dataset(root / f"data-{name}")
    (root / "data-missing" / "lines.npy").unlink()
    offsets = root / "data-flipped" / "offsets.npy"
    offsets.write_bytes(offsets.read_bytes()[:-7] + b"\x55" + offsets.read_bytes()[-6:])
    manifest = json.loads((root / "data-later" / "manifest.json").read_text())
    (root / "data-later" / "manifest.json").write_text(json.dumps(manifest | {"version": 9}))
    tar(root / "evil.tar", {"../evil.xml": WHOLE})
    iam_folder(root / "iam", {"a01-000u": 2})
    return root


# command line, exit status, words of the error line or its hint
ROWS = [
    # preprocess
    ("preprocess nowhere -o d", 1, ["nowhere"]),
    ("preprocess '' -o d", 2, ["SOURCE cannot be empty"]),
    ("preprocess empty -o d", 1, ["empty"]),
    ("preprocess nested -o d", 1, ["nested", "README.txt"]),
    ("preprocess cut.xml -o d", 1, ["cut.xml", "invalid XML", "line"]),
    ("preprocess svg.xml -o d", 1, ["svg.xml"]),
    ("preprocess none.xml -o d", 1, ["none.xml", "no point"]),
    ("preprocess absurd.xml -o d", 1, ["absurd.xml", "line 6", "1000000000000"]),
    ("preprocess empty.xml -o d", 1, ["empty.xml", "empty"]),
    ("preprocess cut.tar.gz -o d", 1, ["cut.tar.gz", "damaged"]),
    ("preprocess evil.tar -o d", 1, ["evil", "outside the archive"]),
    ("preprocess iam -o nowhere/d", 1, ["nowhere", "does not exist", "mkdir"]),
    ("preprocess iam -o data", 1, ["data already exists", "--overwrite"]),
    ("preprocess iam -o empty --overwrite", 1, ["empty is not a dataset"]),
    ("preprocess iam -o d --transcripts nowhere.tar.gz", 1, ["nowhere.tar.gz"]),
    ("preprocess iam -o d --transcripts iam", 1, ["iam", "no transcript"]),
    ("preprocess iam -o d --split train", 2, ["--split train", "NAME=FILE"]),
    ("preprocess iam -o d --split train=nowhere.txt", 1, ["nowhere.txt"]),
    ("preprocess iam -o d --valid-fraction 2", 2, ["--valid-fraction", "from 0 to 0.9"]),
    ("preprocess iam -o d --min-points 0", 2, ["--min-points", "at least"]),
    ("preprocess iam -o d --format klingon", 2, ["klingon", "iam"]),
    # sample
    ("sample --points 0", 2, ["--points must be a whole number of at least 1, not 0"]),
    ("sample --count -3", 2, ["--count"]),
    ("sample --seed -1", 2, ["--seed"]),
    ("sample --bias -1", 2, ["--bias"]),
    ("sample --bias nan", 2, ["--bias"]),
    ("sample --temperature 0", 2, ["--temperature"]),
    ("sample --model nobody", 1, ["nobody", "iam-prediction"]),
    ("sample --model cut.safetensors", 1, ["cut.safetensors"]),
    ("sample --model pickle.pt", 1, ["pickle.pt"]),
    ("sample --model later.safetensors", 1, ["later.safetensors", "version 7"]),
    ("sample --model good.xml", 1, ["good.xml"]),
    ("sample --model empty", 1, ["empty is an empty folder"]),
    ("sample --model data", 1, ["data is a dataset, not a model", "hw train data -o run"]),
    ("preprocess good.xml -o d --fit empty", 1, ["empty is an empty folder"]),
    ("sample --model m.safetensors --points 1000000000000", 1, ["points"]),
    ("sample --model m.safetensors -o nowhere/x.svg", 1, ["nowhere", "does not exist", "mkdir"]),
    ("sample --model m.safetensors -o empty", 2, ["empty", "suffix"]),
    ("sample --model m.safetensors -o x.docx", 2, [".docx"]),
    ("sample --model m.safetensors -f klingon", 2, ["klingon", "svg"]),
    ("sample --model m.safetensors --render klingon -o x.svg", 2, ["klingon", "color"]),
    ("sample --model m.safetensors --render color,plain", 2, ["-o"]),
    ("sample --model m.safetensors --render color -o x.ndjson", 2, ["ndjson"]),
    # render
    ("render nowhere.xml", 1, ["nowhere.xml", "no such file"]),
    ("render empty", 1, ["empty", "directory"]),
    ("render ''", 1, []),
    ("render -", 1, ["stdin"]),
    ("render text.txt", 1, ["text.txt", "unknown ink format"]),
    ("render cut.xml", 1, ["cut.xml", "line"]),
    ("render bad.ndjson", 1, ["bad.ndjson, line 2", "strokes"]),
    ("render later.ndjson", 1, ["later.ndjson, line 1", "version 9"]),
    ("render nothing.ndjson", 1, ["nothing"]),
    ("render good.xml --style klingon", 2, ["klingon", "color"]),
    ("render good.xml --style colour", 2, ["colour", "color"]),
    ("render good.xml -O width=much", 2, ["width"]),
    ("render good.xml -O colour=red", 2, ["colour"]),
    ("render good.xml -O color", 2, ["color"]),
    ("render good.xml --width -3mm", 2, ["-3mm"]),
    ("render good.xml --style eos", 1, ["--model"]),
    ("render good.xml -o nowhere/x.svg", 1, ["nowhere", "does not exist"]),
    ("render good.xml --input-format ndjson", 1, ["good.xml, line 1"]),
    ("render good.xml -O widht=1", 2, ["widht", "width"]),
    ("render good.xml -O smooth=perhaps", 2, ["smooth", "yes or no"]),
    ("render good.xml -O join=3 -o x.png", 2, ["join", "dpi"]),
    ("render good.xml -O join=3lightyears", 2, ["join", "lightyears", "mm"]),
    ("render good.xml --style pdf", 1, ["--model"]),
    ("render good.xml --width 0", 2, ["width", "above 0"]),
    ("render good.xml --width 0mm --height 0mm", 2, ["width"]),
    ("render good.xml --width 10 --margin 5", 2, ["margin", "no room"]),
    ("render good.xml --paper a44", 2, ["a44", "a4"]),
    ("render good.xml --paper a4 --width 3in", 2, ["paper"]),
    ("render good.xml --landscape", 2, ["landscape", "--paper"]),
    ("render good.xml --background klingon", 2, ["klingon"]),
    ("render good.xml --caption ids", 2, ["ids", "id"]),
    ("render good.xml --grid 0", 2, ["--grid"]),
    ("render good.xml --dpi 300 -o x.svg", 2, ["--dpi", "svg", "png"]),
    ("render good.xml --fps 10 -o x.png", 2, ["--fps", "gif"]),
    ("render good.xml --fps 51 -o x.gif", 2, ["fps", "50"]),
    ("render good.xml --hold -1 -o x.gif", 2, ["hold", "0 to 600"]),
    ("render good.xml --duration 1 --speed 2 -o x.gif", 2, ["duration", "speed"]),
    ("render good.xml --dpi 96 --scale 1 -o x.png", 2, ["dpi", "scale"]),
    ("render good.xml --scale 1000 -o x.png", 1, ["too large", "largest scale"]),
    ("render good.xml --dpi 1000000 -o x.gif", 1, ["too large", "dpi"]),
    ("render good.xml -o x.jpeg", 2, [".jpeg", ".gif"]),
    # train, evaluate
    ("train nowhere -o run", 1, ["nowhere", "hw preprocess"]),
    ("train empty -o run", 1, ["empty", "manifest.json"]),
    ("train data-missing -o run", 1, ["lines.npy"]),
    ("train data-flipped -o run", 1, ["offsets.npy", "damaged"]),
    ("train data-later -o run", 1, ["data-later", "version 9"]),
    ("train data -o iam", 1, ["iam", "not a run"]),
    ("train data -o run --epochs 0", 2, ["--epochs"]),
    ("train data -o run --lr 0", 2, ["--lr"]),
    ("train data -o run --schedule cosin", 2, ["cosin", "cosine"]),
    ("train --resume -o nowhere", 1, ["nowhere", "no run"]),
    ("train data -o run --from data", 1, ["data is a dataset, not a model"]),
    ("evaluate nowhere", 1, ["nowhere"]),
    ("evaluate data --model empty", 1, ["empty is an empty folder"]),
    ("evaluate data --split klingon --model m.safetensors", 1, ["klingon", "train, valid"]),
    # settings
    ("--config nowhere.toml config", 1, ["nowhere.toml"]),
    ("--config typo.toml config", 2, ["typo.toml", "batchsize", "batch_size"]),
    ("--config latin.toml sample", 2, ["latin.toml"]),
]  # fmt: skip


def typed(line: str) -> list[str]:
    return [word.replace("''", "") for word in line.split()]


@pytest.mark.parametrize(("line", "status", "words"), ROWS, ids=[row[0] for row in ROWS])
def test_errors_are_one_line_and_leave_no_files(folder, line, status, words):
    before, names = files_in(folder), set(os.listdir(folder))
    done = hw_here(*typed(line), cwd=folder)
    after = files_in(folder)
    for name in set(os.listdir(folder)) - names:  # files left by one row must not affect the next
        shutil.rmtree(folder / name) if (folder / name).is_dir() else (folder / name).unlink()
    refused(done, *words, status=status)
    assert done.out == b""
    assert after == before


@pytest.mark.parametrize("line", ["sample --points many", "sample --klingon", "klingon"])
def test_invalid_command_line_is_one_error_line_with_status_2(folder, line):
    done = hw_here(*typed(line), cwd=folder)
    refused(done, status=2)
    assert done.out == b""


def test_preprocess_reads_good_files_and_names_bad_ones(folder, tmp_path):
    names = ["good.xml", "cut.xml", "svg.xml", "none.xml", "absurd.xml", "empty.xml", "text.txt"]
    done = hw("preprocess", *names, "-o", tmp_path / "d", cwd=folder)
    assert done.status == 0, done
    report = json.loads((tmp_path / "d" / "report.json").read_text())
    assert report["kept"]["lines"] == 1
    assert {entry["source"] for entry in report["left_out"]} == set(names[1:])
    assert "left out 6" in done.err


def test_render_writes_nothing_if_any_ink_is_bad(folder):
    done = hw("render", "good.xml", "bad.ndjson", "-o", "x.svg", cwd=folder)
    refused(done, "bad.ndjson, line 2")
    assert not (folder / "x.svg").exists()


def test_existing_file_survives_a_failure(folder, tmp_path):
    (tmp_path / "x.svg").write_text("mine")
    refused(hw("render", "cut.xml", "-o", tmp_path / "x.svg", cwd=folder), "cut.xml")
    assert (tmp_path / "x.svg").read_text() == "mine"


def test_unknown_variable_names_the_nearest(folder):
    refused(hw("config", cwd=folder, HW_SAMPLE_POINT="3"), "HW_SAMPLE_POINT", "HW_SAMPLE_POINTS", status=2)


def test_markup_in_file_names_is_shown_verbatim(folder):
    refused(hw("render", "[red]x[/red].xml", cwd=folder), "[red]x[/red].xml")


def test_file_name_that_is_not_utf_8_is_one_error_line(folder):
    refused(hw("render", os.fsdecode(b"caf\xe9.xml"), cwd=folder), "no such file")


def test_overflowing_coordinates_are_refused(folder):
    ink = b'{"hw":1,"strokes":[[[0,0],[1e300,1],[5,1e300]]]}\n'
    for arguments in (["--style", "plain"], ["--style", "eos", "--model", "m.safetensors"]):
        refused(hw_here("render", *arguments, cwd=folder, stdin=ink))


def test_debug_prints_the_traceback(folder):
    done = hw("--debug", "render", "nowhere.xml", cwd=folder)
    assert done.status == 1
    assert "Traceback" in done.err


def test_output_to_a_named_pipe_is_written_into_it(folder, tmp_path):
    """The same holds for /dev/stdout and /dev/null: a device must not be replaced by a file."""
    os.mkfifo(tmp_path / "x.svg")
    reader = os.open(tmp_path / "x.svg", os.O_RDONLY | os.O_NONBLOCK)
    try:
        done = hw("render", "good.xml", "-o", tmp_path / "x.svg", cwd=folder)
        assert stat.S_ISFIFO((tmp_path / "x.svg").stat().st_mode)
        assert done.status == 0, done
        assert os.read(reader, 4) == b"<svg"
    finally:
        os.close(reader)


def test_output_to_a_link_replaces_its_target(folder, tmp_path):
    (tmp_path / "real.svg").write_text("old")
    (tmp_path / "link.svg").symlink_to("real.svg")
    assert hw("render", "good.xml", "-o", tmp_path / "link.svg", cwd=folder).status == 0
    assert (tmp_path / "link.svg").is_symlink()
    assert (tmp_path / "real.svg").read_text().startswith("<svg")


def test_named_pipe_in_a_source_folder_does_not_block(tmp_path):
    iam_folder(tmp_path / "in", {"a01-000u": 1})
    os.mkfifo(tmp_path / "in" / "pipe.xml")
    done = hw("preprocess", "in", "-o", "d", cwd=tmp_path, timeout=15)
    assert done.status == 0, done
