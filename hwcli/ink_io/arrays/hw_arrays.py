"""Ink as the arrays of a .npz file that opens without pickle.

`points` (n, 2) holds the absolute points of all inks, `ends` (n,) where a stroke ends, `starts` (inks + 1,)
the first point of each ink and then n. `texts` and `ids` (inks,) are for other programs; `about` holds the
bytes of one line of hw ink for each ink, without strokes and prediction. Predictions are the arrays `eos`,
`pi`, `mu`, `sigma` and `rho`, of the inks whose number of `components` (inks,) is not 0, end to end; if these
numbers differ, all but `eos` are flat.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwcli.errors import HwError
from hwcli.ink_io import limit, ndjson
from hwcli.ink_io.arrays.damage import ArrayError
from hwcli.ink_io.arrays.numpy_parts import Pickled
from hwcli.ink_io.found_ink import FoundInk
from renderers.ink import Ink, InkError, Prediction

_FIRST_DAY = (1980, 1, 1, 0, 0, 0)  # the same ink gives the same bytes
_WIDTHS = {
    "eos": 0,
    "pi": 1,
    "mu": 2,
    "sigma": 2,
    "rho": 1,
}  # numbers per point and component; eos: per point
_PER_INK, _PER_STROKE = 1_500, 200  # bytes of memory, at most


def are_hw(arrays: Mapping[str, Pickled]) -> bool:
    """Return whether arrays are those of this module."""
    return {"points", "ends", "starts"} <= arrays.keys()


def dump(inks: Iterable[Ink], prediction: bool = True) -> Iterator[bytes]:
    """Yield the bytes of a .npz file with `inks`."""
    several = list(inks)
    predictions = [ink.prediction if prediction else None for ink in several]
    about = b"".join(ndjson.dump_about(ink) for ink in several)
    arrays: dict[str, NDArray[Any]] = {
        "points": np.concatenate([np.zeros((0, 2)), *(ink.points for ink in several)]),
        "ends": np.concatenate([np.zeros(0, bool), *(ink.ends for ink in several)]),
        "starts": np.cumsum([0, *map(len, several)], dtype=np.int64),
        "texts": np.array([ink.text or "" for ink in several], dtype=np.str_),
        "ids": np.array([ink.id or "" for ink in several], dtype=np.str_),
        "about": np.frombuffer(about, np.uint8),
    }
    if any(one is not None for one in predictions):
        arrays |= _prediction_arrays(predictions)
    yield _zipped(arrays)


def _prediction_arrays(predictions: list[Prediction | None]) -> dict[str, NDArray[Any]]:
    counts = [0 if one is None else one.pi.shape[1] for one in predictions]
    given = [one for one in predictions if one is not None]
    flat = len({one.pi.shape[1] for one in given}) > 1
    arrays: dict[str, NDArray[Any]] = {"components": np.array(counts, np.int64)}
    for field in fields(Prediction):
        values = [np.asarray(getattr(one, field.name), np.float32) for one in given]
        arrays[field.name] = np.concatenate([v.ravel() for v in values] if flat else values)
    return arrays


def _zipped(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, array in arrays.items():
            one = io.BytesIO()
            np.save(one, array, allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", _FIRST_DAY), one.getbuffer())
    return out.getvalue()


def inks_in(arrays: Mapping[str, Pickled], name: str) -> Iterator[FoundInk | HwError]:
    """Yield the inks in the arrays of the file `name`, or what is wrong with one.

    Raises ArrayError if the arrays do not fit together, and HwError, without the name, if they would take too
    much memory.
    """
    points, ends = _array(arrays, "points", "iuf", 2), _array(arrays, "ends", "biu", 1)
    starts = _array(arrays, "starts", "iu", 1).astype(np.int64)
    if points.shape[1] != 2 or len(points) != len(ends):
        raise ArrayError(f"points {points.shape} and ends {ends.shape} do not fit together")
    if not len(starts) or starts[0] != 0 or starts[-1] != len(points) or (np.diff(starts) < 0).any():
        raise ArrayError("starts does not lead from 0 to the number of points")
    count = len(starts) - 1
    needed = _PER_INK * count + _PER_STROKE * int(np.count_nonzero(ends)) + 32 * len(points)
    if (trouble := limit.exceeded(needed)) is not None:
        raise HwError(trouble, limit.HINT)
    about = _about(arrays, count)
    predictions = _Predictions(arrays, starts)
    for k in range(count):
        where = f"{name}, ink {k + 1}"
        piece = slice(int(starts[k]), int(starts[k + 1]))
        try:
            bare = Ink.from_points(points[piece], ends[piece])
            yield ndjson.found(ndjson.parse_about(about[k], bare, predictions.of(k), where), "npz")
        except (ArrayError, InkError) as error:
            yield HwError(f"{where}: {error}")
        except HwError as error:
            yield error


def _array(arrays: Mapping[str, Pickled], name: str, kinds: str, axes: int) -> NDArray[Any]:
    array = arrays[name].array if name in arrays else None
    if array is None or array.ndim != axes or array.dtype.kind not in kinds:
        raise ArrayError(f"the array {name!r} is missing, or of another type or shape")
    return array


def _about(arrays: Mapping[str, Pickled], count: int) -> list[bytes]:
    """Return a line of hw ink for each ink, or none where there are only texts and ids."""
    if "about" in arrays:
        lines = _array(arrays, "about", "u", 1).tobytes().splitlines()
        if len(lines) != count:
            raise ArrayError(f"about has {len(lines):,} lines for {count:,} inks")
        return lines
    columns = {key: _texts(arrays, key + "s", count) for key in ("text", "id")}
    return [
        ndjson.dump_about(Ink((), text=columns["text"][k] or None, id=columns["id"][k] or None))
        for k in range(count)
    ]


def _texts(arrays: Mapping[str, Pickled], name: str, count: int) -> list[str]:
    if name not in arrays:
        return [""] * count
    array = _array(arrays, name, "U", 1)
    try:
        texts: list[str] = array.tolist()
        "".join(texts).encode()
    except ValueError:  # numbers that are no characters, or half of one
        raise ArrayError(f"{name} holds something that is not text") from None
    if len(texts) != count:
        raise ArrayError(f"{len(texts):,} {name} for {count:,} inks")
    return texts


class _Predictions:
    """The predictions of inks, found by the number of points and components of those before."""

    def __init__(self, arrays: Mapping[str, Pickled], starts: NDArray[np.int64]):
        self._counts: list[int] = []
        if "components" not in arrays:
            return
        counts = _array(arrays, "components", "iu", 1).astype(np.int64)
        points = np.diff(starts)
        if len(counts) != len(points) or (counts < 0).any() or (counts > 1 << 20).any():
            raise ArrayError("components are not given for each ink")
        self._counts, self._points = counts.tolist(), points.tolist()
        self._values = {key: _flat(arrays, key) for key in _WIDTHS}
        sizes = {"eos": points * (counts > 0), "pi": points * counts}
        self._starts = {key: np.cumsum([0, *rows]) for key, rows in sizes.items()}
        for key, width in _WIDTHS.items():
            size = int(self._starts["pi" if width else "eos"][-1]) * max(width, 1)
            if len(self._values[key]) != size:
                raise ArrayError(f"{key} has {len(self._values[key]):,} numbers, but should have {size:,}")

    def of(self, k: int) -> Prediction | None:
        """Return the prediction of ink k; InkError if it is none."""
        if not self._counts or not self._counts[k]:
            return None
        n, m, row, place = self._points[k], self._counts[k], self._starts["eos"][k], self._starts["pi"][k]
        pieces: dict[str, Any] = {"eos": self._values["eos"][row : row + n]}
        for key, width in _WIDTHS.items():
            if width:
                piece = self._values[key][width * place : width * (place + n * m)]
                pieces[key] = piece.reshape((n, m, 2) if width == 2 else (n, m))
        return Prediction(**pieces)


def _flat(arrays: Mapping[str, Pickled], name: str) -> NDArray[np.float32]:
    array = arrays[name].array if name in arrays else None
    if array is None or array.dtype.kind not in "iuf":
        raise ArrayError(f"the array {name!r} is missing, or not of numbers")
    with np.errstate(over="ignore"):  # Prediction refuses what is infinite then
        return array.ravel().astype(np.float32)
