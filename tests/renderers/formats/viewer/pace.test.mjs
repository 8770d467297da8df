import assert from "node:assert/strict";
import test from "node:test";

import { Clock, penTimes, reached } from "../../../../renderers/formats/viewer/pace.mjs";

const PACE = { points: 50, lift: 0.2, line: 1 };

test("points follow each other at the pen's pace, with pauses where it lifts", () => {
  const times = penTimes([{ down: [0, 1, 1, 0] }, { down: [0, 1] }], PACE);
  [0, 0.02, 0.04, 0.24, 1.24, 1.26].forEach((time, k) => assert.ok(Math.abs(times[k] - time) < 1e-12));
});

test("a moment has reached the points up to it", () => {
  const times = Float64Array.of(0, 1, 1, 2);
  assert.deepEqual(
    [-1, 0, 0.5, 1, 1.5, 9].map((moment) => reached(times, moment)),
    [0, 1, 1, 3, 3, 4],
  );
});

/** A clock whose frames are called by hand. */
function started(times) {
  const frames = [];
  globalThis.requestAnimationFrame = (call) => frames.push(call);
  const seen = [];
  const clock = new Clock(() => seen.push(clock.written));
  clock.reset(times);
  return { clock, seen, frame: (now) => frames.shift()?.(now) };
}

test("a new picture is whole, and plays from its start", () => {
  const { clock, seen, frame } = started(Float64Array.of(0, 0.05, 0.1, 0.15));
  assert.equal(clock.written, 4);
  clock.play();
  for (const now of [1000, 1050, 1100, 1200]) frame(now);
  assert.deepEqual(seen, [1, 2, 3, 4]);
  assert.equal(clock.running, false);
});

test("speed is that of the pen, and a pause keeps the moment", () => {
  const { clock, frame } = started(Float64Array.from({ length: 101 }, (_, k) => k / 100));
  clock.play();
  clock.speed = 2;
  frame(0);
  frame(50);
  assert.equal(clock.written, 11);
  clock.pause();
  frame(100);
  assert.equal(clock.written, 11);
  clock.play();
  frame(500);
  frame(550);
  assert.equal(clock.written, 21);
});

test("a page that slept does not jump ahead", () => {
  const { clock, frame } = started(Float64Array.from({ length: 1001 }, (_, k) => k / 100));
  clock.play();
  frame(0);
  frame(5000);
  assert.ok(clock.written <= 11);
});

test("seeking stops at that point", () => {
  const { clock, frame } = started(Float64Array.of(0, 1, 2));
  clock.play();
  frame(0);
  for (const points of [0, 1, 3, 2]) {
    clock.seek(points);
    assert.equal(clock.written, points);
    assert.equal(clock.running, false);
  }
});
