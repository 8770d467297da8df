"""The file of a model that writes: weights and everything known about them; read and written without torch.

The header (hwcli.model.container) holds kind, sizes, normalisation, alphabet and provenance.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwcli.alphabet import Alphabet
from hwcli.errors import HwError
from hwcli.model import container
from hwcli.model.shape import Shape
from hwcli.normalisation import Normalisation

KINDS = ("prediction", "synthesis")
READER = "reader"  # the third kind: hwcli.model.reader_file
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
    def parameters(self) -> int:
        """The number of weights."""
        return sum(t.size for t in self.tensors.values())


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
    try:
        shape = Shape(**header["shape"])
        if not _plausible(shape, len(tensors)):
            raise ValueError(f"impossible sizes: {shape}")
        norm = Normalisation.of(header["normalisation"])
        kind, about = str(header["kind"]), dict(header["about"])
        alphabet = Alphabet.of(header["alphabet"]) if "alphabet" in header else None
        sources = _source_names(header.get("sources", []), shape)
        if kind in KINDS and (kind != shape.kind or shape.characters != len(alphabet or ())):
            raise ValueError(f"kind {kind} does not match its sizes {shape}")
    except (KeyError, TypeError, ValueError) as error:
        raise HwError(f"{path}: its header is damaged ({error})") from None
    if kind not in KINDS:
        raise HwError(f"{path} has unknown kind {kind!r}; this hw reads {', '.join(KINDS)}", "upgrade hwcli")
    container.check_tensors(path, tensors, shape.tensors())
    return ModelFile(shape, norm, tensors, about, alphabet, sources)


def _source_names(names: Any, shape: Shape) -> tuple[str, ...]:
    if not isinstance(names, list) or not all(isinstance(name, str) and name for name in names):
        raise ValueError("its sources are not a list of names")
    if len(names) != shape.sources or len(set(names)) != len(names):
        raise ValueError(f"{len(names)} sources do not match its sizes {shape}")
    return tuple(names)


def _plausible(shape: Shape, tensors: int) -> bool:
    """Return whether sizes from a file are possible, before anything is allocated by them."""
    sizes = (shape.layers, shape.hidden, shape.mixtures)
    if not all(type(n) is int and n > 0 for n in sizes) or type(shape.skip) is not bool:
        return False
    window = (shape.gaussians, shape.characters)
    if not all(type(n) is int and n >= 0 for n in (*window, shape.sources)) or (window[0] > 0) != (
        window[1] > 0
    ):
        return False
    return tensors == 3 * shape.layers + 2 + 2 * bool(shape.gaussians)
