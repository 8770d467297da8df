"""Ctrl-C in commands that take long: one line says what is kept, within a second, and that is true."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from handmade import TINY, environment, hw_here, tiny_dataset, tiny_model
from hwcli.ink_io.files import read_inks

LINE = b'{"hw":1,"strokes":[[[0,0],[10,30],[20,0]],[[31,9],[40,7]]],"text":"hi"}\n'


@pytest.fixture
def folder(tmp_path):
    tiny_model(tmp_path / "m.safetensors")
    (tmp_path / "ink.ndjson").write_bytes(LINE * 20_000)
    return tmp_path


class Running:
    """hw with the signals of a terminal's foreground."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.out = folder / "stdout"
        with self.out.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "hwcli", *arguments], cwd=folder, env=environment(),
                stdout=out, stderr=subprocess.PIPE, text=True,
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
            )  # fmt: skip

    def interrupt(self) -> str:
        """Press Ctrl-C; return the last line on stderr."""
        start = time.monotonic()
        self.process.send_signal(signal.SIGINT)
        lines = self.process.stderr.read().splitlines()
        assert self.process.wait(60) == 130, lines
        assert time.monotonic() - start < 10  # on a busy machine; 0.2 s otherwise
        return lines[-1]

    def wait_until(self, condition) -> None:
        end = time.monotonic() + 60
        while not condition():
            assert self.process.poll() is None, self.process.stderr.read()
            assert time.monotonic() < end
            time.sleep(0.01)


def count(said: re.Match[str]) -> int:
    """Return how many are kept, which a busy machine may need a comma for."""
    return int(said[1].replace(",", ""))


def part(folder, suffix: str) -> bool:
    """Whether something of a file with that suffix is being written."""
    return any(found.stat().st_size > 20_000 for found in folder.glob(f".*{suffix}.*.hwtmp"))


def test_samples_in_a_file_of_ink_are_kept(folder):
    run = Running(
        folder, "sample", "-n", "100000", "--seed", "1", "--model", "m.safetensors", "-o", "a.ndjson"
    )
    run.wait_until(lambda: part(folder, ".ndjson"))
    said = re.fullmatch(r"stopped: ([\d,]+) of 100,000 samples are in a\.part\.ndjson", run.interrupt())
    assert said is not None
    found = read_inks(folder / "a.part.ndjson")
    assert [ink.id for ink in found] == [f"1-{k}" for k in range(count(said))]
    assert not (folder / "a.ndjson").exists()


def test_finished_pages_of_a_pdf_are_kept(folder):
    run = Running(folder, "render", "ink.ndjson", "-o", "a.pdf")
    run.wait_until(lambda: part(folder, ".pdf"))
    said = re.fullmatch(r"stopped: ([\d,]+) pages are in a\.part\.pdf", run.interrupt())
    assert said is not None
    pages = (folder / "a.part.pdf").read_bytes()
    assert len(re.findall(rb"/Type /Page\b", pages)) == count(said)
    assert not (folder / "a.pdf").exists()


def test_scored_ink_is_kept(folder):
    run = Running(folder, "sample", "--score", "ink.ndjson", "--model", "m.safetensors", "-o", "a.ndjson")
    run.wait_until(lambda: part(folder, ".ndjson"))
    said = re.fullmatch(r"stopped: ([\d,]+) inks are in a\.part\.ndjson", run.interrupt())
    assert said is not None
    assert len(read_inks(folder / "a.part.ndjson")) == count(said)


def test_readings_that_are_printed_are_counted(folder):
    run = Running(folder, "read", "ink.ndjson")
    run.wait_until(lambda: run.out.stat().st_size)
    said = re.fullmatch(r"stopped: ([\d,]+) inks? (was|were) read", run.interrupt())
    assert said is not None
    rows = [json.loads(line) for line in run.out.read_text().splitlines()]
    assert len(rows) == count(said)


def stopped(*_: object, **__: object) -> None:
    """Take the place of a function in which Ctrl-C is pressed."""
    raise KeyboardInterrupt


def interrupted(monkeypatch, place: str, *arguments: str, cwd: Path) -> str:
    """Run hw with Ctrl-C in the function at `place`; return the last line on stderr."""
    with monkeypatch.context() as patch:
        patch.setattr(place, stopped)
        done = hw_here(*arguments, cwd=cwd)
    assert (done.status, done.out) == (130, b"")
    return done.err.splitlines()[-1]


@pytest.mark.parametrize("model", ["iam-prediction", "unipen-reader"])
def test_figures_of_some_lines_are_not_printed(tmp_path, monkeypatch, model):
    (tmp_path / "ink.ndjson").write_bytes(LINE * 9)
    hw_here("preprocess", "ink.ndjson", "-o", "data", cwd=tmp_path)
    place = {
        "iam-prediction": "hwcli.evaluation.scoring.score_lines",
        "unipen-reader": "hwcli.evaluation.reader_errors.ReaderEvaluation.of",
    }[model]
    said = interrupted(
        monkeypatch, place, "evaluate", "data", "--split", "train", "--model", model, cwd=tmp_path
    )
    assert said == "stopped: no figures, which need every line of train"


