"""Small IAM files, datasets and models for the tests, and a runner of commands."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
import tarfile
import traceback
import warnings
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from hwcli import app, console
from hwcli.alphabet import Alphabet
from hwcli.dataset import store
from hwcli.dataset.line_texts import LineTexts
from hwcli.dataset.store import Dataset, LineInfo, open_dataset
from hwcli.ink_io.formats import parse
from hwcli.model import file as model_file
from hwcli.model.file import ModelFile
from hwcli.model.shape import Shape
from hwcli.normalisation import Normalisation
from renderers.ink import Ink

SHARED_DATA = Path(__file__).parents[3] / "shared" / "data"
STROKES = ([(10, 20), (13, 24), (15, 21)], [(40, 22)], [(60, 20), (55, 31)])
# options of hw train for a tiny network on one thread
TINY = [
    "--layers",
    "1",
    "--hidden",
    "8",
    "--mixtures",
    "2",
    "--precision",
    "float32",
    "--device",
    "cpu",
    "--threads",
    "1",
]


def iam_xml(strokes: Iterable[Iterable[tuple[Any, Any]]] = STROKES) -> bytes:
    """Return an IAM-OnDB file with these absolute points."""
    rows = ['<?xml version="1.0" encoding="ISO-8859-1"?>', "<WhiteboardCaptureSession>", "  <StrokeSet>"]
    for stroke in strokes:
        rows.append('    <Stroke colour="black" start_time="1.0" end_time="2.0">')
        rows += [f'      <Point x="{x}" y="{y}" time="1.5"/>' for x, y in stroke]
        rows.append("    </Stroke>")
    rows += ["  </StrokeSet>", "</WhiteboardCaptureSession>", ""]
    return "\n".join(rows).encode("latin-1")


def iam_form_xml(
    strokes: Iterable[Iterable[tuple[Any, Any]]],
    texts: Mapping[str, str] | None = None,
    form: str | None = None,
    writer: str | None = None,
) -> bytes:
    """Return a whole form of IAM-OnDB; without `texts` and `form`, like those that only have ink."""
    head = []
    if form is not None:
        said = f' writerID="{writer}"' if writer else ""
        head.append(f'<General><Form id="{form}"{said}/></General>')
    if texts is not None:
        rows = "".join(
            f'<TextLine id="{k}" text="{v}"><Word id="{k}-01"/></TextLine>' for k, v in texts.items()
        )
        head.append(f"<Transcription><Text>all of it</Text>{rows}</Transcription>")
    return iam_xml(strokes).replace(b"  <StrokeSet>", "\n".join([*head, "  <StrokeSet>"]).encode(), 1)


def handwriting_line(top: int, words: int = 6, seed: int = 0) -> list[list[tuple[int, int]]]:
    """Return the strokes of a line of zigzags below `top`, with a dot above each: 60 high, a word per 300."""
    rng = np.random.default_rng(seed)
    strokes = []
    for word in range(words):
        left = 300 * word + int(rng.integers(0, 40))
        zigzag = [(left + 12 * k, top + (60 if k % 2 else 0) + int(rng.integers(-8, 9))) for k in range(18)]
        strokes += [zigzag, [(left + 90, top - 20), (left + 92, top - 19)]]
    return strokes


def wander(points: int, seed: int = 0, lift: int = 7) -> list[list[tuple[int, int]]]:
    """Return strokes that wander to the right on whole numbers: `points` points, `lift` per stroke."""
    rng = np.random.default_rng(seed)
    steps = rng.integers(-9, 12, (points, 2))
    steps[::lift] += [25, 0]
    where = [(int(x), int(y)) for x, y in np.cumsum(steps, 0)]
    return [where[k : k + lift] for k in range(0, points, lift)]


def transcript(lines: Sequence[str]) -> bytes:
    """Return an IAM-OnDB transcript with these lines."""
    return ("OCR:\n\nnot these\n\nCSR:\n\n" + "\n".join(lines) + "\n").encode()


def iam_folder(root: Path, forms: Mapping[str, int], points: int = 12) -> Path:
    """Write a folder laid out like IAM-OnDB, with this number of lines for each form."""
    for number, (form, lines) in enumerate(forms.items()):
        folder = root / form[:3] / form[:7]
        folder.mkdir(parents=True, exist_ok=True)
        for k in range(1, lines + 1):
            strokes = wander(points + k, seed=100 * number + k)
            (folder / f"{form}-{k:02d}.xml").write_bytes(iam_xml(strokes))
    return root


def tar(path: Path, members: Mapping[str, bytes]) -> Path:
    """Write an archive of these members, in this order, compressed according to its suffix."""
    mode = "w:gz" if path.suffix == ".gz" else "w"
    with tarfile.open(path, mode) as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


def files_in(folder: Path) -> dict[str, bytes]:
    """Return the content of every file below `folder`, including hidden ones."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def offsets_of(points: int, seed: int, learnable: bool = False) -> np.ndarray:
    """Return the rows (dx, dy, eos) of one line, (points, 3); the first is (0, 0, eos)."""
    rng = np.random.default_rng([seed, points])
    rows = np.zeros((points, 3), np.int16)
    if learnable:  # squares, with a little noise
        turn = np.arange(points) % 4
        rows[:, 0] = 12 * np.array([1, 0, -1, 0])[turn] + rng.integers(-1, 2, points) + 3
        rows[:, 1] = 12 * np.array([0, 1, 0, -1])[turn] + rng.integers(-1, 2, points)
        rows[:, 2] = turn == 3
    else:
        rows[:, :2] = rng.integers(-30, 45, (points, 2))
        rows[:, 2] = rng.random(points) < 0.2
    rows[0, :2] = 0
    rows[-1, 2] = 1
    return rows


