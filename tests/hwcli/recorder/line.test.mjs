import assert from "node:assert/strict";
import test from "node:test";
import { begin, emptyLine, extend, removeLast, restored } from "../../../hwcli/recorder/line.mjs";

const at = (x, y, time = 5000, pressure = 0.5) => ({ x, y, time, pressure });

function written() {
  const line = emptyLine(30);
  begin(line, at(10.25, 20.125, 5000, 0.123456));
  extend(line, at(11, 21, 5008.34));
  begin(line, at(30, 20, 5500));
  return line;
}

test("points keep fractions of a pixel, times count from the first", () => {
  const line = written();
  assert.deepEqual(line.strokes, [
    [
      [10.25, 20.125],
      [11, 21],
    ],
    [[30, 20]],
  ]);
  assert.deepEqual(line.t, [0, 8.3, 500]);
  assert.deepEqual(line.pressure, [0.1235, 0.5, 0.5]);
});

test("the noise of binary fractions is left out", () => {
  const line = emptyLine(30);
  begin(line, at(0.1 + 0.2, 411.42857360839844));
  assert.deepEqual(line.strokes, [[[0.3, 411.429]]]);
});

test("a pen at rest adds no points", () => {
  const line = written();
  assert.equal(extend(line, at(30, 20, 5600, 0.9)), false);
  assert.equal(extend(line, at(30.5, 20, 5600)), true);
  assert.equal(line.t.length, 4);
});

test("times never go back", () => {
  const line = written();
  extend(line, at(40, 20, 4000));
  assert.deepEqual(line.t, [0, 8.3, 500, 500]);
});

test("undo removes the last stroke with its times and pressures", () => {
  const line = written();
  assert.equal(removeLast(line), true);
  assert.deepEqual([line.strokes.length, line.t.length, line.pressure.length], [1, 2, 2]);
  assert.equal(removeLast(line), true);
  assert.equal(removeLast(line), false);
  begin(line, at(1, 1, 9000));
  assert.deepEqual(line.t, [0], "time counts from the new first point");
});

test("a kept line comes back, anything else does not", () => {
  const line = written();
  assert.deepEqual(restored(structuredClone(line)), line);
  assert.deepEqual(restored(emptyLine(3)), emptyLine(3));
  const bad = [
    undefined,
    null,
    3,
    "x",
    {},
    { ...line, unit: 0 },
    { ...line, unit: Infinity },
    { ...line, strokes: [[]] },
    { ...line, strokes: [[[1]]] },
    { ...line, strokes: [[[1, NaN]]] },
    { ...line, strokes: "ab" },
    { ...line, t: [0] },
    { ...line, pressure: [1, 2, "3"] },
    { ...line, start: "now" },
  ];
  for (const value of bad) assert.equal(restored(value), null, JSON.stringify(value));
});
