"""The formats of files that hw itself writes: models, datasets, settings, metrics, hands and run folders."""

from __future__ import annotations

import json
import os
import random
import shutil
import struct
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

import numpy as np

from handmade import TEXTS, random_model, tiny_dataset, wander
from mutated_format import Format
from mutators import mutated
from renderers.ink import Ink

if TYPE_CHECKING:
    from hwcli.config.load import Settings

ALPHABET = " abc"


# ---- models


def model_of(alphabet: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        from hwcli.model import file

        model = replace(random_model(hidden=4, alphabet=alphabet), about=ABOUT)
        file.write(folder / "model.safetensors", model, "float16")
        return folder / "model.safetensors"

    return make


ABOUT = {
    "name": "m",
    "data": {"title": "made by hand", "names": ["a", "b"]},
    "licence": "CC0",
    "training": {"model": {"dropout": 0.2}, "steps": 3},
    "log_loss": {"nats_per_sequence": -1.0, "lines": 3},
    "learned_from": {"hashes": "AAAAAAAA", "unhashed": ["x"]},
    "hand": {"height": 30.0, "spacing": 9.5},
}


def read_model(path: Path) -> None:
    """Sample from a model, score the sample, and read what its file says."""
    from hwcli.dataset.learned_from import LearnedFrom
    from hwcli.sampling.load import load_model

    model = load_model(path)
    LearnedFrom.of(model.file.about)
    repr(model)
    text = None if model.file.alphabet is None else model.file.alphabet.characters[-2:].strip() or "a"
    ink = model.sample(points=12, seed=1, text=text, tries=1)
    if len(ink) > 1:
        model.score(ink)
    model.sample_many(2, points=5, seed=2, text=text, tries=1)
    model.far_from(ink)


def make_reader(folder: Path) -> Path:
    from hwcli.alphabet import Alphabet
    from hwcli.model import reader_file
    from hwcli.model.reader_shape import ReaderShape

    rng, shape = np.random.default_rng(0), ReaderShape(1, 4, len(ALPHABET))
    tensors = {k: rng.normal(size=v).astype(np.float32) for k, v in shape.tensors().items()}
    path = folder / "reader.safetensors"
    reader_file.write(path, reader_file.ReaderFile(shape, Alphabet(ALPHABET), tensors, ABOUT), "float16")
    return path


def read_reader(path: Path) -> None:
    """Read a line with a reader."""
    from hwcli.reader.load import load_reader
    from renderers.ink import Ink

    load_reader(path).read(Ink(strokes=([(0, 0), (5, 30), (10, 0), (15, 30), (60, 5)],)))


def header_field(rng: random.Random, data: bytes) -> bytes:
    """Damage the header of a safetensors file, or hw's own within it, and make its length right again."""
    length = int.from_bytes(data[:8], "little")
    if not 2 <= length <= len(data):
        return data
    head = data[8 : 8 + length]
    try:
        tree = json.loads(head)
        inner = tree["__metadata__"]["hw-model"]
        if rng.random() < 0.7:
            tree["__metadata__"]["hw-model"] = mutated(rng, inner.encode()).decode("utf-8", "replace")
            head = json.dumps(tree).encode()
        else:
            head = mutated(rng, head)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        head = mutated(rng, head)
    return struct.pack("<Q", len(head)) + head + data[8 + length :]


def weights_type(rng: random.Random, data: bytes) -> bytes:
    """Call the weights of a file another type of the same size, or make them huge."""
    if rng.random() < 0.5:
        other = rng.choice((b'"BF16"', b'"I16" ', b'"U16" ', b'"F8_E5M2"', b'"BOOL"', b'"F32" ', b'"C64" '))
        return data.replace(b'"F16"', other, rng.choice((1, 100)))
    start = 8 + int.from_bytes(data[:8], "little")
    body = bytearray(data[start:])
    for k in range(0, len(body) - 1, rng.choice((2, 20))):
        body[k : k + 2] = np.float16(rng.choice((6e4, -6e4, 0, 1e-7, np.inf, np.nan))).tobytes()
    return data[:start] + bytes(body)


# ---- datasets


def make_dataset(folder: Path) -> Path:
    tiny_dataset(folder / "data", texts=TEXTS)
    return folder / "data"


def make_old_dataset(folder: Path) -> Path:
    from old_datasets import to_version_1

    to_version_1(make_dataset(folder))
    return folder / "data"


def strings_file(rng: random.Random, data: bytes) -> bytes:
    """Swap neighbouring numbers of an array, so that its header stays right."""
    if not data.startswith(b"\x93NUMPY") or len(data) < 160:
        return data
    at = rng.randrange(128, len(data) - 16)
    size = rng.choice((4, 8))
    return data[:at] + data[at + size : at + 2 * size] + data[at : at + size] + data[at + 2 * size :]


def read_dataset(path: Path, verify: bool = True) -> None:
    """Open a dataset as training does, and read its lines and what is said of them."""
    from hwcli.config.sections import PreprocessConfig
    from hwcli.dataset.learned_from import Overlap
    from hwcli.dataset.merging import is_dataset, lines_of
    from hwcli.dataset.store import open_dataset
    from hwcli.training.training_data import TrainingData

    data = open_dataset(path, verify)
    [data.line(k) for k in range(len(data))]
    list(data.lines)
    Overlap.of({}, data, range(len(data)))
    if verify and is_dataset(path):
        list(lines_of(path, PreprocessConfig(), 0))
    for kind in ("prediction", "synthesis"):
        TrainingData.of(data, kind, sources=["x"]).fingerprint()


def npy_header(rng: random.Random, data: bytes) -> bytes:
    """Damage the header of a .npy file, and keep its length right."""
    if not data.startswith(b"\x93NUMPY"):
        return data
    size = int.from_bytes(data[8:10], "little")
    head = mutated(rng, data[10 : 10 + size])[:60_000]
    return data[:8] + struct.pack("<H", len(head)) + head + data[10 + size :]


# ---- settings


def make_settings(folder: Path) -> Path:
    from hwcli.config.load import load

    flags = {
        "sample": {"replace": {"&": "and", "é": "e"}, "seed": 2**62, "model": "m"},
        "preprocess": {"fit": "x"},
        "train": {"preset": "best", "seed": 3},
        "render": {"width": "210mm", "scale": 2.0, "loop": 1},
    }
    (folder / "hw.toml").write_text(load(flags=flags, environ={}).toml())
    return folder / "hw.toml"


def read_settings(path: Path) -> None:
    """Read settings as every command does, write them, and read them as those of a run."""
    from hwcli.config.load import load
    from hwcli.config.resume import resumed_settings, stored_settings

    found = load(path, environ={})
    found.toml().encode()
    resumed_settings(stored_settings(path), found, path)


def odd_toml(rng: random.Random, data: bytes) -> bytes:
    """Insert a line of odd TOML."""
    lines, odd = data.split(b"\n"), rng.choice(ODD_TOML)
    lines.insert(rng.randrange(len(lines) + 1), odd)
    return b"\n".join(lines)


ODD_TOML = (
    b"seed = 0x" + b"f" * 5000,
    b"lr = " + b"1" * 5000,
    b"x = " + b"[" * 3000 + b"]" * 3000,
    b".".join([b"a"] * 5000) + b" = 1",
    b"[sample]",
    b"[train.lr]",
    b"lr = 1979-05-27T07:32:00Z",
    b"lr = nan",
    b"lr = inf",
    b'model = "\\u001b[31m\\u009b"',
    b"replace = { '' = 1 }",
    b"replace = [1, 'a=b']",
    b'replace = { "a" = [] }',
    b"sample = 5",
    b"seed = 9223372036854775807",
    b"count = -9223372036854775808",
    b"width = [1]",
    b"preset = { a = 1 }",
    b"preset = []",
)


# ---- metrics


def make_metrics(folder: Path) -> Path:
    (folder / "run").mkdir()
    rows = [{"step": 10 * k, "epoch": 1, "loss": 2.0 / k, "lr": 0.01} for k in range(1, 9)]
    rows += [
        {"step": 80 * k, "epoch": k, "train_nats_per_point": 0.1, "valid_nats_per_point": 0.2} for k in (1, 2)
    ]
    (folder / "run" / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder / "run"


def read_metrics(path: Path, quantities: tuple[str, ...] = ("loss", "lr")) -> None:
    """Draw the learning curves of a run, as text."""
    from hwcli.plotting.history import read_histories
    from hwcli.plotting.plotext_chart import chart_text
    from hwcli.plotting.quantities import ChartOptions
    from hwcli.plotting.run_chart import build_chart

    histories = read_histories([path])
    for what in quantities:
        chart_text(build_chart(histories, ChartOptions(what)), 80, color=True)


# ---- hands


def make_hand(folder: Path) -> Path:
    from hwcli.hands import library

    (folder / "mine.ndjson").write_bytes((library.BUNDLED / "clear.ndjson").read_bytes())
    return folder / "mine.ndjson"


def read_hand(path: Path) -> None:
    """Load a hand by its name and prepare it to be saved again."""
    from hwcli.hands import library

    with mock.patch.dict(os.environ, {"HW_HANDS": str(path.parent)}):
        library.prepared("mine", library.load("mine"), overwrite=True)


def make_learned_hand(folder: Path) -> Path:
    from hwcli.hands import learned

    model = random_model(hidden=4, alphabet=ALPHABET)
    sizes, rng = model.shape.tensors(), np.random.default_rng(0)
    changes = {"output.bias": rng.normal(size=sizes["output.bias"])}
    rows, columns = sizes["lstm.0.recurrent"]
    changes |= {
        "lstm.0.recurrent.left": rng.normal(size=(rows, 2)),
        "lstm.0.recurrent.right": rng.normal(size=(2, columns)),
    }
    line = Ink(strokes=tuple(wander(12, seed=1)), text=ALPHABET[:3])
    hand = learned.LearnedHand("m", model.digest, model.shape, changes, line, {"lines": 5})
    learned.write(folder / "mine.hand", hand)
    return folder / "mine.hand"


def read_learned_hand(path: Path) -> None:
    """Load a learned hand by its name, and sample in it."""
    from hwcli.hands import library
    from hwcli.sampling.model import Model

    with mock.patch.dict(os.environ, {"HW_HANDS": str(path.parent)}):
        hand = library.find("mine")
    assert hand.learned is not None
    model = Model(random_model(hidden=4, alphabet=ALPHABET), "m").in_hand(hand.learned)
    model.sample(points=8, seed=1, text=ALPHABET[:2], prime=hand.line, tries=1)


# ---- run folders


def make_run(folder: Path) -> Path:
    """Train for a moment, and leave a run that is not finished."""
    from hwcli.training.run_folder import start_run

    data = tiny_dataset(folder / "data", train=(9, 8), valid=(7,)).path
    start_run(folder / "run", data, run_settings(epochs=1), overwrite=False)
    return folder / "run"


def run_settings(epochs: int) -> Settings:
    from hwcli.config.load import load

    train = {"epochs": epochs, "batch_size": 2, "device": "cpu", "threads": 1, "seed": 1}
    return load(flags={"model": {"layers": 1, "hidden": 4, "mixtures": 1}, "train": train}, environ={})


def read_run(path: Path) -> None:
    """Sample from a run's model and resume the run, in a copy of its folder."""
    from hwcli.training.run_folder import resume_run

    read_metrics(path, ("loss",))
    read_model(path)
    with tempfile.TemporaryDirectory(dir=path.parent.parent) as folder:
        run = Path(shutil.copytree(path, Path(folder) / "run"))
        resume_run(run, path.parent / "data", run_settings(epochs=2))


OF_MODELS = (header_field, header_field, weights_type)
FORMATS: tuple[Format, ...] = (
    Format("model-writes", model_of(ALPHABET), read_model, own=OF_MODELS),
    Format("model-predicts", model_of(""), read_model, own=OF_MODELS),
    Format("model-reads", make_reader, read_reader, own=OF_MODELS),
    Format("dataset", make_dataset, read_dataset),
    Format(
        "dataset-arrays",
        make_dataset,
        lambda path: read_dataset(path, verify=False),
        own=(npy_header, strings_file),
    ),
    Format("dataset-old", make_old_dataset, lambda path: read_dataset(path, verify=False)),
    Format("settings", make_settings, read_settings, own=(odd_toml,)),
    Format("metrics", make_metrics, read_metrics),
    Format("hand", make_hand, read_hand),
    Format("learned-hand", make_learned_hand, read_learned_hand, own=OF_MODELS),
    Format("run", make_run, read_run),
)
