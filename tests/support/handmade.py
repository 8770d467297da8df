"""Small things made by hand for the tests: IAM files, datasets, models, and a runner of commands."""

from __future__ import annotations

import contextlib
import io
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

from hwcli import app
from hwcli.alphabet import Alphabet
from hwcli.dataset import store
from hwcli.dataset.store import Dataset, LineInfo, open_dataset
from hwcli.model import file as model_file
from hwcli.model.file import ModelFile
from hwcli.model.shape import Shape
from hwcli.normalisation import Normalisation

SHARED_DATA = Path(__file__).parents[3] / "shared" / "data"
STROKES = ([(10, 20), (13, 24), (15, 21)], [(40, 22)], [(60, 20), (55, 31)])
# the smallest network there is, on one thread, as options of hw train
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
    """A file as IAM-OnDB has them, with these absolute points."""
    rows = ['<?xml version="1.0" encoding="ISO-8859-1"?>', "<WhiteboardCaptureSession>", "  <StrokeSet>"]
    for stroke in strokes:
        rows.append('    <Stroke colour="black" start_time="1.0" end_time="2.0">')
        rows += [f'      <Point x="{x}" y="{y}" time="1.5"/>' for x, y in stroke]
        rows.append("    </Stroke>")
    rows += ["  </StrokeSet>", "</WhiteboardCaptureSession>", ""]
    return "\n".join(rows).encode("latin-1")


def wander(points: int, seed: int = 0, lift: int = 7) -> list[list[tuple[int, int]]]:
    """Strokes over whole numbers that wander to the right: `points` points, a lift after every `lift`."""
    rng = np.random.default_rng(seed)
    steps = rng.integers(-9, 12, (points, 2))
    steps[::lift] += [25, 0]
    where = [(int(x), int(y)) for x, y in np.cumsum(steps, 0)]
    return [where[k : k + lift] for k in range(0, points, lift)]


def transcript(lines: Sequence[str]) -> bytes:
    """A transcript as IAM-OnDB has them."""
    return ("OCR:\n\nnot these\n\nCSR:\n\n" + "\n".join(lines) + "\n").encode()


def iam_folder(root: Path, forms: Mapping[str, int], points: int = 12) -> Path:
    """A folder laid out as the database's own: form id → number of lines."""
    for number, (form, lines) in enumerate(forms.items()):
        folder = root / form[:3] / form[:7]
        folder.mkdir(parents=True, exist_ok=True)
        for k in range(1, lines + 1):
            strokes = wander(points + k, seed=100 * number + k)
            (folder / f"{form}-{k:02d}.xml").write_bytes(iam_xml(strokes))
    return root


def tar(path: Path, members: Mapping[str, bytes]) -> Path:
    """An archive of these members, in this order; compressed as its suffix says."""
    mode = "w:gz" if path.suffix == ".gz" else "w"
    with tarfile.open(path, mode) as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


def files_in(folder: Path) -> dict[str, bytes]:
    """Every file below `folder`, hidden ones too."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def offsets_of(points: int, seed: int, learnable: bool = False) -> np.ndarray:
    """Rows (dx, dy, eos) of one line, the first (0, 0, eos)."""
    rng = np.random.default_rng([seed, points])
    rows = np.zeros((points, 3), np.int16)
    if learnable:  # a hand that goes round in squares, with a little noise
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
    """A dataset folder with these lines, each a form of its own, and what they say where that is known."""
    folder.mkdir(parents=True)
    names, said = splits or ["train"] * len(lines), texts or [None] * len(lines)
    infos = [
        LineInfo(f"f{i:03d}-01", f"f{i:03d}", name, text)
        for i, (name, text) in enumerate(zip(names, said, strict=True))
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
    """A dataset with train and valid lines of these lengths; TEXTS has texts for the usual ones."""
    lines = [offsets_of(n, seed, **how) for seed, n in enumerate((*train, *valid))]
    return dataset_of(folder, lines, ["train"] * len(train) + ["valid"] * len(valid), texts)


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
) -> ModelFile:
    """A network with random weights, in tablet units; with an `alphabet`, one that writes given text.

    `window` are the usual alpha^, beta^ and kappa^, by which it moves on by a character in some five points;
    they change with what is written by `wobble`.
    """
    rng = np.random.default_rng(seed)
    shape = Shape(layers, hidden, mixtures, skip, 3 if alphabet else 0, len(alphabet))
    tensors = {
        name: (scale * rng.standard_normal(size)).astype(np.float32) for name, size in shape.tensors().items()
    }
    tensors["output.bias"][0] = -2.0  # a stroke goes on for some points
    tensors["output.bias"][1 + 3 * mixtures : 1 + 5 * mixtures] -= 1.0
    known = Alphabet(alphabet) if alphabet else None
    if known:
        tensors["window.weight"] *= wobble
        tensors["window.bias"][:] = np.repeat(window, 3)
    return ModelFile(shape, Normalisation((8.0, 0.5), (41.0, 37.0), 1.0), tensors, {}, known)


def constant_model(raw: Sequence[float], norm: Normalisation | None = None) -> ModelFile:
    """A network that says the same mixture vector at every step."""
    mixtures = (len(raw) - 1) // 6
    shape = Shape(1, 4, mixtures, False)
    tensors = {name: np.zeros(size, np.float32) for name, size in shape.tensors().items()}
    tensors["output.bias"][:] = raw
    return ModelFile(shape, norm or Normalisation((0.0, 0.0), (1.0, 1.0), 0.0), tensors)


def tiny_model(path: Path, **how: Any) -> Path:
    """A model file with random weights at `path`."""
    model_file.write(path, random_model(**how))
    return path


def environment(**more: str) -> dict[str, str]:
    """The environment without anything that steers hw."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("HW_")}
    return kept | {"NO_COLOR": "1", "OMP_NUM_THREADS": "1", **more}


def hw(
    *arguments: str | Path, cwd: Path, stdin: bytes | None = None, timeout: float = 120, **env: str
) -> Outcome:
    """Run `hw` as a user does; without `stdin` there is nothing on it."""
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
    """The same without a process of its own, for rows by the dozen; a warning counts as an error."""
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
    written = [stream.buffer.getvalue() for stream in (out, err)]
    return Outcome(subprocess.CompletedProcess(["hw", *map(str, arguments)], status, *written))


class Outcome:
    """What a command left behind: exit status, data on stdout, words on stderr."""

    def __init__(self, done: subprocess.CompletedProcess[bytes]) -> None:
        self.status = done.returncode
        self.out = done.stdout
        self.err = done.stderr.decode()

    def __repr__(self) -> str:
        return f"status {self.status}\nstdout {self.out[:2000]!r}\nstderr:\n{self.err}"

    @property
    def errors(self) -> list[str]:
        """The lines on stderr that are errors."""
        return [line for line in self.err.splitlines() if line.startswith("error: ")]


def refused(outcome: Outcome, *words: str, status: int = 1) -> None:
    """Assert one line of error with these words in it or in its hint, this status, and no traceback."""
    assert outcome.status == status, outcome
    assert "Traceback" not in outcome.err, outcome
    assert "Warning" not in outcome.err, outcome
    assert len(outcome.errors) == 1, outcome
    said = [line for line in outcome.err.splitlines() if line.startswith(("error: ", "hint: "))]
    for word in words:
        assert any(word in line for line in said), (word, outcome)
