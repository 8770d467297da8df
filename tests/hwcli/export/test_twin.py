"""The page's engine in node beside NumPy's: random numbers, predictions, samples."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import hwcli as hw
from handmade import random_model
from hwcli.engine.mixture import mixture
from hwcli.export.packing import Packed, _ones, as_text, to_halves
from hwcli.export.page import contents
from hwcli.hands import library
from hwcli.ink_size import fitted
from hwcli.sampling.model import Model
from hwcli.sampling.scoring import known_text
from renderers.ink import Ink
from web_pages import node

TWIN = Path(__file__).parent / "twin.mjs"
ALPHABET = " ,abcdefghij"

pytestmark = pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")


def run(what: str, folder: Path, **case: Any) -> None:
    (folder / "case.json").write_text(json.dumps(case))
    done = node(TWIN, what, folder)
    assert done.returncode == 0, done.stderr


def give(model: Model, folder: Path, bits: int = 16, hands: dict[str, Ink] | None = None) -> None:
    about, numbers = contents(model, bits, hands or {})
    (folder / "about.json").write_text(json.dumps(about))
    (folder / "data.bin").write_bytes(numbers.data)


def forced(model: Model, ink: Ink, folder: Path, simd: bool = True, bits: int = 16) -> tuple[Any, Any]:
    """Return what NumPy's engine reads of `ink`, and the mixture vectors of its twin."""
    target = known_text(model.file, model.name, ink)
    assert target is not None
    reading = model._forcing.read(ink, target)
    give(model, folder, bits)
    reading.rows[:-1].astype("<f4").tofile(folder / "rows.bin")
    run("forced", folder, codes=target.codes.tolist(), simd=simd)
    return reading, np.fromfile(folder / "raws.bin", "<f4").reshape(reading.raws.shape)


def as_halves(model: Model) -> Model:
    """Round weights to float16, as those of bundled models are."""
    for tensor in model.file.tensors.values():
        tensor[...] = tensor.astype(np.float16)
    return model


@pytest.fixture(scope="module")
def bundled() -> Model:
    return hw.load_model(kind="synthesis")


@pytest.mark.parametrize("bits", [8, 16])
def test_numbers_are_unpacked_from_the_text_of_the_page(tmp_path, bits):
    generator = np.random.default_rng(bits)
    wanted = [generator.bytes(2 * size) for size in range(1, 40)]
    texts = [as_text(Packed(data, (), 0, bits)) for data in wanted]
    assert {len(text) % 5 for text in texts} == {0, 2, 3, 4}
    assert "<" not in "".join(texts)
    run("inflated", tmp_path, texts=texts, bits=bits)
    assert list(map(bytes, json.loads((tmp_path / "found.json").read_text()))) == wanted


ENTROPIES = [[0, 0], [7, 3], [123456789012345, 0, 5], [2**63 - 1, 1, 2, 3, 4]]


@pytest.mark.parametrize("entropy", ENTROPIES, ids=str)
def test_random_numbers_are_those_of_numpy(tmp_path, entropy):
    count = 20_000
    run("random", tmp_path, entropy=list(map(str, entropy)), count=count)
    generator = np.random.default_rng(entropy)
    wanted = [
        generator.standard_exponential(count, np.float32),
        generator.standard_normal(count, np.float32),
        generator.standard_exponential(count, np.float32),
    ]
    drawn = np.fromfile(tmp_path / "drawn.bin", "<f4")
    # the last bit may differ, where an exponential function rounds otherwise
    np.testing.assert_allclose(drawn, np.concatenate(wanted), rtol=3e-7)


@pytest.mark.parametrize("simd", [True, False])
@pytest.mark.parametrize("how", [
    {"layers": 1}, {"layers": 3, "skip": True}, {"layers": 2, "sources": ("rough", "neat")},
    {"layers": 2, "skip": True, "hidden": 18, "mixtures": 5},
], ids=str)  # fmt: skip
def test_networks_of_any_shape_predict_alike(tmp_path, how, simd):
    model = as_halves(Model(random_model(alphabet=ALPHABET, **how), "tiny"))
    if how.get("sources"):
        model.source = "neat=1.5"
    ink = model.sample(text="abc, def", seed=3, tries=1, points=150)
    reading, raws = forced(model, ink, tmp_path, simd)
    np.testing.assert_allclose(raws, reading.raws, atol=3e-4)


@pytest.mark.parametrize("simd", [True, False])
def test_the_bundled_model_predicts_the_same_mixtures(tmp_path, bundled, simd):
    ink = bundled.sample(text="Five hundred points, more or less.", seed=4, bias=0.5, tries=1)
    assert len(ink) > 500
    reading, raws = forced(bundled, ink, tmp_path, simd)
    least = np.array(bundled.file.normalisation.sigma_min)
    one, other = (mixture(part[:500].astype(np.float64), least) for part in (reading.raws, raws))
    for name in one._fields:
        wanted = getattr(one, name)
        np.testing.assert_allclose(getattr(other, name), wanted, rtol=1e-4, atol=1e-4, err_msg=name)


