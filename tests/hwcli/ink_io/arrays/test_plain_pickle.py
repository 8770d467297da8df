"""Pickles of arrays and plain values are read; what else they ask for is refused and never done."""

import os
import pickle
import struct
from collections import OrderedDict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from hwcli.errors import HwError
from hwcli.ink_io import limit
from hwcli.ink_io.arrays import plain_pickle
from hwcli.ink_io.arrays.damage import ArrayError
from hwcli.ink_io.arrays.numpy_parts import Pickled

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
ARRAYS = npst.arrays(
    st.sampled_from(["<f4", ">f8", "<i2", "|u1", "|b1", ">i8"]), npst.array_shapes(max_dims=3, min_side=0)
)
BOMB = (
    b"]q\x00"
    + b"".join(b"(" + bytes([ord("h"), k]) * 10 + bytes([ord("l"), ord("q"), k + 1]) for k in range(90))
    + b"."
)


def of_python_2(value: bytes) -> bytes:
    """Return a pickle of protocol 2 as Python 2 writes it: with bytes as its texts."""
    return b"\x80\x02U" + bytes([len(value)]) + value + b"."


@given(PLAIN, st.sampled_from(PROTOCOLS))
def test_plain_values_are_what_pickle_reads(value, protocol):
    data = pickle.dumps(value, protocol=protocol)
    assert plain_pickle.load(data) == pickle.loads(data)


@given(ARRAYS, st.sampled_from(PROTOCOLS), st.booleans())
def test_arrays_are_what_pickle_reads_bit_for_bit(array, protocol, by_columns):
    array = np.asfortranarray(array) if by_columns else array
    (back,) = plain_pickle.load(pickle.dumps([array], protocol=protocol))
    assert (back.array.dtype, back.array.shape) == (array.dtype, array.shape)
    assert back.array.tobytes() == array.tobytes()


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_arrays_of_objects_and_single_numbers_are_read(protocol):
    array = np.empty(2, object)
    array[:] = [np.arange(3.0), "é"]
    back, number = plain_pickle.load(pickle.dumps((array, np.int16(-5)), protocol=protocol))
    assert (back.shape, back.items[0].array.tolist(), back.items[1], number) == ((2,), [0, 1, 2], "é", -5)


def test_names_of_both_numpy_1_and_2_are_known():
    data = pickle.dumps(np.arange(3), protocol=0)
    for core in (b"cnumpy.core.multiarray", b"cnumpy._core.multiarray"):
        changed = data.replace(b"cnumpy._core.multiarray", core).replace(b"cnumpy.core.multiarray", core)
        assert plain_pickle.load(changed).array.tolist() == [0, 1, 2]


def test_bytes_of_python_2_are_latin_1():
    assert plain_pickle.load(of_python_2(b"caf\xe9\x00\xff")) == "caf\xe9\x00\xff"


class Calls:
    def __reduce__(self):
        return os.system, ("echo it was run > ran",)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    "value", [Calls(), [1, Calls()], {"train": Calls()}, OrderedDict(a=1), {1, 2}, frozenset({1}), 3j, print]
)
def test_anything_else_is_refused_and_never_run(value, protocol, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ArrayError, match="hw reads arrays"):
        plain_pickle.load(pickle.dumps(value, protocol=protocol))
    assert not list(tmp_path.iterdir())


HOSTILE = {
    "a huge text": b"\x80\x02X\xff\xff\xff\xff.",
    "huge bytes": b"\x80\x04\x8e" + b"\xff" * 7 + b"\x7f.",
    "a huge frame": b"\x80\x04\x95" + b"\xff" * 8,
    "a negative size": b"\x80\x02T\xff\xff\xff\xff.",
    "nothing": b"\x80\x02.",
    "only a mark": b"(.",
    "two values": b"NN.",
    "no end": b"\x80\x02]",
    "an unknown step": b"\x80\x02\xf0.",
    "an item of no list": b"NNa.",
    "a dict with a list as key": b"}]Ns.",
    "what is not in the memo": b"h\x05.",
    "a persistent id": b"Pfile\n.",
    "an extension": b"\x80\x02\x82\x01.",
    "a state of a list": b"]}b.",
    "a state of numpy's function": b"cnumpy.core.multiarray\n_reconstruct\n}b.",
    "a call of a type": b"cnumpy\nndarray\n(I999999999\ntR.",
    "a type of many fields": b"cnumpy\ndtype\n(S'V4'\nI0\nI1\ntR.",
    "a type that does not exist": b"cnumpy\ndtype\n(S'f3'\nI0\nI1\ntR.",
    "digits without end": b"I" + b"1" * 6000 + b"\n.",
    "no number": b"Fabc\n.",
    "no quotes": b"Sabc\n.",
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_damaged_and_hostile_pickles_are_an_error_at_once(data):
    with pytest.raises(ArrayError):
        plain_pickle.load(data)


@pytest.mark.parametrize(
    ("shape", "raw"), [("(I4\nt", b"abc"), ("(I-1\nt", b""), ("(I9223372036854775807\nt", b""), ("]", b"")]
)
def test_an_array_of_another_size_than_its_shape_says_is_refused(shape, raw):
    data = (
        b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntR(I1\n" + shape.encode()
        + b"cnumpy\ndtype\n(S'f4'\nI0\nI1\ntRI00\nS'" + raw + b"'\ntb."
    )  # fmt: skip
    with pytest.raises(ArrayError):
        plain_pickle.load(data)


def test_a_type_with_an_object_inside_numbers_is_refused():
    """NumPy would take the bytes for pointers."""
    data = pickle.dumps(np.zeros(1, object), protocol=2)
    place = data.index(b"]")  # the list of objects becomes bytes
    with pytest.raises(ArrayError):
        plain_pickle.load(data[:place] + b"U\x08" + struct.pack("<q", 4096) + data[-3:])


def test_lists_that_name_each_other_take_no_memory():
    assert len(plain_pickle.load(b"(" + BOMB[:-1] + b"t.")[-1]) == 10


def test_a_huge_place_in_the_memo_takes_no_memory():
    assert plain_pickle.load(b"\x80\x02]r\xff\xff\xff\x7f.") == []


def test_many_small_values_count_against_the_limit():
    with pytest.raises(HwError, match="more than the limit"):
        plain_pickle.load(b"(" + b"]" * (limit.allowed() // plain_pickle.PER_STEP + 10_000) + b"l.")


def test_an_array_in_itself_is_read_once():
    value = plain_pickle.load(b"]q\x00h\x00a.")
    assert value[0] is value
    assert not isinstance(value, Pickled)