def dataset_of(
    folder: Path,
    lines: Sequence[np.ndarray],
    splits: Sequence[str] | None = None,
    texts: Sequence[str | None] | None = None,
) -> Dataset:
    """Write a dataset with these lines, each a form of its own, and open it."""
    folder.mkdir(parents=True)
    names, line_texts = splits or ["train"] * len(lines), texts or [None] * len(lines)
    infos = [
        LineInfo(f"f{i:03d}-01", f"f{i:03d}", name, text)
        for i, (name, text) in enumerate(zip(names, line_texts, strict=True))
    ]
    starts = np.concatenate([[0], np.cumsum([len(line) for line in lines])]).astype(np.int64)
    store.write(folder, np.concatenate(lines), starts, infos, {"names": ["made by hand"]})
    return open_dataset(folder)


TEXTS = ("abba", "a cab, bac", "cabac", "b", "abc abc", "cab a bacca", "abc", "bca bab")


def tiny_dataset(
    folder: Path,
    train: Sequence[int] = (9, 30, 17, 5, 22, 41),
    valid: Sequence[int] = (12, 25),
    texts: Sequence[str | None] | None = None,
    **how: Any,
) -> Dataset:
    """Write a dataset with lines of these lengths, and open it; TEXTS has a text for each default line."""
    lines = [offsets_of(n, seed, **how) for seed, n in enumerate((*train, *valid))]
    return dataset_of(folder, lines, ["train"] * len(train) + ["valid"] * len(valid), texts)


def texts_of(codes: Mapping[int, Sequence[int]], blank: int) -> LineTexts:
    """Return the texts of lines with these codes."""
    return LineTexts.of_codes(list(codes), codes.values(), blank)


def ink_line(strokes: Sequence[Any], **about: Any) -> bytes:
    """Return a line of NDJSON with any `strokes`, valid or not."""
    return json.dumps({"hw": 1, "strokes": strokes, **about}).encode() + b"\n"


def random_model(
    layers: int = 1,
    hidden: int = 16,
    mixtures: int = 3,
    skip: bool = False,
    seed: int = 0,
    scale: float = 0.5,
    alphabet: str = "",
    window: tuple[float, float, float] = (-1.0, -0.5, -1.6),
    wobble: float = 0.2,
    sources: Sequence[str] = (),
) -> ModelFile:
    """Return a network with random weights, in tablet units; with an `alphabet`, one that writes given text.

    `window` has the biases of the window's raw alpha, beta and kappa: the defaults advance it by one
    character in about five points. `wobble` scales the weights that vary them.
    """
    rng = np.random.default_rng(seed)
    shape = Shape(layers, hidden, mixtures, skip, 3 if alphabet else 0, len(alphabet), len(sources))
    tensors = {
        name: (scale * rng.standard_normal(size)).astype(np.float32) for name, size in shape.tensors().items()
    }
    tensors["output.bias"][0] = -2.0  # strokes have several points
    tensors["output.bias"][1 + 3 * mixtures : 1 + 5 * mixtures] -= 1.0
    known = Alphabet(alphabet) if alphabet else None
    if known:
        tensors["window.weight"] *= wobble
        tensors["window.bias"][:] = np.repeat(window, 3)
    return ModelFile(shape, Normalisation((8.0, 0.5), (41.0, 37.0), 1.0), tensors, {}, known, tuple(sources))