PREPROCESS = ("hwcli.dataset.build.build", "preprocess", "ink.ndjson", "--overwrite", "-o")
DEMO = ("hwcli.sampling.demo_dataset.demo_dataset", "preprocess", "--overwrite", "-o")
EXPORT = ("hwcli.api.exporting.exported", "export", "-o")
CHART = ("hwcli.cli.plot_request.PlotRequest.write", "plot", "-o")


@pytest.mark.parametrize("there", [False, True])
@pytest.mark.parametrize("command", [PREPROCESS, DEMO, EXPORT, CHART], ids=lambda command: command[0])
def test_output_that_is_whole_or_not_there_is_as_it_was(tmp_path, monkeypatch, command, there):
    output = "out.html" if command in (EXPORT, CHART) else "out"
    (tmp_path / "ink.ndjson").write_bytes(LINE)
    if there:
        (tmp_path / output).mkdir()
    said = interrupted(monkeypatch, *command, output, cwd=tmp_path)
    assert said == f"stopped: {f'{output} is as it was' if there else 'nothing was written'}"


def test_hand_that_was_not_learned_is_not_saved(tmp_path, monkeypatch):
    (tmp_path / "ink.ndjson").write_bytes(LINE * 9)
    monkeypatch.setenv("HW_HANDS", str(tmp_path / "hands"))
    learn = ["hand", "learn", "ink.ndjson", "--name", "mine"]
    place = "hwcli.training.hand.learning.learn"
    assert interrupted(monkeypatch, place, *learn, cwd=tmp_path) == "stopped: nothing was written"


def test_samples_of_a_picture_are_kept_as_ink_and_drawn_by_render(tmp_path, monkeypatch):
    from hwcli.sampling.model import Model

    draw = Model.quiet_samples

    def two(self, *arguments, **options):
        inks = draw(self, *arguments, **options)
        yield next(inks)
        yield next(inks)
        raise KeyboardInterrupt

    monkeypatch.setattr(Model, "quiet_samples", two)
    series = ["sample", "-n", "9", "--seed", "1", "--points", "40"]
    done = hw_here(*series, "--render", "eos", "-o", "a.svg", cwd=tmp_path)
    assert done.status == 130
    assert done.err == "stopped: 2 of 9 samples are in a.part.ndjson; hw render draws them\n"
    assert hw_here("render", "a.part.ndjson", "--style", "eos", "-o", "b.svg", cwd=tmp_path).status == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.part.ndjson", "b.svg"]


def test_pictures_that_are_written_are_counted(tmp_path, monkeypatch):
    from hwcli.cli import pictures

    write, files = pictures.write_output, []

    def write_one(data, output):
        if files:
            raise KeyboardInterrupt
        files.append(output)
        write(data, output)

    monkeypatch.setattr(pictures, "write_output", write_one)
    styles = ["sample", "--seed", "1", "--points", "40", "--render", "plain,color", "-o", "a.svg"]
    done = hw_here(*styles, cwd=tmp_path)
    assert done.err.splitlines() == ["wrote a.plain.svg", "stopped: 1 of 2 pictures was written"]
    assert [path.name for path in tmp_path.iterdir()] == ["a.plain.svg"]


@pytest.mark.parametrize("resume", [False, True])
def test_run_that_made_no_step_says_so(tmp_path, monkeypatch, resume):
    tiny_dataset(tmp_path / "data")
    train = ["train", "data", "-o", "run", "--epochs", "1", "--seed", "1", *TINY]
    if resume:
        assert hw_here(*train, cwd=tmp_path).status == 0
        train = ["train", "--resume", "-o", "run", "--epochs", "2"]
    said = interrupted(monkeypatch, "hwcli.training.run_folder.open_dataset", *train, cwd=tmp_path)
    assert said == "stopped: no step was made" + "; run is as it was" * resume


@pytest.mark.parametrize("overwrite", [False, True])
def test_run_that_could_begin_says_how(tmp_path, monkeypatch, overwrite):
    """All that it needs is in the folder by then."""
    tiny_dataset(tmp_path / "data")
    train = ["train", "data", "-o", "run", "--epochs", "1", "--seed", "1", *TINY]
    if overwrite:
        assert hw_here(*train, cwd=tmp_path).status == 0
    how = ["--overwrite"] * overwrite
    said = interrupted(monkeypatch, "hwcli.training.run_folder._train", *train, *how, cwd=tmp_path)
    assert said == "stopped: no step was made; begin with: hw train --resume -o run"
    monkeypatch.undo()
    assert hw_here("train", "--resume", "-o", "run", cwd=tmp_path).status == 0


def test_run_that_is_stopped_says_what_is_saved(tmp_path):
    tiny_dataset(tmp_path / "data")
    run = Running(tmp_path, "train", "data", "-o", "run", "--epochs", "100000", "--seed", "1", *TINY)
    run.wait_until((tmp_path / "run" / "metrics.jsonl").exists)
    said = run.interrupt()
    assert re.fullmatch(r"stopped: saved after step [\d,]+; resume with: hw train --resume -o run", said)
