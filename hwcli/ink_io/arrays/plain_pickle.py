"""Reads pickles that hold arrays, lists, tuples, dicts, texts and numbers, without Python's unpickler.

A pickle is a program, and its usual interpreter imports and calls what it names. This one knows the steps
that build plain values, and those by which NumPy's arrays are pickled (`numpy_parts`). It refuses all others,
so that nothing in a pickle is ever imported, called or set. It also counts the memory of what it builds:
Python's own makes room for gigabytes that a pickle of twenty bytes asks for.

Texts of Python 2 are taken as Latin-1, in which the bytes of its arrays are pickled.
"""

from __future__ import annotations

import codecs
import struct
from collections.abc import Callable
from typing import Any

from hwcli.errors import HwError
from hwcli.ink_io import limit
from hwcli.ink_io.arrays import numpy_parts
from hwcli.ink_io.arrays.damage import ArrayError

PER_STEP = 80  # bytes of memory per step, at most: an empty list or dict, its place, and that in the memo
_COUNTED = 1 << 12  # steps between two looks at the limit
_MARK = object()
Step = Callable[["PlainPickle"], None]
_STEPS: dict[int, Step] = {}


def load(data: bytes, start: int = 0) -> Any:
    """Return the value that the pickle at `start` holds; arrays are `numpy_parts.Pickled`.

    Raises ArrayError if it holds anything else than plain values and arrays, or is damaged, and HwError,
    without a name, if it would take too much memory.
    """
    return PlainPickle(data, start).value()


def _step(*codes: bytes) -> Callable[[Step], Step]:
    def add(step: Step) -> Step:
        _STEPS.update({code[0]: step for code in codes})
        return step

    return add


class PlainPickle:
    """A pickle being read: its stack, the marks on it, and its memo."""

    def __init__(self, data: bytes, start: int):
        self.data, self.at = data, start
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}
        self.copied = 0  # bytes of texts and of arrays

    def value(self) -> Any:
        """Return the value; see `load`."""
        steps, most = 0, limit.allowed()
        try:
            while (code := self.data[self.at]) != ord("."):
                self.at += 1
                _STEPS[code](self)
                steps += 1
                if steps % _COUNTED == 0 and PER_STEP * steps + self.copied > most:
                    raise HwError(limit.exceeded(PER_STEP * steps + self.copied) or "", limit.HINT)
            (value,) = self.stack
        except KeyError as error:
            raise ArrayError(_refused(error.args[0], self.at)) from None
        except (IndexError, TypeError, struct.error):
            raise ArrayError(f"the pickle is cut off or damaged (byte {self.at:,})") from None
        except ArrayError:
            raise
        except ValueError as error:
            raise ArrayError(f"the pickle is damaged (byte {self.at:,}: {str(error)[:60]})") from None
        if value is _MARK:
            raise ArrayError("the pickle is damaged: it holds nothing")
        return value

    def take(self, size: int) -> bytes:
        """Return the next `size` bytes."""
        end = self.at + size
        if size < 0 or end > len(self.data):
            raise IndexError
        piece, self.at = self.data[self.at : end], end
        self.copied += size
        return piece

    def number(self, form: str) -> Any:
        """Return the next bytes as a number of a struct."""
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def line(self) -> bytes:
        """Return the rest of the line."""
        end = self.data.index(b"\n", self.at)
        return self.take(end + 1 - self.at)[:-1]

    def pop(self) -> Any:
        """Take the value on top of the stack, which must not be a mark."""
        value = self.stack.pop()
        if value is _MARK:
            raise IndexError
        return value

    def to_mark(self) -> list[Any]:
        """Take all values above the topmost mark, and the mark."""
        place = len(self.stack) - 1
        while self.stack[place] is not _MARK:
            place -= 1
            if place < 0:
                raise IndexError
        values = self.stack[place + 1 :]
        del self.stack[place:]
        return values

    def remember(self, place: int) -> None:
        """Keep the value on top of the stack in the memo."""
        self.memo[place] = self.stack[-1]


def _refused(code: object, at: int) -> str:
    if isinstance(code, int) and code in b"\x81\x92oi\x82\x83\x84PQ\x97\x98\x8f\x90\x91":
        return "the pickle holds objects; hw reads arrays, lists, dicts, texts and numbers in it"
    return f"the pickle is damaged (byte {at:,})"


@_step(b"\x80", b"\x95")
def _skip(p: PlainPickle) -> None:  # protocol, frame
    p.take(1 if p.data[p.at - 1] == 0x80 else 8)


@_step(b"(")
def _mark(p: PlainPickle) -> None:
    p.stack.append(_MARK)


@_step(b"0")
def _pop(p: PlainPickle) -> None:
    p.stack.pop()


@_step(b"1")
def _pop_mark(p: PlainPickle) -> None:
    p.to_mark()


@_step(b"2")
def _again(p: PlainPickle) -> None:
    p.stack.append(p.stack[-1])


@_step(b"N", b"\x88", b"\x89")
def _constant(p: PlainPickle) -> None:
    p.stack.append({ord("N"): None, 0x88: True, 0x89: False}[p.data[p.at - 1]])


_NUMBERS = {ord("J"): "<i", ord("K"): "<B", ord("M"): "<H", ord("G"): ">d"}


@_step(b"J", b"K", b"M", b"G")
def _packed_number(p: PlainPickle) -> None:
    p.stack.append(p.number(_NUMBERS[p.data[p.at - 1]]))


