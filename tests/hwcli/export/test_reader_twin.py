"""The page's reader, proofreading and drawn marks in node beside hw's."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hwcli.export.page import contents, reader_contents
from hwcli.hands import library
from hwcli.sampling.drafting.read_back import VERY_CLEAR, read_back, second_look
from hwcli.sampling.model import Model
from renderers.ink import Ink
from web_pages import node

TWIN = Path(__file__).parent / "twin.mjs"

pytestmark = pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")


def run(what: str, folder: Path, **case: Any) -> None:
    (folder / "case.json").write_text(json.dumps(case))
    done = node(TWIN, what, folder)
    assert done.returncode == 0, done.stderr


def seen(
    model: Model, ink: Ink, text: str, folder: Path, bits: int = 16, simd: bool = True, looks: bool = False
) -> dict[str, Any]:
    """Return what the page's reader, or the one that looks, makes of `ink`, beside `text`."""
    about, numbers = reader_contents(model, bits)
    assert numbers is not None
    about["near"] = {"€": "EUR"}
    (folder / "data.bin").write_bytes(numbers.data)
    rows = zip(ink.points.tolist(), ink.ends.tolist(), strict=True)
    (folder / "points.json").write_text(json.dumps([{"x": x, "y": y, "lifts": end} for (x, y), end in rows]))
    run("read", folder, about=about, text=text, written=ink.text, simd=simd, looks=looks)
    found = json.loads((folder / "read.json").read_text())
    found["logs"] = np.fromfile(folder / "logs.bin", np.float64).reshape(found["frames"], -1)
    return found


@pytest.mark.parametrize(
    ("hand", "text"),
    [
        ("clear", None),
        ("slanted", None),
        ("tall", "A different text 7"),
        ("clear", "A € in place of words"),
        ("brisk", "Another, of other length than that"),
    ],
)
def test_the_reader_reads_as_hws_does(tmp_path, bundled, hand, text):
    ink, reader = library.load(hand), bundled.reader
    text = text or ink.text
    found = seen(bundled, ink, text, tmp_path)
    np.testing.assert_allclose(found["logs"], reader._classified(ink)[2], atol=2e-3)
    assert found["reads"] == reader.text_of(ink)
    np.testing.assert_array_equal(found["owner"], reader.characters(ink, ink.text))
    wanted = reader.compare(ink, text, -2)
    assert found["logLikelihood"] == pytest.approx(wanted.log_likelihood, abs=0.02)
    got = {(d["place"], d["readsAs"], d["before"], d["after"]): d["gain"] for d in found["doubts"]}
    for doubt in wanted.doubts:
        if doubt.gain > -1.9:
            key = (doubt.place, doubt.reads_as, doubt.before, doubt.after)
            assert got[key] == pytest.approx(doubt.gain, abs=0.02)
    verdict = read_back(reader, ink, text, VERY_CLEAR)
    faults = [(f.kind, f.place, f.character, f.reads_as) for f in verdict.faults]
    assert [
        (f["kind"], f["place"], f["character"], f["readsAs"]) for f in found["verdict"]["faults"]
    ] == faults
    assert found["verdict"]["troubles"] == verdict.troubles


@pytest.mark.parametrize(("bits", "simd", "off"), [(16, True, 2e-3), (16, False, 2e-3), (8, True, 0.7)])
@pytest.mark.parametrize("hand", ["clear", "wide"])
def test_pictures_are_looked_at_as_by_hw(tmp_path, bundled, hand, bits, simd, off):
    ink, looks = library.load(hand), bundled.reader.pictures
    found = seen(bundled, ink, ink.text, tmp_path, bits, simd, looks=True)
    wanted = looks._classified(ink)[2]
    likely = wanted > (np.log(0.01) if bits == 8 else -np.inf)
    np.testing.assert_allclose(found["logs"][likely], wanted[likely], atol=off)
    if bits == 16:
        verdict = second_look(looks, ink, ink.text, VERY_CLEAR)
        assert found["look"]["logLikelihood"] == pytest.approx(verdict.log_likelihood, abs=0.02)
        assert found["look"]["troubles"] == verdict.troubles


def test_pictures_show_the_same_gross_faults(tmp_path, bundled):
    ink, looks = library.load("clear"), bundled.reader.pictures
    text = "&X" + ink.text[2:]
    found = seen(bundled, ink, text, tmp_path, looks=True)["look"]["faults"]
    verdict = second_look(looks, ink, text)
    assert [fault.place for fault in verdict.faults] == [0, 1]
    assert [(f["kind"], f["place"], f["character"], f["readsAs"]) for f in found] == [
        (fault.kind, fault.place, fault.character, fault.reads_as) for fault in verdict.faults
    ]


@pytest.mark.parametrize(("bits", "simd", "off"), [(16, False, 2e-3), (8, True, 0.7)])
def test_the_reader_without_simd_and_in_8_bits(tmp_path, bundled, bits, simd, off):
    ink = library.load("clear")
    found = seen(bundled, ink, ink.text, tmp_path, bits, simd)
    wanted = bundled.reader._classified(ink)[2]
    likely = wanted > np.log(0.01)
    np.testing.assert_allclose(found["logs"][likely], wanted[likely], atol=off)


TEXTS = {
    "The same seed": 1, "Call 0171 5558 at noon": 6, "Quick zebras jump": 3, "El año de la señora Müller": 7,
    "Ça coûte 3 €, où ça?": 2, "½ of æther, 20 °C": 5, "¿Qué? «Łódź» ½": 11,
}  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
def test_a_seed_gives_the_ink_that_hw_samples_with_tries_and_marks(tmp_path, bundled, text):
    seed = TEXTS[text]
    about, numbers = contents(bundled, 16, {})
    about_reader, of_reader = reader_contents(bundled, 16)
    assert of_reader is not None
    (tmp_path / "about.json").write_text(json.dumps(about))
    (tmp_path / "data.bin").write_bytes(numbers.data)
    (tmp_path / "reader.bin").write_bytes(of_reader.data)
    run("drafted", tmp_path, text=text, seed=seed, bias=0.4, tries=4, aboutReader=about_reader)
    found = json.loads((tmp_path / "drafted.json").read_text())
    ink = bundled.sample(text=text, seed=seed, bias=0.4, tries=4)
    assert found["tries"] == ink.trace.tries
    assert [(f["kind"], f["place"]) for f in found["faults"]] == [(f.kind, f.place) for f in ink.trace.faults]
    assert len(found["points"]) == len(ink)
    places = np.array([[point["x"], point["y"]] for point in found["points"]])
    np.testing.assert_allclose(places, ink.points, atol=0.5)
    assert [point["lifts"] for point in found["points"]][:-1] == ink.ends[:-1].tolist()
    assert [point["character"] for point in found["points"]] == ink.trace.characters.tolist()
