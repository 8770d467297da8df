"""The inks in a value of arrays, lists and dicts, by the ways in which data sets of handwriting arrange them.

A sequence is an array of rows, or a list of rows of numbers. Sequences come alone, in lists, in lists by
split (`train`, `valid`, `test`), as a batch that zeros fill up, and with their texts in a second list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwcli.errors import HwError
from hwcli.ink_io import limit
from hwcli.ink_io.arrays import stroke3
from hwcli.ink_io.arrays.damage import ArrayError
from hwcli.ink_io.arrays.numpy_parts import Pickled
from hwcli.ink_io.found_ink import FoundInk
from hwcli.ink_io.recorded.key_names import TEXT
from renderers.ink import Ink, InkError

SPLITS = ("train", "valid", "validation", "test")
_LENGTHS = ("_len", "_lens", "_length", "_lengths")
# bytes of memory of an ink, one of its strokes and one of its points, at most
_PER_INK, _PER_STROKE, _PER_POINT = 700, 200, 40
Sequences = list[NDArray[Any]]


@dataclass(frozen=True)
class Batch:
    """Sequences of one list or array."""

    sequences: Sequences
    padded: bool = False  # whether rows of zeros make all equally long
    texts: list[str] | None = None
    split: str | None = None


def read_value(
    load: Callable[[bytes], Any], data: bytes, name: str, format_: str
) -> Iterator[FoundInk | HwError]:
    """Yield the inks in the value that `load` finds in a file's bytes, or what is wrong with the file."""
    return reported(lambda: inks_in(load(data), name, format_), name)


def reported(read: Callable[[], Iterator[FoundInk | HwError]], name: str) -> Iterator[FoundInk | HwError]:
    """Yield what `read` yields, and what it raises as an error that names the file."""
    try:
        yield from read()
    except ArrayError as error:
        yield HwError(f"{name}: {error}")
    except HwError as error:
        yield HwError(f"{name}: {error.message}", error.hint)


def inks_in(value: Any, name: str, format_: str) -> Iterator[FoundInk | HwError]:
    """Yield the inks in a value from the file `name`, or what is wrong with one.

    Raises ArrayError if there are none in it, and HwError, without the name, if they take too much memory: a
    few bytes of a pickle can name the same sequence many times.
    """
    count, needed = 0, 0
    for batch in _batches(value):
        column = stroke3.lift_column(batch.sequences)
        where = name if batch.split is None else f"{name}, {batch.split}"
        extra = {} if batch.split is None else {"split": batch.split}
        for k, rows in enumerate(batch.sequences):
            count += 1
            text = None if batch.texts is None else batch.texts[k]
            try:
                points, ends = stroke3.points_of(rows, column, batch.padded)
                needed += _PER_INK + _PER_POINT * len(ends) + _PER_STROKE * int(ends.sum())
                check(needed)
                ink = Ink.from_points(points, ends, text=text, extra=dict(extra))
            except (ArrayError, InkError) as error:
                yield HwError(f"{where}, sequence {k + 1}: {error}")
            else:
                yield FoundInk(ink, format_)
    if not count:
        raise ArrayError(f"no ink in it ({_what(value)}); hw reads rows of dx, dy, lift")


def check(needed: int) -> None:
    """Raise HwError, without a name, if ink needs more bytes of memory than the limit allows."""
    if (trouble := limit.exceeded(needed)) is not None:
        raise HwError(trouble, limit.HINT)


def _batches(value: Any) -> Iterator[Batch]:
    """Yield the batches of sequences in a value."""
    if isinstance(value, Pickled) and value.shape == () and len(value.items) == 1:
        value = value.items[0]  # numpy.save wraps what is not an array
    if isinstance(value, Mapping):
        yield from _named_batches(value)
        return
    if isinstance(value, list | tuple) and len(value) == 2 and (texts := texts_in(value[1])) is not None:
        batch = _batch(value[0])
        if batch is not None and len(batch.sequences) == len(texts):
            yield replace(batch, texts=texts)
            return
    if (batch := _batch(value)) is not None:
        yield batch


