import assert from "node:assert/strict";
import test from "node:test";
import {
  guides,
  rightOf,
  sheetWidth,
  slideAfter,
  textWidth,
  unitFor,
  within,
} from "../../../hwcli/recorder/geometry.mjs";

const LONGEST = 35;

test("a line fits into a laptop's or a tablet's window", () => {
  for (const width of [700, 768, 1000, 1088, 2000]) {
    const unit = unitFor(width, LONGEST, 1, false);
    assert.ok(textWidth(LONGEST, unit) <= width + 1e-9, `${width}`);
    assert.ok(unit >= 16 && unit <= 36);
  }
});

test("a phone's sheet slides, at a size for fingers", () => {
  for (const width of [320, 360, 430, 740, 900]) {
    const unit = unitFor(width, LONGEST, 1, true);
    assert.ok(unit >= 24 && textWidth(LONGEST, unit) > width, `${width}`);
  }
});

test("the size that the writer chooses multiplies the guides", () => {
  assert.equal(unitFor(1000, LONGEST, 1.35, false), 1.35 * unitFor(1000, LONGEST, 1, false));
});

test("the x-height is one unit, with room above and below", () => {
  const { xLine, baseline, height } = guides(20);
  assert.ok(Math.abs(baseline - xLine - 20) < 1e-9);
  assert.ok(xLine > 30 && height - baseline > 30);
});

test("the right end of ink is that of all strokes", () => {
  assert.equal(rightOf([]), 0);
  assert.equal(
    rightOf([
      [
        [5, 1],
        [90.5, 2],
      ],
      [[7, 0]],
    ]),
    90.5,
  );
});

test("a sheet grows where ink comes near its end", () => {
  assert.equal(sheetWidth(1000, 800, 700, 25), 1000);
  assert.equal(sheetWidth(360, 1200, 700, 30), 1200);
  assert.ok(sheetWidth(1000, 800, 990, 25) >= 990 + 400);
});

test("a window stays on its sheet", () => {
  assert.equal(within(-5, 1000, 360), 0);
  assert.equal(within(900, 1000, 360), 640);
  assert.equal(within(10, 300, 360), 0);
});

test("a sheet slides on only if the pen rests near the right edge", () => {
  assert.equal(slideAfter(100, 200, 360), 100);
  assert.equal(slideAfter(100, 440, 360), 350);
  assert.equal(slideAfter(0, 900, 360), 0, "ink out of sight to the right: the writer slid back");
});
