import assert from "node:assert/strict";
import test from "node:test";

import { svg } from "../../../../renderers/formats/viewer/svg.mjs";

const LAYER = {
  xy: Float64Array.of(0, 0, 1, 2, 3, 1, 5, 5),
  times: Int32Array.of(0, 1, 2, 3),
  starts: Int32Array.of(0, 3, 4),
  pen: Int32Array.of(1, 0),
  pens: [
    ["#102030", 0.5],
    ["#405060", 0.25],
  ],
  controls: null,
  shared: 1,
  labels: [{ text: '<b> & "', x: 1, y: 2, size: 3, anchor: "middle", color: "#000000" }],
  raster: null,
};
const VIEW = {
  box: { left: -1, top: -1, right: 9, bottom: 9 },
  scale: 10,
  sides: [100, 100],
  unit: "px",
  marks: [],
  layers: [LAYER],
};

test("paths, dots and labels are at their places on the page", () => {
  const text = svg({ title: "a < b", background: null }, VIEW, []);
  assert.match(text, /^<svg [^>]*width="100px" height="100px" viewBox="0 0 100 100">/);
  assert.match(text, /<g stroke="#405060" stroke-width="2.5"><path d="M10 10L20 30L40 20"\/><\/g>/);
  assert.match(text, /<g stroke="#102030" stroke-width="5"><path d="M60 60h.01"\/><\/g>/);
  assert.match(text, /<text x="20" y="30" [^>]*font-size="30" text-anchor="middle">&#60;b&#62; &#38; &#34;<\/text>/);
  assert.match(text, /<title>a &#60; b<\/title>/);
  assert.match(text, /<rect [^>]*fill="#ffffff"\/>/);
});

test("plotter pages have millimetres and no background", () => {
  const text = svg({ title: "", background: null }, { ...VIEW, unit: "mm" }, []);
  assert.match(text, /width="100mm"/);
  assert.doesNotMatch(text, /<rect|<title>/);
});

test("pieces share elements, and pages say what they are", () => {
  const pieces = { ...LAYER, pen: Int32Array.of(0, 0), shared: 64 };
  const text = svg(
    { title: "", background: null },
    { ...VIEW, marks: ["1 2 3 4", "148 210 auto"], layers: [pieces] },
    [],
  );
  assert.match(text, /<path d="M10 10L20 30L40 20M60 60h.01"\/>/);
  assert.match(text, /data-hw-frame="1 2 3 4" data-hw-paper="148 210 auto"/);
});

test("curves and images are written", () => {
  const curved = { ...LAYER, controls: Float64Array.from({ length: 16 }, (_, k) => k / 4) };
  const image = { href: "data:image/png;base64,AA==", box: { left: 0, top: 0, right: 4, bottom: 2 } };
  const text = svg({ title: "", background: "#fff8e0" }, { ...VIEW, layers: [curved] }, [image]);
  assert.match(text, /M10 10C20 22.5 25 27.5 20 30/);
  assert.match(text, /<image x="10" y="10" width="40" height="20" [^>]*xlink:href="data:image\/png;base64,AA=="\/>/);
  assert.match(text, /fill="#fff8e0"/);
});