@pytest.mark.parametrize(("bits", "off"), [(16, 1e-6), (8, 5e-3)])
def test_log_loss_hardly_changes(tmp_path, bundled, bits, off):
    total, other = 0.0, 0.0
    for seed, text in enumerate(["The first of them", "and then 2 more, not fewer", "JUST (three) lines?"]):
        ink = bundled.sample(text=text, seed=seed, bias=0.2, tries=1)
        reading, raws = forced(bundled, ink, tmp_path, bits=bits)
        total += reading.log_loss(bundled.file)
        other += reading._replace(raws=raws).log_loss(bundled.file)
    assert other == pytest.approx(total, rel=off)


@pytest.mark.parametrize(("seed", "bias"), [(1, 1.0), (2**40 + 7, 0.5), (3, 2.0)])
def test_a_seed_gives_the_ink_that_hw_samples(tmp_path, bundled, seed, bias):
    text = "The same seed, the same line"
    give(bundled, tmp_path)
    run(
        "written", tmp_path, codes=bundled.file.alphabet.encode(text).tolist(), simd=True,
        entropy=[str(seed), "0"], bias=bias,
    )  # fmt: skip
    found = json.loads((tmp_path / "points.json").read_text())
    assert found["points"] == found["again"], "the network was not reset"
    check_alike(found["points"], bundled.sample(text=text, seed=seed, bias=bias, tries=1))


def test_in_8_bits_a_seed_gives_the_ink_of_the_rounded_weights(tmp_path):
    model, text, entropy = hw.load_model(kind="synthesis"), "Eight bits, one line", ["3", "0"]
    about, _ = contents(model, 8, {})
    give(model, tmp_path, bits=8)
    codes = model.file.alphabet.encode(text).tolist()
    run("written", tmp_path, codes=codes, simd=True, entropy=entropy, bias=1)
    found = json.loads((tmp_path / "points.json").read_text())
    for matrix, ones in zip(model.weights.matrices, _ones(model.weights), strict=True):
        weights = np.ones(matrix.shape[1], bool)
        weights[ones] = False
        rest = matrix[:, weights]
        scale = (np.abs(rest).max(1) / 127).astype(np.float32)[:, None]
        whole = np.rint(rest / np.where(scale > 0, scale, 1)).astype(np.float64)
        halves = to_halves(whole * scale, about["lowest"])
        exponents, mantissas = (halves >> 10 & 31).astype(int), (halves & 1023) / 1024
        sizes = np.where(exponents > 0, (1 + mantissas) * 2.0 ** (exponents + about["lowest"]), 0)
        matrix[:, weights] = np.where(halves & 0x8000, -sizes, sizes)
    check_alike(found["points"], model.sample(text=text, seed=3, bias=1, tries=1))


@pytest.mark.parametrize("hand", ["clear", "slanted"])
def test_a_hand_gives_the_ink_that_hw_samples(tmp_path, bundled, hand):
    line, text = library.load(hand), "In a hand of its own"
    give(bundled, tmp_path, hands={"other": library.load("tall"), hand: line})
    run(
        "written", tmp_path, codes=bundled.file.alphabet.encode(text).tolist(), simd=True, entropy=["5", "0"],
        bias=1, hand=hand,
    )  # fmt: skip
    found = json.loads((tmp_path / "points.json").read_text())
    assert found["points"] == found["again"], "the second line begins elsewhere"
    ink = bundled.sample(text=text, seed=5, bias=1, tries=1, prime=line, keep_prime=False)
    fit = fitted(line, bundled.size)
    assert fit is not None
    strokes = tuple((stroke - line.points[-1]) * fit[1] for stroke in ink.strokes)  # in the model's units
    check_alike(found["points"], replace(ink, strokes=strokes))


def check_alike(points: list[dict[str, Any]], ink: Ink) -> None:
    """Check that points are those of `ink` to the eye: within a thousandth of the writing's height."""
    assert len(points) == len(ink)
    places = np.array([[point["x"], point["y"]] for point in points])
    np.testing.assert_allclose(places, ink.points, atol=0.5)
    assert [point["lifts"] for point in points] == [*ink.ends[:-1].tolist(), points[-1]["lifts"]]
    assert ink.trace is not None
    assert [point["character"] for point in points] == ink.trace.characters.tolist()


def test_the_rows_of_a_line_are_those_that_hw_would_read(tmp_path, bundled):
    text = "hello"
    give(bundled, tmp_path)
    codes = bundled.file.alphabet.encode(text).tolist()
    run("written", tmp_path, codes=codes, simd=True, entropy=["9", "0"], bias=1)
    rows = np.array(json.loads((tmp_path / "points.json").read_text())["rows"]).reshape(-1, 3)
    ink = bundled.sample(text=text, seed=9, bias=1, tries=1)
    np.testing.assert_allclose(rows, bundled._forcing._rows(ink), atol=1e-3)
