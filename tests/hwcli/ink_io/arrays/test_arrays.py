"""Ink in .npy and .npz files and pickles: stroke-3, stroke-5, and what hw writes itself."""

import io
import pickle
import zipfile
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwcli.errors import HwError
from hwcli.ink_io import formats, limit, ndjson
from hwcli.ink_io.arrays import npy, npz
from inks import make_ink
from renderers.ink import Ink, Prediction

SIZE = st.floats(-1e9, 1e9)
WHOLE = st.integers(-(2**40), 2**40).map(float)


def strokes_of(number):
    return st.lists(st.lists(st.tuples(number, number), min_size=1, max_size=5), max_size=4).map(tuple)


TEXTS = st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
EXTRA = st.dictionaries(st.sampled_from(["writer", "own", "é"]), st.text(max_size=3) | st.integers(0, 9))


def rows(points: int = 10, seed: int = 0, dtype: type = np.float32) -> np.ndarray:
    """Return stroke-3 with two strokes or more."""
    moves = np.random.default_rng(seed).integers(-9, 10, (points, 2))
    lifts = np.arange(points) % 5 == 4
    return np.column_stack([moves, lifts]).astype(dtype)


def objects(values: list) -> np.ndarray:
    array = np.empty(len(values), object)
    array[:] = values
    return array


def saved(array: np.ndarray) -> bytes:
    out = io.BytesIO()
    np.save(out, array, allow_pickle=True)
    return out.getvalue()


def zipped(**arrays: np.ndarray) -> bytes:
    out = io.BytesIO()
    np.savez_compressed(out, **arrays)
    return out.getvalue()


def read(data: bytes) -> list[Ink]:
    return formats.parse(data, "x")


def same(ink: Ink, offsets: np.ndarray) -> bool:
    placed = ink.offsets.copy()
    placed[:1, :2] = ink.points[:1]
    placed[-1:, 2] = offsets[-1:, 2]
    return np.array_equal(placed, offsets)


@pytest.mark.parametrize("dtype", ["<f4", ">f8", "<i2", "|i1"])
def test_stroke_3_is_moves_and_lifts(dtype):
    (ink,) = read(saved(rows().astype(dtype)))
    assert same(ink, rows())
    assert [len(stroke) for stroke in ink.strokes] == [5, 5]


def test_rows_in_the_order_of_fortran_are_the_same():
    (ink,) = read(saved(np.asfortranarray(rows())))
    assert same(ink, rows())


def test_a_lift_in_the_first_column_is_found():
    (ink,) = read(saved(np.roll(rows(), 1, axis=1)))
    assert same(ink, rows())


def test_stroke_5_ends_at_its_end():
    three = rows()
    five = np.zeros((14, 5))
    five[:10, :2], five[:10, 3], five[10:, 4] = three[:, :2], three[:, 2], 1
    five[:10, 2] = 1 - three[:, 2]
    (ink,) = read(saved(five))
    assert same(ink, three)


def test_the_first_row_of_a_batch_of_stroke_5_is_no_point():
    five = np.zeros((2, 12, 5))
    for one in five:
        one[0, 2] = 1
        one[1:11, :2], one[1:11, 3], one[1:11, 2], one[11:, 4] = (
            rows()[:, :2],
            rows()[:, 2],
            1 - rows()[:, 2],
            1,
        )
    assert [same(ink, rows()) for ink in read(saved(five))] == [True, True]


def test_zeros_that_fill_up_a_batch_are_no_points():
    batch = np.zeros((2, 20, 3))
    batch[0, :10], batch[1, :15] = rows(), rows(15)
    assert [len(ink) for ink in read(saved(batch))] == [10, 15]


def test_lengths_of_a_batch_are_believed():
    lengths, texts = np.array([4, 20]), np.array(["one", "zwölf"])
    inks = read(zipped(x=np.stack([rows(20), rows(20)]), x_len=lengths, texts=texts))
    assert [(len(ink), ink.text) for ink in inks] == [(4, "one"), (20, "zwölf")]


@pytest.mark.parametrize("count", [1, 3])
def test_arrays_of_many_sequences_are_read(count):
    inks = read(saved(objects([rows(5 + k, k) for k in range(count)])))
    assert [len(ink) for ink in inks] == [5 + k for k in range(count)]