def _named_batches(arrays: Mapping[str, Any]) -> Iterator[Batch]:
    """Yield the batches among arrays with names, which may also tell their texts and lengths."""
    texts = [one for key in arrays if _word(key) in TEXT and (one := texts_in(arrays[key])) is not None]
    for key, value in arrays.items():
        batch = _batch(value)
        if batch is None:
            continue
        lengths = _lengths_of(key, arrays, batch.sequences) if batch.padded else None
        if lengths is not None:
            batch = Batch([rows[:n] for rows, n in zip(batch.sequences, lengths, strict=True)])
        its = next((one for one in texts if len(one) == len(batch.sequences)), None)
        yield replace(batch, texts=its, split=key if key in SPLITS else None)


def _word(key: str) -> str:
    """Return a name without its plural, in lower case: `Texts` is `text`."""
    return key.lower().removesuffix("s")


def _lengths_of(key: str, arrays: Mapping[str, Any], sequences: Sequences) -> list[int] | None:
    """Return how many rows of each sequence of a batch are used, if an array of that name tells."""
    names = [key + end for end in _LENGTHS] + ["lengths", "lens", "length", "len"]
    for one in (arrays[name] for name in names if name in arrays):
        array = one.array if isinstance(one, Pickled) else None
        if array is not None and array.shape == (len(sequences),) and array.dtype.kind in "iu":
            lengths = [int(n) for n in array]
            if all(0 <= n <= len(rows) for n, rows in zip(lengths, sequences, strict=True)):
                return lengths
    return None


def texts_in(value: Any) -> list[str] | None:
    """Return the texts in an array or a list of texts, None if it is something else."""
    if isinstance(value, Pickled):
        if value.array is not None:
            if value.array.dtype.kind not in "US" or value.array.ndim != 1:
                return None
            try:
                value = value.array.tolist()
            except ValueError:  # numbers that are no characters
                return None
        else:
            value = value.items
    if not isinstance(value, list | tuple) or not all(isinstance(one, str | bytes) for one in value):
        return None
    return [one if isinstance(one, str) else one.decode("utf-8", "replace") for one in value]


def _batch(value: Any) -> Batch | None:
    """Return the sequences in a value, None if there are none."""
    array = _array(value)
    if array is not None:
        if stroke3.is_rows(array):
            return Batch([array])
        if array.ndim == 3 and array.shape[2] in (3, 5) and array.dtype.kind in "biuf":
            check(_PER_INK * len(array))
            return Batch(_without_start(list(array)), padded=True)
        return None
    several = value.items if isinstance(value, Pickled) else value
    if not isinstance(several, list | tuple) or not several:
        return None
    distinct = {id(one): one for one in several}  # a pickle can name one sequence many times
    arrays = {key: _array(one) for key, one in distinct.items()}
    rows = {key: one for key, one in arrays.items() if one is not None and stroke3.is_rows(one)}
    return Batch([rows[id(one)] for one in several]) if len(rows) == len(arrays) else None


def _without_start(batch: Sequences) -> Sequences:
    """Leave out the row with which sketch-rnn begins each sequence of a batch of stroke-5."""
    if batch and len(batch[0]) and batch[0].shape[1] == 5:
        start = np.array([0, 0, 1, 0, 0])
        if all((rows[0] == start).all() for rows in batch):
            return [rows[1:] for rows in batch]
    return batch


def _array(value: Any) -> NDArray[Any] | None:
    """Return an array, or a list of rows of numbers, as an array; None for anything else."""
    if isinstance(value, Pickled):
        return value.array if value.array is not None else _numbers(value.items, value.shape)
    if not isinstance(value, list | tuple) or not value or not isinstance(value[0], list | tuple):
        return None
    width = len(value[0])
    if width not in (3, 5) or not all(isinstance(row, list | tuple) and len(row) == width for row in value):
        return None
    return _numbers([one for row in value for one in row], (len(value), width))


def _numbers(values: list[Any], shape: tuple[int, ...]) -> NDArray[Any] | None:
    """Return objects as an array of numbers with several axes, None if some are something else."""
    if len(shape) not in (2, 3) or not all(type(one) in (int, float, bool) for one in values):
        return None
    try:
        return np.array(values, np.float64).reshape(shape)
    except (OverflowError, ValueError):
        return None


def _what(value: Any) -> str:
    """Return in words what a value is."""
    if isinstance(value, Mapping):
        return f"arrays {', '.join(map(str, list(value)[:6]))}"[:80] if value else "no arrays"
    if isinstance(value, Pickled):
        kind = "objects" if value.array is None else value.array.dtype.name
        return f"an array of {kind}, shape {value.shape}"[:80]
    return f"a {type(value).__name__}"
