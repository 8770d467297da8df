"""The weights of a model as the page holds them: 16 bits each, or 8 and a scale per row.

The layouts are those of the NumPy engines (hwcli.engine.lstm and hwcli.reader.engine), except that biases
are apart, so that they keep their 32 bits, and that a reader's layer has one matrix per direction. Rows are
padded to a multiple of ROWS, columns to one of COLUMNS, which the page reads at once.
hwcli/export/model.mjs unpacks it, and half.mjs describes the 16 bits.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwcli.engine.lstm import Weights
from hwcli.model import picture_shape
from hwcli.model.reader_file import ReaderFile
from hwcli.model.shape import Shape

Array = NDArray[np.floating[Any]]
BITS = (8, 16)
ROWS, COLUMNS = 4, 8
LOWEST = -26  # the smallest number is then that of float16, halved
EXPONENTS = 31
ORDER = [0, 4, 1, 5, 2, 6, 3, 7]  # of eight columns of halves: hwcli/export/simd.mjs reads them in pairs
MANTISSA = 1024
MOST_8 = 127


@dataclass(frozen=True)
class Packed:
    """Numbers for the page, and what it needs to know to read them."""

    data: bytes
    sizes: tuple[tuple[int, int], ...]  # rows and columns of each matrix, with their padding
    lowest: int  # the smallest exponent of 16-bit weights
    bits: int


Matrix = tuple[Array, Array]  # padded, and its bias


def packed(matrices: Sequence[Matrix], bits: int, arrays: Sequence[NDArray[np.float32]] = ()) -> Packed:
    """Pack `matrices` in `bits` (8 or 16) per weight, followed by further `arrays` as float32."""
    largest = max(float(np.abs(matrix).max()) for matrix, _ in matrices)
    lowest = max(LOWEST, int(np.frexp(largest * (1 + 1 / MANTISSA))[1]) - EXPONENTS - 1)
    parts: list[bytes] = []
    for matrix, bias in matrices:
        parts.append(bias.astype("<f4").tobytes())
        if bits == 16:
            halves = to_halves(matrix, lowest).reshape(-1, COLUMNS)[:, ORDER]
            parts.append(_aligned(halves.tobytes()))
        else:
            scale = np.abs(matrix).max(1) / MOST_8
            whole = np.rint(matrix / np.where(scale > 0, scale, 1)[:, None])
            parts += [scale.astype("<f4").tobytes(), _aligned(whole.astype(np.int8).tobytes())]
    parts += [array.astype("<f4").tobytes() for array in arrays]
    return Packed(b"".join(parts), tuple(matrix.shape for matrix, _ in matrices), lowest, bits)


def as_text(numbers: Packed) -> str:
    """Return packed numbers as the page holds them: compressed by zlib, in base85 (RFC 1924).

    Bytes of equal weight lie together in 16-bit data: the upper ones compress, the lower ones do not. A dot
    stands for the digit <, with which markup could begin.
    """
    width = numbers.bits // 8
    planes = np.frombuffer(numbers.data, np.uint8).reshape(-1, width).T
    return base64.b85encode(zlib.compress(planes.tobytes(), 9)).decode().replace("<", ".")


def writer_matrices(weights: Weights) -> list[Matrix]:
    """Return the matrices of a network that writes: its layers, its window, its output."""
    return [_split(matrix, columns) for matrix, columns in zip(weights.matrices, _ones(weights), strict=True)]


def reader_matrices(file: ReaderFile) -> list[Matrix]:
    """Return the matrices of a reader: its frames, each direction of each layer, its classes.

    A layer reads its input and then its own output. Gates are in the order i, f, o, g, and those that are
    sigmoids are halved.
    """
    tensors = {name: tensor.astype(np.float32) for name, tensor in file.tensors.items()}
    frame = tensors["frame.weight"].transpose(0, 2, 1).reshape(len(tensors["frame.weight"]), -1)
    found = [_padded(frame, tensors["frame.bias"])]
    for layer in range(file.shape.layers):
        for direction in ("there", "back"):
            name = f"lstm.{layer}.{direction}"
            both = np.concatenate([tensors[f"{name}.input"], tensors[f"{name}.recurrent"]], axis=1)
            found.append(_padded(_halved(both), _halved(tensors[f"{name}.bias"])))
    return [*found, _padded(tensors["output.weight"], tensors["output.bias"])]


def picture_matrices(file: ReaderFile) -> list[Matrix]:
    """Return the matrices of a reader's second network, if it has one: its convolutions and its classes.

    The columns of a convolution are in the order rows, columns, channels of what it reads.
    """
    found = []
    for name, kernel in _of_pictures(file):
        if kernel.ndim > 1:
            last = np.moveaxis(kernel, 1, -1).reshape(len(kernel), -1)
            found.append(_padded(last, file.pictures[f"{name}.bias"].astype(np.float32)))
    return found


def picture_norms(file: ReaderFile) -> list[NDArray[np.float32]]:
    """Return the scale and then the shift of each norm of a reader's second network."""
    norms = [(name, scale) for name, scale in _of_pictures(file) if scale.ndim == 1]
    return [part for name, scale in norms for part in (scale, file.pictures[f"{name}.bias"])]