def constant_model(raw: Sequence[float], norm: Normalisation | None = None) -> ModelFile:
    """Return a network whose raw output is `raw` at every step."""
    mixtures = (len(raw) - 1) // 6
    shape = Shape(1, 4, mixtures, False)
    tensors = {name: np.zeros(size, np.float32) for name, size in shape.tensors().items()}
    tensors["output.bias"][:] = raw
    return ModelFile(shape, norm or Normalisation((0.0, 0.0), (1.0, 1.0), 0.0), tensors)


def tiny_model(path: Path, **how: Any) -> Path:
    """Write a model file with random weights to `path`."""
    model_file.write(path, random_model(**how))
    return path


def environment(**more: str) -> dict[str, str]:
    """Return the environment without variables of hw and Python that change the outcome, and with `more`."""
    theirs = ("HW_", "PYTHONUNBUFFERED")
    others = {k: v for k, v in os.environ.items() if not k.startswith(theirs)}
    return others | {"NO_COLOR": "1", "OMP_NUM_THREADS": "1", **more}


def hw(
    *arguments: str | Path, cwd: Path, stdin: bytes | None = None, timeout: float = 120, **env: str
) -> Outcome:
    """Run `hw` in a process of its own, by default with an empty stdin."""
    done = subprocess.run(
        [sys.executable, "-m", "hwcli", *map(str, arguments)],
        cwd=cwd,
        input=stdin or b"",
        capture_output=True,
        env=environment(**env),
        timeout=timeout,
        check=False,
    )
    return Outcome(done)


def hw_here(*arguments: str | Path, cwd: Path, stdin: bytes = b"", **env: str) -> Outcome:
    """Run `hw` in this process, which is faster; warnings are errors."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    status: Any = 0
    with (
        contextlib.chdir(cwd),
        mock.patch.dict(os.environ, environment(**env), clear=True),
        mock.patch.multiple(
            sys, argv=["hw", *map(str, arguments)], stdin=io.TextIOWrapper(io.BytesIO(stdin))
        ),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("error")
        try:
            app.main()
        except SystemExit as exit_:
            status = exit_.code or 0
        except BaseException:
            traceback.print_exc()
            status = 1
        finally:
            console.set_quiet(False)  # what follows in this process may print
    written = [stream.buffer.getvalue() for stream in (out, err)]
    return Outcome(subprocess.CompletedProcess(["hw", *map(str, arguments)], status, *written))


class Outcome:
    """The exit status, stdout and stderr of a command."""

    def __init__(self, done: subprocess.CompletedProcess[bytes]) -> None:
        self.status = done.returncode
        self.out = done.stdout
        self.err = done.stderr.decode()

    def __repr__(self) -> str:
        return f"status {self.status}\nstdout {self.out[:2000]!r}\nstderr:\n{self.err}"

    @property
    def errors(self) -> list[str]:
        """The error lines on stderr."""
        return [line for line in self.err.splitlines() if line.startswith("error: ")]


def inks_in(outcome: Outcome) -> list[Ink]:
    """Return the inks on stdout of a command that succeeded."""
    assert outcome.status == 0, outcome
    assert not outcome.errors, outcome
    return parse(outcome.out, "stdout", "ndjson")


def refused(outcome: Outcome, *words: str, status: int = 1) -> None:
    """Assert one error line, with these words in it or its hint, this status, and no traceback."""
    assert outcome.status == status, outcome
    assert "Traceback" not in outcome.err, outcome
    assert "Warning" not in outcome.err, outcome
    assert len(outcome.errors) == 1, outcome
    rows = [line for line in outcome.err.splitlines() if line.startswith(("error: ", "hint: "))]
    for word in words:
        assert any(word in line for line in rows), (word, outcome)
