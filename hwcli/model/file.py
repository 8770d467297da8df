"""The model file: weights and everything known about them, in safetensors; read and written without torch.

The header's metadata has one key, `hw-model`, whose value is JSON: version, kind, sizes, normalisation,
alphabet and provenance. (There is only one key because safetensors writes several in arbitrary order, and
equal models should give equal bytes.) No pickle is involved.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwcli.alphabet import Alphabet
from hwcli.atomic import write_atomically
from hwcli.errors import HwError, os_error
from hwcli.model.shape import Shape
from hwcli.normalisation import Normalisation

KEY = "hw-model"
VERSION = 1
KINDS = ("prediction", "synthesis")
BEST, LAST = "best.safetensors", "last.safetensors"  # the models in a run folder
HINT = f"hw train writes model files: RUN/{BEST} and RUN/{LAST}"
WINDOW = ("gaussians", "characters")  # sizes left out for prediction networks


@dataclass(frozen=True, eq=False)
class ModelFile:
    """The content of a model file."""

    shape: Shape
    normalisation: Normalisation  # of offsets, in the units of the training ink
    tensors: Mapping[str, NDArray[np.float32]]  # the weights, with the names and shapes of Shape.tensors()
    about: Mapping[str, Any] = field(default_factory=dict)  # name, data, licence, training, log_loss, …
    alphabet: Alphabet | None = None  # synthesis networks only

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
    from safetensors.numpy import save

    header = {
        "version": VERSION,
        "kind": model.kind,
        "shape": {k: v for k, v in asdict(model.shape).items() if v or k not in WINDOW},
        "normalisation": asdict(model.normalisation),
        "about": dict(model.about),
    }
    if model.alphabet is not None:
        header["alphabet"] = model.alphabet.as_dict()
    metadata = {KEY: json.dumps(header, ensure_ascii=False, sort_keys=True)}
    tensors = {name: np.ascontiguousarray(t, dtype=dtype) for name, t in model.tensors.items()}
    write_atomically(path, save(tensors, metadata))


def read(path: Path) -> ModelFile:
    """Read the model file `path`; weights are converted to float32.

    Raises HwError if the file is missing, damaged, not an hw model file, or of another version.

    >>> from hwcli.weights.bundled import path_of
    >>> model = read(path_of("iam-prediction"))
    >>> model.kind, model.parameters, model.tensors["output.bias"].shape
    ('prediction', 856697, (121,))
    """
    from safetensors import SafetensorError, safe_open

    try:
        path.open("rb").close()  # a missing file gives the system's own error
        with safe_open(str(path), framework="np") as file:
            metadata = file.metadata() or {}
            header = _header(path, metadata)
            names = file.keys()  # the file itself cannot be iterated over
            tensors = {name: file.get_tensor(name).astype(np.float32) for name in names}
    except OSError as error:
        raise os_error(error, f"read the model {path}") from None
    except SafetensorError as error:
        raise HwError(f"{path} is not a model file, or is truncated ({error})", HINT) from None
    return _checked(path, header, tensors)


def _header(path: Path, metadata: Mapping[str, str]) -> dict[str, Any]:
    if KEY not in metadata:
        raise HwError(f"{path} is not an hw model file", HINT)
    try:
        header = json.loads(metadata[KEY])
        version = header["version"]
    except (KeyError, TypeError, ValueError) as error:
        raise HwError(f"{path}: its header is damaged ({error})") from None
    if version != VERSION:
        raise HwError(
            f"{path} has model format version {version}; this hw reads version {VERSION}", "upgrade hwcli"
        )
    return dict(header)


def _checked(path: Path, header: dict[str, Any], tensors: dict[str, NDArray[np.float32]]) -> ModelFile:
    try:
        shape = Shape(**header["shape"])
        if not _plausible(shape, len(tensors)):
            raise ValueError(f"impossible sizes: {shape}")
        norm = Normalisation.of(header["normalisation"])
        kind, about = str(header["kind"]), dict(header["about"])
        alphabet = Alphabet.of(header["alphabet"]) if "alphabet" in header else None
        if kind in KINDS and (kind != shape.kind or shape.characters != len(alphabet or ())):
            raise ValueError(f"kind {kind} does not match its sizes {shape}")
    except (KeyError, TypeError, ValueError) as error:
        raise HwError(f"{path}: its header is damaged ({error})") from None
    if kind not in KINDS:
        raise HwError(f"{path} has unknown kind {kind!r}; this hw reads {', '.join(KINDS)}", "upgrade hwcli")
    expected = shape.tensors()
    if {k: v.shape for k, v in tensors.items()} != dict(expected):
        raise HwError(f"{path}: its weights do not match its header")
    for name, tensor in tensors.items():
        if not np.isfinite(tensor).all():
            raise HwError(f"{path}: {name} has values that are not finite")
    return ModelFile(shape, norm, tensors, about, alphabet)


def _plausible(shape: Shape, tensors: int) -> bool:
    """Return whether sizes from a file are possible, before anything is allocated by them."""
    sizes = (shape.layers, shape.hidden, shape.mixtures)
    if not all(type(n) is int and n > 0 for n in sizes) or type(shape.skip) is not bool:
        return False
    window = (shape.gaussians, shape.characters)
    if not all(type(n) is int and n >= 0 for n in window) or (window[0] > 0) != (window[1] > 0):
        return False
    return tensors == 3 * shape.layers + 2 + 2 * bool(shape.gaussians)
