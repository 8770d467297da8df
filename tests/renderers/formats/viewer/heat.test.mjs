import assert from "node:assert/strict";
import test from "node:test";

import { Heat } from "../../../../renderers/formats/viewer/heat.mjs";

const BOX = { left: -10, top: -5, right: 10, bottom: 5 };

function density({ pi, x, y, sx, sy, rho }, px, py) {
  const dx = (px - x) / sx,
    dy = (py - y) / sy,
    one = 1 - rho * rho;
  const form = dx * dx - 2 * rho * dx * dy + dy * dy;
  return (pi * Math.exp(-form / (2 * one))) / (2 * Math.PI * sx * sy * Math.sqrt(one));
}

test("the sum on the grid is the density of the mixture", () => {
  const heat = new Heat(BOX, 400);
  assert.deepEqual([heat.columns, heat.rows], [400, 200]);
  const components = [
    { pi: 0.7, x: 1, y: 0.5, sx: 2, sy: 0.5, rho: 0.8 },
    { pi: 0.3, x: -4, y: -2, sx: 0.4, sy: 1, rho: -0.9 },
  ];
  heat.add(components);
  const peak = heat.peak();
  for (const [column, row] of [
    [220, 110],
    [120, 60],
    [200, 100],
    [240, 116],
    [10, 10],
  ]) {
    const px = BOX.left + (column + 0.5) * heat.pixel,
      py = BOX.top + (row + 0.5) * heat.pixel;
    const wanted = components.reduce((sum, one) => sum + density(one, px, py), 0);
    assert.ok(Math.abs(heat.sum[row * 400 + column] - wanted) < 0.02 * peak);
  }
});

test("a mixture has mass 1, however narrow it is", () => {
  for (const deviation of [0.001, 0.05, 1]) {
    const heat = new Heat(BOX, 200);
    heat.add([{ pi: 1, x: 0.03, y: 0.07, sx: deviation, sy: deviation, rho: 0 }]);
    const mass = heat.sum.reduce((sum, value) => sum + value, 0) * heat.pixel ** 2;
    assert.ok(Math.abs(mass - 1) < 0.03, `${mass} of ${deviation}`);
  }
});

test("what is added can be taken away", () => {
  const heat = new Heat(BOX, 200);
  const mixture = [{ pi: 1, x: 2, y: 1, sx: 0.3, sy: 3, rho: 0.5 }];
  heat.add(mixture);
  heat.add(mixture, -1);
  assert.ok(heat.peak() < 1e-12);
});

test("components beyond the grid, without size or without end change nothing that is seen", () => {
  const heat = new Heat(BOX, 200);
  heat.add([
    { pi: 1, x: 1e9, y: 0, sx: 1, sy: 1, rho: 0 },
    { pi: 1, x: NaN, y: 0, sx: 1, sy: 1, rho: 0 },
  ]);
  heat.add([{ pi: 1, x: 0, y: 0, sx: Infinity, sy: 1, rho: 0 }]);
  assert.equal(heat.peak(), 0);
});

test("saturation is where a twentieth of the mass is denser", () => {
  const heat = new Heat(BOX, 200);
  heat.add([{ pi: 1, x: 0, y: 0, sx: 1, sy: 1, rho: 0 }]);
  // of a Gaussian, the mass beyond density d is 1 - d / peak
  assert.ok(Math.abs(heat.saturation() / heat.peak() - 0.95) < 0.01);
  assert.equal(new Heat(BOX, 50).saturation(), 1);
});

test("only what changed is painted", () => {
  const heat = new Heat(BOX, 200);
  const painted = [];
  const context = {
    createImageData: (width, height) => ({ width, height, data: new Uint8ClampedArray(4 * width * height) }),
    putImageData: (image, left, top) => painted.push([left, top, image.width, image.height, image.data]),
  };
  heat.add([{ pi: 1, x: 0, y: 0, sx: 0.2, sy: 0.2, rho: 0 }]);
  const table = Uint8Array.from({ length: 1024 }, (_, k) => (k % 4 === 3 ? 255 : k >> 2));
  heat.paint(context, table, heat.peak(), 1);
  const [left, top, width, height, data] = painted[0];
  assert.ok(left > 85 && top > 35 && width < 30 && height < 30);
  assert.equal(Math.max(...data.filter((_, k) => k % 4 === 0)), 255);
  heat.paint(context, table, heat.peak(), 1);
  assert.equal(painted.length, 1);
});
