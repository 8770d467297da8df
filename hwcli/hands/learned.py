"""A learned hand: what a model changes to write in it, and the line that it continues from.

Each matrix of the model changes by a product of low rank, left @ right (LoRA: Hu et al. 2021,
arXiv 2106.09685), each bias by a vector. A hand belongs to one model, whose weights its file names by their
sha256. The file's container is that of model files (hwcli.model.container).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from shlex import quote
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from hwcli.errors import HwError
from hwcli.ink_io import ndjson
from hwcli.model import container
from hwcli.model.file import ModelFile, check_reach, plausible
from hwcli.model.shape import Shape
from hwcli.typed_data import DamageError, record, typed
from renderers.ink import Ink

KIND = "hand"
SUFFIX = ".hand"
LEFT, RIGHT = ".left", ".right"  # ends of the names of a matrix's two factors
HIGHEST_RANK = 64
Tensors = Mapping[str, NDArray[np.float32]]


@dataclass(frozen=True, eq=False)
class LearnedHand:
    """A hand that one model has learned."""

    model: str  # name of the model that learned it
    digest: str  # of that model's weights
    shape: Shape  # of that model
    changes: Tensors  # NAME.left (rows, rank) and NAME.right (rank, columns) of a matrix, NAME of a bias
    line: Ink  # a line of the hand, with its text
    about: Mapping[str, Any] = field(default_factory=dict)  # lines, characters, errors, …

    def applied_to(self, file: ModelFile, name: str) -> ModelFile:
        """Return the model `file`, called `name`, with the changes; HwError if another model learned them."""
        if file.digest != self.digest:
            learn = f"hw hand learn --model {quote(name)}"
            raise HwError(
                f"this hand was learned by {self.model}; the weights of {name} are not those",
                f"use it with --model {quote(self.model)}, or learn it anew: {learn}",
            )
        tensors = {key: tensor + _change(self.changes, key) for key, tensor in file.tensors.items()}
        check_reach(f"{name} with this hand", file.normalisation, tensors)
        return replace(file, tensors=tensors)

    def scaled(self, strength: float) -> LearnedHand:
        """Return the hand with `strength` times its changes: 0 is the model's own writing."""
        changes = {k: v if k.endswith(RIGHT) else strength * v for k, v in self.changes.items()}
        return replace(self, changes=changes)


def write(path: Path, hand: LearnedHand) -> None:
    """Write `hand` to `path` atomically, its changes in float16; raise HwError if that fails."""
    header = {
        "kind": KIND,
        "model": {"name": hand.model, "sha256": hand.digest, "shape": asdict(hand.shape)},
        "line": orjson.loads(ndjson.dump(hand.line)),
        "about": dict(hand.about),
    }
    container.save(path, header, hand.changes, "float16")


def read(path: Path) -> LearnedHand:
    """Read the learned hand in the file `path`; HwError if it is missing, damaged or something else."""
    header, tensors = container.load(path)
    if header.get("kind") != KIND:
        raise HwError(f"{path} is not a learned hand", "hw hand learn makes one")
    with container.damaged_header(path):
        model = typed(header.get("model"), dict, "model")
        shape = record(Shape, model.get("shape"), "the model's shape")
        if not plausible(shape):
            raise DamageError(f"impossible sizes: {shape}")
        name, digest = (typed(model.get(key), str, f"{key} of the model") for key in ("name", "sha256"))
        line = _line(typed(header.get("line"), dict, "line"), str(path))
    container.check_tensors(path, tensors, _shapes(shape, tensors))
    return LearnedHand(name, digest, shape, tensors, line, header["about"])


def _change(changes: Tensors, name: str) -> NDArray[np.float32] | float:
    if name + LEFT in changes:
        return changes[name + LEFT] @ changes[name + RIGHT]
    return changes.get(name, 0.0)


def _line(row: dict[str, Any], path: str) -> Ink:
    for found in ndjson.read_each(orjson.dumps(row), path):
        if isinstance(found, HwError):
            raise DamageError(found.message)
        if len(found.ink) and (found.ink.text or "").strip():
            return found.ink
    raise DamageError("it has no line of ink with a text")


def _shapes(shape: Shape, tensors: Tensors) -> dict[str, tuple[int, ...]]:
    """Return the shapes that the changes of a model of `shape` should have; any may be missing."""
    expected: dict[str, tuple[int, ...]] = {}
    for name, size in shape.tensors().items():
        if name in tensors:
            expected[name] = size if len(size) == 1 else ()  # a matrix changes by its factors
        elif (left := tensors.get(name + LEFT)) is not None:
            rank = left.shape[-1] if left.ndim == 2 and left.shape[-1] <= HIGHEST_RANK else 0
            expected |= {name + LEFT: (size[0], rank), name + RIGHT: (rank, size[1])}
    return expected