@_step(b"I", b"L")
def _whole_in_digits(p: PlainPickle) -> None:
    text = p.line().rstrip(b"L")
    p.stack.append(text == b"01" if text in (b"00", b"01") else int(text))


@_step(b"F")
def _float_in_digits(p: PlainPickle) -> None:
    p.stack.append(float(p.line()))


@_step(b"\x8a", b"\x8b")
def _long(p: PlainPickle) -> None:
    size = p.number("<B" if p.data[p.at - 1] == 0x8A else "<i")
    p.stack.append(int.from_bytes(p.take(size), "little", signed=True))


@_step(b"S")
def _text_in_quotes(p: PlainPickle) -> None:
    text = p.line().rstrip(b"\r")
    if len(text) < 2 or text[0] != text[-1] or text[:1] not in b"'\"":
        raise ArrayError(f"the pickle is damaged (byte {p.at:,}: a text without quotes)")
    p.stack.append(codecs.escape_decode(text[1:-1])[0].decode("latin-1"))


@_step(b"T", b"U")
def _text_of_python_2(p: PlainPickle) -> None:
    size = p.number("<i" if p.data[p.at - 1] == ord("T") else "<B")
    p.stack.append(p.take(size).decode("latin-1"))


_SIZES = {b"C": "<B", b"B": "<I", b"\x8e": "<Q", b"\x96": "<Q", b"\x8c": "<B", b"X": "<I", b"\x8d": "<Q"}
_SIZE_OF = {code[0]: form for code, form in _SIZES.items()}


@_step(b"C", b"B", b"\x8e", b"\x96")
def _bytes(p: PlainPickle) -> None:
    p.stack.append(p.take(p.number(_SIZE_OF[p.data[p.at - 1]])))


@_step(b"\x8c", b"X", b"\x8d")
def _text(p: PlainPickle) -> None:
    p.stack.append(p.take(p.number(_SIZE_OF[p.data[p.at - 1]])).decode("utf-8", "replace"))


@_step(b"V")
def _text_in_escapes(p: PlainPickle) -> None:
    p.stack.append(p.line().decode("raw-unicode-escape"))


@_step(b"]")
def _empty_list(p: PlainPickle) -> None:
    p.stack.append([])


@_step(b"l")
def _list(p: PlainPickle) -> None:
    p.stack.append(p.to_mark())


@_step(b"a")
def _append(p: PlainPickle) -> None:
    value = p.pop()
    _list_on_top(p).append(value)


@_step(b"e")
def _append_all(p: PlainPickle) -> None:
    values = p.to_mark()
    _list_on_top(p).extend(values)


def _list_on_top(p: PlainPickle) -> list[Any]:
    if type(p.stack[-1]) is not list:
        raise IndexError
    there: list[Any] = p.stack[-1]
    return there


@_step(b")")
def _empty_tuple(p: PlainPickle) -> None:
    p.stack.append(())


@_step(b"t")
def _tuple(p: PlainPickle) -> None:
    p.stack.append(tuple(p.to_mark()))


@_step(b"\x85", b"\x86", b"\x87")
def _short_tuple(p: PlainPickle) -> None:
    size = p.data[p.at - 1] - 0x84
    p.stack.append(tuple([p.pop() for _ in range(size)][::-1]))


@_step(b"}")
def _empty_dict(p: PlainPickle) -> None:
    p.stack.append({})


@_step(b"d")
def _dict(p: PlainPickle) -> None:
    values = p.to_mark()
    p.stack.append({})
    _set(p, values)


@_step(b"s")
def _set_one(p: PlainPickle) -> None:
    value, key = p.pop(), p.pop()
    _set(p, [key, value])


@_step(b"u")
def _set_all(p: PlainPickle) -> None:
    _set(p, p.to_mark())


def _set(p: PlainPickle, values: list[Any]) -> None:
    there = p.stack[-1]
    if type(there) is not dict or len(values) % 2:
        raise IndexError
    for key, value in zip(values[::2], values[1::2], strict=True):
        if type(key) not in (str, bytes, int):
            raise ArrayError("the pickle holds a dict whose keys are no names")
        there[key.decode("latin-1") if type(key) is bytes else key] = value


@_step(b"p", b"q", b"r", b"\x94")
def _put(p: PlainPickle) -> None:
    code = p.data[p.at - 1]
    if code == 0x94:
        p.remember(len(p.memo))
    else:
        p.remember(int(p.line()) if code == ord("p") else p.number("<B" if code == ord("q") else "<I"))


@_step(b"g", b"h", b"j")
def _get(p: PlainPickle) -> None:
    code = p.data[p.at - 1]
    place = int(p.line()) if code == ord("g") else p.number("<B" if code == ord("h") else "<I")
    if place not in p.memo:
        raise IndexError
    p.stack.append(p.memo[place])


@_step(b"c")
def _global(p: PlainPickle) -> None:
    module, name = p.line().decode("latin-1"), p.line().decode("latin-1")
    p.stack.append(numpy_parts.named(module, name))


@_step(b"\x93")
def _global_on_stack(p: PlainPickle) -> None:
    name, module = p.pop(), p.pop()
    if type(module) is not str or type(name) is not str:
        raise IndexError
    p.stack.append(numpy_parts.named(module, name))


@_step(b"R")
def _make(p: PlainPickle) -> None:
    arguments, part = p.pop(), p.pop()
    p.stack.append(numpy_parts.made(part, arguments))


@_step(b"b")
def _fill(p: PlainPickle) -> None:
    state = p.pop()
    numpy_parts.fill(p.stack[-1], state)
