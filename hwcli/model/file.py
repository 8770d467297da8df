"""The file of a model that writes: weights and everything known about them; read and written without torch.

The header (hwcli.model.container) holds kind, sizes, normalisation, alphabet and provenance.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwcli.alphabet import Alphabet
from hwcli.errors import HwError
from hwcli.model import container
from hwcli.model.shape import LOG_SIGMA_MAX, Shape
from hwcli.normalisation import Normalisation
from hwcli.typed_data import DamageError, record, typed

RESTRICTED = "non-commercial"  # what the licences of weights say that are not for every use
KINDS = ("prediction", "synthesis")
READER = "reader"  # the third kind: hwcli.model.reader_file
LARGEST_SIZE = 2**20  # of any layer, or of the alphabet
FARTHEST_DRAW = 100.0  # sigmas that the highest temperature draws
NOISE = FARTHEST_DRAW * math.exp(LOG_SIGMA_MAX)
READABLE = 1e12  # standard deviations whose products with weights are finite in float32
GRID_ENDS = 2.0**60  # steps of the grid that are counted in 64 bits
OPTIONAL = ("gaussians", "characters", "sources")  # sizes left out where they are 0


@dataclass(frozen=True, eq=False)
class ModelFile:
    """The content of a model file."""

    shape: Shape
    normalisation: Normalisation  # of offsets, in the units of the training ink
    tensors: Mapping[str, NDArray[np.float32]]  # the weights, with the names and shapes of Shape.tensors()
    about: Mapping[str, Any] = field(default_factory=dict)  # name, data, licence, training, log_loss, …
    alphabet: Alphabet | None = None  # synthesis networks only
    sources: tuple[
        str, ...
    ] = ()  # names of the sources that the network can be told; as many as its shape has

    @property
    def kind(self) -> str:
        """`prediction`, or `synthesis` of given text."""
        return self.shape.kind

    @property
    def is_restricted(self) -> bool:
        """Whether the licence of the weights does not allow every use."""
        return RESTRICTED in str(self.about.get("licence"))

    @property
    def parameters(self) -> int:
        """The number of weights."""
        return sum(t.size for t in self.tensors.values())

    @cached_property
    def digest(self) -> str:
        """The sha256 of all weights, by which a learned hand knows its model."""
        found = hashlib.sha256()
        for name, tensor in sorted(self.tensors.items()):
            found.update(f"{name} {tensor.shape} ".encode())
            found.update(np.ascontiguousarray(tensor, "<f4").tobytes())
        return found.hexdigest()


def write(path: Path, model: ModelFile, dtype: str = "float32") -> None:
    """Write `model` to `path` atomically; raise HwError if that fails. float16 weights halve the file."""
    header = {
        "kind": model.kind,
        "shape": {k: v for k, v in asdict(model.shape).items() if v or k not in OPTIONAL},
        "normalisation": asdict(model.normalisation),
        "about": dict(model.about),
    }
    if model.alphabet is not None:
        header["alphabet"] = model.alphabet.as_dict()
    if model.sources:
        header["sources"] = list(model.sources)
    container.save(path, header, model.tensors, dtype)


def read(path: Path) -> ModelFile:
    """Read the model file `path`; weights are converted to float32.

    Raises HwError if the file is missing, damaged, not an hw model file, of another version, or a reader's.

    >>> from hwcli.weights.bundled import path_of
    >>> model = read(path_of("iam-prediction"))
    >>> model.kind, model.parameters, model.tensors["output.bias"].shape
    ('prediction', 856697, (121,))
    """
    header, tensors = container.load(path)
    if header.get("kind") == READER:
        raise HwError(f"{path} is a reader: it cannot write", "hw read --model takes it")
    return _checked(path, header, tensors)


def _checked(path: Path, header: dict[str, Any], tensors: dict[str, NDArray[np.float32]]) -> ModelFile:
    with container.damaged_header(path):
        shape = record(Shape, header.get("shape"), "shape")
        if not plausible(shape) or len(tensors) != 3 * shape.layers + 2 + 2 * bool(shape.gaussians):
            raise DamageError(f"impossible sizes: {shape}")
        norm = Normalisation.of(header.get("normalisation"))
        kind = typed(header.get("kind"), str, "kind")
        alphabet = Alphabet.of(header["alphabet"]) if "alphabet" in header else None
        sources = typed(header.get("sources", []), tuple[str, ...], "sources")
        if len(sources) != shape.sources or len({*sources, ""}) != len(sources) + 1:
            raise DamageError(f"{len(sources)} sources do not match its sizes {shape}")
        if kind in KINDS and (kind != shape.kind or shape.characters != len(alphabet or ())):
            raise DamageError(f"kind {kind} does not match its sizes {shape}")
    if kind not in KINDS:
        raise HwError(f"{path} has unknown kind {kind!r}; this hw reads {', '.join(KINDS)}", "upgrade hwcli")
    container.check_tensors(path, tensors, shape.tensors())
    check_reach(path, norm, tensors)
    return ModelFile(shape, norm, tensors, header["about"], alphabet, sources)


def check_reach(path: Path | str, norm: Normalisation, tensors: Mapping[str, NDArray[np.float32]]) -> None:
    """Raise HwError if samples could leave the numbers of the grid, or what the network can read back."""
    outputs = np.abs(tensors["output.weight"]).sum(1, dtype=np.float64) + np.abs(tensors["output.bias"])
    narrow, wide, grid = min(norm.std), max(norm.std), 10.0**norm.decimals
    # in standard deviations of the offsets, where the pen can be sent
    far = float(outputs.max()) + NOISE + FARTHEST_DRAW * max(norm.sigma_min)
    far += max(map(abs, norm.mean)) / narrow
    if not (far < READABLE and far * wide * grid < GRID_ENDS and narrow * grid > 1 / READABLE):
        raise HwError(f"{path}: its weights and its normalisation do not fit: points would be out of range")


def plausible(shape: Shape) -> bool:
    """Return whether sizes from a file are possible, before anything is allocated by them."""
    if min(shape.layers, shape.hidden, shape.mixtures) < 1 or max(vars(shape).values()) > LARGEST_SIZE:
        return False
    if min(shape.gaussians, shape.characters, shape.sources) < 0:
        return False
    return bool(shape.gaussians) == bool(shape.characters)
