import assert from "node:assert/strict";
import test from "node:test";

import { onDark, tableOnDark } from "../../../../renderers/formats/viewer/colours.mjs";

const luminance = (hex) =>
  [1, 3, 5].map((k) => parseInt(hex.slice(k, k + 2), 16)).reduce((a, v, k) => a + v * [0.213, 0.715, 0.072][k], 0);

test("dark colours become light, and greys their inverse", () => {
  assert.equal(onDark("#000000"), "#ffffff");
  assert.equal(onDark("#ffffff"), "#000000");
  for (const color of ["#1c2440", "#801867", "#203501"]) assert.ok(luminance(onDark(color)) > 140, color);
});

test("hues stay: the largest channel is still the largest", () => {
  for (const [color, channel] of [
    ["#801010", 0],
    ["#108010", 1],
    ["#101080", 2],
  ]) {
    const rgb = [1, 3, 5].map((k) => parseInt(onDark(color).slice(k, k + 2), 16));
    assert.equal(rgb.indexOf(Math.max(...rgb)), channel, color);
  }
});

test("tables keep their transparency", () => {
  assert.deepEqual([...tableOnDark(Uint8Array.of(255, 255, 255, 7, 0, 0, 0, 200))], [0, 0, 0, 7, 255, 255, 255, 200]);
});
