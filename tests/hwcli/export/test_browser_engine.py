"""The page's engine in headless Chromium: the mixtures of NumPy's, and its speed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from browser import Browser
from hwcli.engine.mixture import mixture
from hwcli.export.packing import as_text
from hwcli.export.page import MODULES, RULES, contents, reader_contents
from hwcli.hands import library
from hwcli.sampling.model import Model
from hwcli.sampling.scoring import known_text
from renderers.web.single_page import data_json, document, joined

ENGINE = [path for path in MODULES if path.stem in (
    "pcg64", "ziggurat", "half", "simd", "products", "tanh", "text_window", "lstm", "pen", "ending", "model",
    "line_writer",
)]  # fmt: skip
TEMPLATE = """<!doctype html>{{HEAD}}
<style>{{STYLE}}</style><body></body><script type="application/json" id="about">{{ABOUT}}</script>
<script type="text/plain" id="weights">{{WEIGHTS}}</script><script type="module">{{SCRIPT}}</script>"""


READER = [*ENGINE, *(path for path in MODULES if path.parent.name in ("reading", "lettering")
                     and path.stem != "in_words")]  # fmt: skip


def test_the_reader_in_chromium_reads_as_hws_does(chromium, bundled, tmp_path):
    ink, reader = library.load("clear"), bundled.reader
    about, numbers = reader_contents(bundled, 16)
    assert numbers is not None
    (tmp_path / "template.html").write_text(TEMPLATE)
    rows = zip(ink.points.tolist(), ink.ends.tolist(), strict=True)
    points = [{"x": x, "y": y, "lifts": end} for (x, y), end in rows]
    script = """
      const { about, points } = JSON.parse(document.getElementById("about").textContent);
      const bytes = await inflated(document.getElementById("weights").textContent, about.bits);
      const reader = LineReader.unpacked(about, bytes);
      const timed = (steps) => {
        const begun = performance.now();
        let step = steps.next();
        while (!step.done) step = steps.next();
        return { line: step.value, took: performance.now() - begun };
      };
      const read = timed(reader.classified(inkOf(points)));
      const looked = timed(reader.pictures.seen(read.line));
      const areFast = [reader, reader.pictures].every(({ network }) => network.products.simd);
      const found = [read, looked].map(({ line, took }) => (
        { took, text: reader.textOf(line), logs: [...line.logs.values] }
      ));
      document.body.dataset.result = JSON.stringify({ areFast, found });
    """
    parts = {"ABOUT": data_json({"about": about, "points": points}), "WEIGHTS": as_text(numbers)}
    whole = document(tmp_path / "template.html", " ", joined(READER) + script, parts, RULES)
    (tmp_path / "reader.html").write_bytes(whole)
    chromium.driver.get((tmp_path / "reader.html").as_uri())
    found = json.loads(chromium.until(lambda: chromium.run("return document.body.dataset.result")))
    assert found["areFast"]
    for own, its in zip((reader, reader.pictures), found["found"], strict=True):
        wanted = own._classified(ink)[2]
        print(f"{len(wanted)} frames read in {its['took']:.0f} ms")
        np.testing.assert_allclose(np.reshape(its["logs"], wanted.shape), wanted, atol=2e-3)
        assert its["text"] == own.text_of(ink)


def engine_in_browser(browser: Browser, model: Model, folder: Path, script: str, bits: int = 16) -> Any:
    """Return the JSON that a script leaves, with the engine's modules and a `model` at hand."""
    about, numbers = contents(model, bits, {})
    (folder / "template.html").write_text(TEMPLATE)
    head = (
        'const model = unpacked(JSON.parse(document.getElementById("about").textContent), '
        f'await inflated(document.getElementById("weights").textContent, {bits}));\n'
    )
    parts = {"ABOUT": data_json(about), "WEIGHTS": as_text(numbers)}
    whole = document(folder / "template.html", " ", joined(ENGINE) + head + script, parts, RULES)
    (folder / "engine.html").write_bytes(whole)
    browser.driver.get((folder / "engine.html").as_uri())
    return json.loads(browser.until(lambda: browser.run("return document.body.dataset.result")))


FORCED = """
const rows = %s, codes = %s;
const engine = new Engine(model);
engine.window.look(codes);
const raws = rows.map((row) => [...engine.step(row)]);
document.body.dataset.result = JSON.stringify({ raws, simd: Boolean(engine.products.simd) });
"""


def test_mixtures_in_chromium_are_those_of_numpy(chromium, bundled, tmp_path):
    ink = bundled.sample(text="Five hundred points in a real browser", seed=8, bias=0.3, tries=1)
    target = known_text(bundled.file, bundled.name, ink)
    assert target is not None
    reading = bundled._forcing.read(ink, target)
    assert len(ink) > 500
    script = FORCED % (reading.rows[:500].tolist(), target.codes.tolist())
    found = engine_in_browser(chromium, bundled, tmp_path, script)
    assert found["simd"]
    least = np.array(bundled.file.normalisation.sigma_min)
    one = mixture(reading.raws[:500].astype(np.float64), least)
    other = mixture(np.array(found["raws"]), least)
    for name in one._fields:
        wanted = getattr(one, name)
        np.testing.assert_allclose(getattr(other, name), wanted, rtol=1e-4, atol=1e-4, err_msg=name)


SPEED = """
const codes = Array.from({ length: 60 }, (_, k) => 30 + (k %% 60));
const writer = new LineWriter(model);
const took = [];
for (let round = 0; round < 8; round++) {
  const start = performance.now();
  let count = 0;
  for (const _ of writer.write(codes, [round, 0], 1, null)) if (++count === 400) break;
  took.push(performance.now() - start);
}
document.body.dataset.result = JSON.stringify(400 / (Math.min(...took) / 1000));
"""


def test_it_makes_a_thousand_steps_per_second(chromium, bundled, tmp_path):
    speed = engine_in_browser(chromium, bundled, tmp_path, SPEED.replace("%%", "%"))
    print(f"{speed:.0f} steps/s")
    assert speed > 500, "half of what an idle machine makes: others may use its cores"