def _of_pictures(file: ReaderFile) -> list[tuple[str, NDArray[np.float32]]]:
    """Return the layers of a reader's second network, with their weights, from the picture on."""
    if not file.pictures:
        return []
    names = [name for name in picture_shape.tensors(file.shape.characters) if name.endswith(".weight")]
    return [(name.removesuffix(".weight"), file.pictures[name].astype(np.float32)) for name in names]


def shape_of(shape: Shape) -> dict[str, Any]:
    """Return the sizes that the page's engine needs, as a JSON object."""
    names = ("layers", "hidden", "mixtures", "gaussians", "characters", "skip")
    return {name: asdict(shape)[name] for name in names}


def to_halves(matrix: Array, lowest: int) -> NDArray[np.uint16]:
    """Return the 16 bits nearest to each number of `matrix`.

    >>> to_halves(np.array([1.0, -1.5, 0.0]), lowest=-26).tolist()
    [26624, 59904, 0]
    """
    mantissa, exponent = np.frexp(np.abs(np.asarray(matrix, np.float64)))
    # 2 mantissa is from 1 to below 2; what rounding carries over makes the exponent larger
    half = np.rint((2 * mantissa - 1 + exponent - 1 - lowest) * MANTISSA)
    half = np.where((mantissa == 0) | (half < MANTISSA), 0, np.minimum(half, (EXPONENTS + 1) * MANTISSA - 1))
    return half.astype(np.uint16) | np.where(np.signbit(matrix), 0x8000, 0).astype(np.uint16)


def _ones(weights: Weights) -> list[list[int]]:
    """Return, for each of the engine's matrices, the columns that read a constant 1; the last is the bias."""
    shape, part = weights.shape, weights.part
    ones = [[shape.hidden]] * shape.layers
    if weights.window is not None:
        ones.append([shape.hidden])
    layers = shape.layers if shape.skip else 1
    return [*ones, [k * part + shape.hidden for k in range(layers)]]


def _halved(gates: Array) -> Array:
    """Return rows of the gates i, f, g, o in the order i, f, o, g, with the sigmoids' halved."""
    i, f, g, o = np.split(gates, 4)
    return np.concatenate([i / 2, f / 2, o / 2, g])


def _split(matrix: Array, ones: list[int]) -> Matrix:
    """Return a matrix without its `ones`, padded, and its bias."""
    return _padded(np.delete(matrix, ones, axis=1), matrix[:, ones[-1]])


def _padded(matrix: Array, bias: Array) -> Matrix:
    more = -len(matrix) % ROWS
    return np.pad(matrix, ((0, more), (0, -matrix.shape[1] % COLUMNS))), np.pad(bias, (0, more))


def _aligned(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)