def test_sequences_that_are_equally_long_are_still_one_each():
    assert [len(ink) for ink in read(saved(np.array([rows(), rows()], object)))] == [10, 10]


def test_splits_of_a_data_set_are_kept():
    inks = read(zipped(train=objects([rows(), rows(5)]), valid=objects([rows()]), test=objects([rows()])))
    assert [ink.extra["split"] for ink in inks] == ["train", "train", "valid", "test"]


@pytest.mark.parametrize("protocol", range(6))
def test_pickles_of_the_classic_demonstrations_are_read(protocol):
    strokes, texts = [rows(dtype=np.int16), rows(15, dtype=np.int16)], ["one", "two"]
    for value in (
        strokes,
        [strokes, texts],
        (strokes, texts),
        {"train": strokes},
        [s.tolist() for s in strokes],
    ):
        inks = read(pickle.dumps(value, protocol=protocol))
        assert [len(ink) for ink in inks] == [10, 15]
        assert [ink.text for ink in inks] == (
            texts if len(value) == 2 and value[1] is texts else [None, None]
        )


@given(strokes_of(WHOLE))
def test_npy_keeps_whole_numbers_exactly(strokes):
    ink = Ink(strokes)
    (back,) = read(b"".join(npy.dump([ink])))
    assert [s.tolist() for s in back.strokes] == [s.tolist() for s in ink.strokes]


@given(st.lists(strokes_of(SIZE), min_size=2, max_size=4))
def test_npy_keeps_many_inks_up_to_rounding(several):
    inks = [Ink(strokes) for strokes in several]
    if not any(len(ink) for ink in inks):
        return
    for ink, back in zip(inks, read(b"".join(npy.dump(inks))), strict=True):
        if len(ink.points) and not ink.points[-1].any():
            continue
        assert [len(s) for s in back.strokes] == [len(s) for s in ink.strokes]
        assert np.allclose(back.points, ink.points, rtol=1e-9, atol=1e-5)


@given(st.lists(st.tuples(strokes_of(SIZE), TEXTS, TEXTS, EXTRA), max_size=4))
def test_npz_keeps_everything_bit_for_bit(several):
    inks = [Ink(strokes, text=text, id=id_, extra=extra) for strokes, text, id_, extra in several]
    back = list(formats.read_each(b"".join(npz.dump(inks)), "x", "npz"))
    assert [ndjson.dump(one.ink) for one in back] == [ndjson.dump(ink) for ink in inks]


@pytest.mark.parametrize("components", [(5, 5, 5), (5, 0, 5), (2, 7, 0), (0, 0, 0)])
def test_npz_keeps_predictions_of_any_size_and_traces(components):
    inks = []
    for k, count in enumerate(components):
        ink = make_ink(40 + k, seed=k)
        single = {f.name: getattr(ink.prediction, f.name).astype(np.float32) for f in fields(Prediction)}
        cut = {name: a if a.ndim == 1 else a[:, :count] for name, a in single.items()}
        inks.append(Ink(ink.strokes, Prediction(**cut) if count else None, ink.text, trace=ink.trace))
    data = b"".join(npz.dump(inks))
    assert [ndjson.dump(ink) for ink in read(data)] == [ndjson.dump(ink) for ink in inks]
    without = read(b"".join(npz.dump(inks, prediction=False)))
    assert [ink.prediction for ink in without] == [None] * len(inks)


def test_npz_opens_in_numpy_without_pickle():
    inks = [make_ink(20, text="one", id="a"), make_ink(30, text=None)]
    arrays = np.load(io.BytesIO(b"".join(npz.dump(inks))), allow_pickle=False)
    assert arrays["starts"].tolist() == [0, 20, 50]
    assert (arrays["texts"].tolist(), arrays["ids"].tolist()) == (["one", ""], ["a", ""])
    assert np.array_equal(arrays["points"][20:], inks[1].points)
    assert np.array_equal(arrays["ends"][:20], inks[0].ends)


