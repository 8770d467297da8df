"""The model file: weights and everything about them, in safetensors; written and read without torch.

The header's metadata has one key, `hw-model`, with JSON: version, kind, sizes, normalisation, and where the
model comes from. (One key: safetensors writes several in any order, and the same model should give the same
bytes.) No pickle is involved anywhere.
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
WINDOW = ("gaussians", "characters")  # sizes that files of prediction networks do not name


@dataclass(frozen=True, eq=False)
class ModelFile:
    """A network's weights in float32, its sizes, its units, and its story."""

    shape: Shape
    normalisation: Normalisation
    tensors: Mapping[str, NDArray[np.float32]]  # by the names of Shape.tensors()
    about: Mapping[str, Any] = field(
        default_factory=dict
    )  # name, data, licence, citation, training, log_loss
    alphabet: Alphabet | None = None  # of a synthesis network

    @property
    def kind(self) -> str:
        """What the network does: `prediction`, or `synthesis` of given text."""
        return self.shape.kind

    @property
    def parameters(self) -> int:
        """The number of weights."""
        return sum(t.size for t in self.tensors.values())


def write(path: Path, model: ModelFile, dtype: str = "float32") -> None:
    """Write `model` to `path`, whole or not at all; `dtype` float16 halves the file."""
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
    """The model in the file `path`.

    HwError for what is missing, no model file of hw, of another version, or not whole.
    """
    from safetensors import SafetensorError, safe_open

    try:
        path.open("rb").close()  # a missing file, said in the system's words
        with safe_open(str(path), framework="np") as file:
            metadata = file.metadata() or {}
            header = _header(path, metadata)
            names = file.keys()  # safetensors' file is no dictionary: it cannot be iterated over itself
            tensors = {name: file.get_tensor(name).astype(np.float32) for name in names}
    except OSError as error:
        raise os_error(error, f"read the model {path}") from None
    except SafetensorError as error:
        raise HwError(
            f"{path} is no model file, or cut short ({error})", "hw train writes them: RUN/best.safetensors"
        ) from None
    return _checked(path, header, tensors)


def _header(path: Path, metadata: Mapping[str, str]) -> dict[str, Any]:
    if KEY not in metadata:
        raise HwError(f"{path} is no model file of hw", "hw train writes them: RUN/best.safetensors")
    try:
        header = json.loads(metadata[KEY])
        version = header["version"]
    except (KeyError, TypeError, ValueError) as error:
        raise HwError(f"{path}: its header is damaged ({error})") from None
    if version != VERSION:
        raise HwError(f"{path} is a model file of version {version}, this hw reads {VERSION}")
    return dict(header)


def _checked(path: Path, header: dict[str, Any], tensors: dict[str, NDArray[np.float32]]) -> ModelFile:
    try:
        shape = Shape(**header["shape"])
        if not _plausible(shape, len(tensors)):
            raise ValueError(f"sizes {shape}")
        norm = Normalisation.of(header["normalisation"])
        kind, about = str(header["kind"]), dict(header["about"])
        alphabet = Alphabet.of(header["alphabet"]) if "alphabet" in header else None
        if kind in KINDS and (kind != shape.kind or shape.characters != len(alphabet or ())):
            raise ValueError(f"a model of kind {kind} with sizes {shape}")
    except (KeyError, TypeError, ValueError) as error:
        raise HwError(f"{path}: its header is damaged ({error})") from None
    if kind not in KINDS:
        raise HwError(f"{path}: a model of kind {kind!r}; this hw knows {', '.join(KINDS)}", "upgrade hwcli")
    expected = shape.tensors()
    if {k: v.shape for k, v in tensors.items()} != dict(expected):
        raise HwError(f"{path}: its weights do not fit its header")
    for name, tensor in tensors.items():
        if not np.isfinite(tensor).all():
            raise HwError(f"{path}: {name} is not finite everywhere")
    return ModelFile(shape, norm, tensors, about, alphabet)


def _plausible(shape: Shape, tensors: int) -> bool:
    """Whether sizes from a file can be true, before anything is made as large as they say."""
    sizes = (shape.layers, shape.hidden, shape.mixtures)
    if not all(type(n) is int and n > 0 for n in sizes) or type(shape.skip) is not bool:
        return False
    window = (shape.gaussians, shape.characters)
    if not all(type(n) is int and n >= 0 for n in window) or (window[0] > 0) != (window[1] > 0):
        return False
    return tensors == 3 * shape.layers + 2 + 2 * bool(shape.gaussians)
