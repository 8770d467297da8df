"""The file of a reader: weights, alphabet and everything known about them; read and written without torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwcli.alphabet import Alphabet
from hwcli.errors import HwError
from hwcli.model import container, picture_shape
from hwcli.model.file import READER
from hwcli.model.reader_shape import ReaderShape
from hwcli.typed_data import DamageError, record

PICTURES = "pictures."  # before the names of the second network's tensors
MOST_LAYERS, MOST_CELLS = 64, 8192  # of a plausible network


@dataclass(frozen=True, eq=False)
class ReaderFile:
    """The content of a reader's file."""

    shape: ReaderShape
    alphabet: Alphabet  # class k + 1 of the network is its character k
    tensors: Mapping[str, NDArray[np.float32]]  # with the names and shapes of ReaderShape.tensors()
    about: Mapping[str, Any] = field(default_factory=dict)  # data, licence, training, error, …
    # of a second network, which sees pictures, as picture_shape.tensors(); empty in readers that hw trains
    pictures: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """The kind of model: `reader`."""
        return self.shape.kind

    @property
    def parameters(self) -> int:
        """The number of weights."""
        return sum(t.size for t in (*self.tensors.values(), *self.pictures.values()))


def write(path: Path, reader: ReaderFile, dtype: str = "float32") -> None:
    """Write `reader` to `path` atomically; raise HwError if that fails. float16 weights halve the file."""
    header = {
        "kind": READER,
        "shape": asdict(reader.shape),
        "alphabet": reader.alphabet.as_dict(),
        "about": dict(reader.about),
    }
    pictures = {f"{PICTURES}{name}": tensor for name, tensor in reader.pictures.items()}
    container.save(path, header, {**reader.tensors, **pictures}, dtype)


def read(path: Path) -> ReaderFile:
    """Read the reader in the model file `path`; weights are converted to float32.

    Raises HwError if the file is missing, damaged, of another version, or of a model that writes.
    """
    header, every = container.load(path)
    if (kind := header.get("kind")) != READER:
        raise HwError(f"{path} is a {kind} model: it cannot read", "hw train --kind reader trains a reader")
    with container.damaged_header(path):
        shape = record(ReaderShape, header.get("shape"), "shape")
        alphabet = Alphabet.of(header.get("alphabet"))
        pictures = {
            name[len(PICTURES) :]: every.pop(name) for name in list(every) if name.startswith(PICTURES)
        }
        if shape.characters != len(alphabet) or not _plausible(shape, len(every)):
            raise DamageError(f"impossible sizes: {shape}")
    container.check_tensors(path, every, shape.tensors())
    if pictures:
        container.check_tensors(path, pictures, picture_shape.tensors(shape.characters))
    return ReaderFile(shape, alphabet, every, header["about"], pictures)


def _plausible(shape: ReaderShape, tensors: int) -> bool:
    """Return whether sizes from a file are possible, before anything is allocated by them."""
    if min(shape.layers, shape.hidden, shape.characters) < 1:
        return False
    return shape.layers <= MOST_LAYERS and shape.hidden <= MOST_CELLS and tensors == 6 * shape.layers + 4
