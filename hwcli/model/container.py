"""The container of all model files: tensors, and a header of JSON, in safetensors; without torch.

The metadata has one key, `hw-model`, whose value is JSON: version, kind, and what that kind needs. (There is
only one key because safetensors writes several in arbitrary order, and equal models should give equal bytes.)
No pickle is involved.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwcli.atomic import write_atomically
from hwcli.errors import HwError, os_error
from hwcli.typed_data import DamageError, parse_json, typed

KEY = "hw-model"
VERSION = 1
BEST, LAST = "best.safetensors", "last.safetensors"  # the models in a run folder
HINT = f"hw train writes model files: RUN/{BEST} and RUN/{LAST}"
TYPES = ("F16", "F32", "F64")  # of weights, as safetensors calls them
LARGEST = 1e6  # weight; those of trained networks are below 100
ABOUT = {"data": dict, "hand": dict, "training": dict, "log_loss": dict, "source": str}  # types of its keys
Tensors = Mapping[str, NDArray[np.float32]]


def save(path: Path, header: Mapping[str, Any], tensors: Tensors, dtype: str = "float32") -> None:
    """Write `tensors` and `header` to `path` atomically; raise HwError if that fails."""
    from safetensors.numpy import save

    metadata = {KEY: json.dumps({"version": VERSION, **header}, ensure_ascii=False, sort_keys=True)}
    arrays = {name: np.ascontiguousarray(t, dtype=dtype) for name, t in tensors.items()}
    write_atomically(path, save(arrays, metadata))


def read_header(path: Path) -> dict[str, Any]:
    """Return the header of the model file `path`; HwError as for `load`."""
    with _opened(path) as (_, header):
        return header


def load(path: Path) -> tuple[dict[str, Any], dict[str, NDArray[np.float32]]]:
    """Return header and tensors, converted to float32, of the model file `path`.

    Raises HwError if the file is missing, damaged, not an hw model file, or of another version.
    """
    with _opened(path) as (file, header):
        names = file.keys()  # the file itself cannot be iterated over
        for name in names:
            if (found := file.get_slice(name).get_dtype()) not in TYPES:
                raise HwError(f"{path}: {name} is of type {found}; hw reads {', '.join(TYPES)}", HINT)
        with np.errstate(over="ignore"):  # infinity is refused by check_tensors
            return header, {name: file.get_tensor(name).astype(np.float32) for name in names}


@contextmanager
def _opened(path: Path) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Open the model file `path`, as safetensors gives it, with its header."""
    from safetensors import SafetensorError, safe_open

    try:
        path.open("rb").close()  # a missing file gives the system's own error
        with safe_open(str(path), framework="np") as file:
            yield file, _header(path, file.metadata() or {})
    except OSError as error:
        raise os_error(error, f"read the model {path}") from None
    except SafetensorError as error:
        raise HwError(f"{path} is not a model file, or is truncated ({error})", HINT) from None


def check_tensors(path: Path, tensors: Tensors, shapes: Mapping[str, tuple[int, ...]]) -> None:
    """Raise HwError unless `tensors` have these names and shapes, and values up to LARGEST.

    Sums of products of such values are finite, so that a network computes numbers from any finite input.
    """
    if {k: v.shape for k, v in tensors.items()} != dict(shapes):
        raise HwError(f"{path}: its weights do not match its header")
    for name, tensor in tensors.items():
        if not np.abs(tensor).max(initial=0) <= LARGEST:  # or not a number
            raise HwError(f"{path}: {name} has values that are not finite, or above {LARGEST:g}")


def _header(path: Path, metadata: Mapping[str, str]) -> dict[str, Any]:
    if KEY not in metadata:
        raise HwError(f"{path} is not an hw model file", HINT)
    with damaged_header(path):
        header: dict[str, Any] = typed(parse_json(metadata[KEY].encode()), dict, "the header")
        version = header.get("version")
        if version == VERSION:
            _check_about(header.get("about"))
    if version != VERSION:
        raise HwError(
            f"{path} has model format version {version}; this hw reads version {VERSION}", "upgrade hwcli"
        )
    return header


def _check_about(about: Any) -> None:
    """Raise DamageError unless what a file says about its model is of the types that others expect."""
    for key, value in typed(about, dict, "about").items():
        if key in ABOUT and value is not None:
            typed(value, ABOUT[key], key, "about")


@contextmanager
def damaged_header(path: Path) -> Iterator[None]:
    """Turn a DamageError of the block into an HwError about the header of `path`."""
    try:
        yield
    except DamageError as error:
        raise HwError(f"{path}: its header is damaged ({error})") from None