def test_npz_of_other_programs_needs_neither_about_nor_texts():
    points, ends = np.arange(8.0).reshape(4, 2), np.array([0, 1, 0, 1], bool)
    starts = np.array([0, 2, 4])
    first, _ = read(zipped(points=points, ends=ends, starts=starts, texts=np.array(["é", ""])))
    assert (first.text, first.points.tolist()) == ("é", [[0, 1], [2, 3]])
    assert len(read(zipped(points=points, ends=ends, starts=starts))) == 2


NO_INK = {
    "columns that say no lift": (saved(np.arange(30.0).reshape(10, 3)), "no column of 0 and 1"),
    "a picture": (saved(np.zeros((28, 28), np.uint8)), r"no ink in it \(an array of uint8, shape \(28, 28\)"),
    "fields": (saved(np.zeros(3, [("x", "f4")])), "several fields"),
    "dates": (saved(np.zeros(3, "M8[s]")), "has the type <M8"),
    "arrays of other things": (zipped(weights=np.zeros((7, 7)), bias=np.zeros(7)), "arrays weights, bias"),
    "NaN": (saved(np.array([[0, np.nan, 1]])), "sequence 1: stroke 1: a coordinate"),
    "infinity": (saved(np.array([[0, 1e308, 0], [0, 1e308, 1]])), "sequence 1: stroke 1: a coordinate"),
    "five columns": (saved(np.full((3, 5), 7.0)), "not stroke-5"),
    "a model": (pickle.dumps({"a": [1, 2]}, protocol=2), "no ink in it"),
    "code": (pickle.dumps(print), "asks for"),
    "a short array": (saved(rows())[:-1], "do not fit its shape"),
    "a shape of many digits": (saved(rows()).replace(b"(10, 3)", b"(" + b"1" * 3000 + b", 3"), "damaged"),
    "a shape of no number": (saved(rows()).replace(b"(10, 3)", b"(1 0, 3)"), "damaged"),
    "a short header": (saved(rows())[:40], "damaged"),
    "many empty sequences": (saved(np.zeros((2**31 - 1, 0, 3), np.int8)), "more than the limit"),
    "starts beyond the end": (
        zipped(points=np.zeros((2, 2)), ends=np.ones(2, bool), starts=np.array([0, 9])),
        "starts does not lead",
    ),
    "starts that go back": (
        zipped(points=np.zeros((2, 2)), ends=np.ones(2, bool), starts=np.array([0, 2, 1, 2])),
        "starts does not lead",
    ),
}


@pytest.mark.parametrize(("data", "message"), NO_INK.values(), ids=NO_INK)
def test_arrays_that_are_no_ink_are_named(data, message):
    with pytest.raises(HwError, match=message) as error:
        read(data)
    assert error.value.message.startswith("x")
    assert "\n" not in error.value.message


@pytest.mark.parametrize("sequence", [rows(2000), rows(2000).tolist()], ids=["an array", "a list"])
def test_a_pickle_that_names_one_sequence_again_and_again_is_refused(sequence):
    data = pickle.dumps([sequence] * 100_000, protocol=2)
    assert len(data) < 400_000
    *_, last = formats.read_each(data, "x", "pickle")
    assert isinstance(last, HwError)
    assert "more than the limit" in last.message


@pytest.mark.parametrize("shape", [b")", b"K\x01\x85", b"K\x01K\x01\x86"])
def test_an_array_of_objects_in_itself_is_no_ink(shape):
    empty = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntRq\x00"
    kind = b"cnumpy\ndtype\n(S'O8'\nI0\nI1\ntR"
    data = b"\x80\x02" + empty + b"(K\x01" + shape + kind + b"I00\n]h\x00atb."
    with pytest.raises(HwError, match="no ink in it"):
        read(data)


def test_a_zip_bomb_is_refused_before_it_is_unpacked():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.npy", saved(np.zeros((limit.allowed() // 4, 1), np.int8)))
    assert len(out.getvalue()) < 1_000_000
    with pytest.raises(HwError, match="more than the limit"):
        read(out.getvalue())


def test_other_zips_and_texts_are_not_taken_for_arrays():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("notes.txt", "no ink")
    others = (
        out.getvalue(),
        b"(lisp (code))",
        b"Dear Anna,",
        b"[1, 2]",
        b"cnumpy is fast",
        b"(c) 2026",
        b"]q",
        b"",
    )
    assert [formats.detect(data) for data in others] == [None] * len(others)
