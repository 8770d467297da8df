import assert from "node:assert/strict";
import fs from "node:fs";
import test from "node:test";
import { COLOURS, STYLES, Tracing } from "../../../hwcli/export/colours.mjs";
import { ndjsonFile, svgFile } from "../../../hwcli/export/files.mjs";
import { isSettled, placeOf } from "../../../hwcli/export/layout.mjs";
import { Pace } from "../../../hwcli/export/pace.mjs";

const POINTS = [
  { x: 0, y: 0, lifts: false, character: 0, eos: 0 },
  { x: 10, y: 5, lifts: false, character: 0, eos: 0.5 },
  { x: 20, y: 0, lifts: true, character: 1, eos: 1 },
  { x: 30, y: 9, lifts: true, character: 1, eos: 1 },
];

function traced(style) {
  const tracing = new Tracing(style);
  for (const point of POINTS) tracing.add(point);
  return tracing.pieces;
}

test("strokes are paths, and a stroke of one point is a dot", () => {
  assert.deepEqual(traced("plain"), [
    { colour: "ink", d: "M0 0l0 .1L10 5L20 0" },
    { colour: "ink", d: "M30 9l0 .1" },
  ]);
});

test("each style colours what it is about", () => {
  assert.deepEqual(
    traced("color").map(({ colour }) => colour),
    ["stroke-0", "stroke-1"],
  );
  assert.deepEqual(
    traced("window").map(({ colour }) => colour),
    ["character-0", "character-1", "character-1"],
  );
  assert.deepEqual(
    traced("eos").map(({ colour }) => colour),
    ["lift-0", "lift-4", "lift-5", "lift-5"],
  );
});

test("the page's style sheet has the colours of files, in the light", () => {
  const css = fs.readFileSync(new URL("../../../hwcli/export/style.css", import.meta.url), "utf8");
  for (const [name, colour] of COLOURS) {
    assert.ok(css.includes(`.${name} { stroke: var(--${name}); }`), name);
    if (name !== "ink") assert.ok(css.includes(`--${name}: ${colour};`), name);
  }
  for (const style of STYLES.keys()) for (const { colour } of traced(style)) assert.ok(COLOURS.has(colour));
});

const LINE = { pieces: traced("plain"), points: POINTS, text: "a <b> & c", place: { x: 1, y: 2, slope: 0 } };
const SHEET = { lines: [LINE, LINE], width: 100, height: 50, writing: 10, model: "m", seed: "9223372036854775807" };

test("a drawing holds its text as text", () => {
  const svg = svgFile(SHEET);
  assert.ok(svg.includes("<title>a &lt;b&gt; &amp; c\na &lt;b&gt; &amp; c</title>"));
  assert.equal(svg.match(/<path /g).length, 4);
});

test("hw ink has a line of JSON per line, with every digit of the seed", () => {
  const rows = ndjsonFile(SHEET).trimEnd().split("\n");
  assert.equal(rows.length, 2);
  assert.ok(rows[1].includes('"seed":9223372036854775807'));
  const { hw, strokes, text, id, characters } = JSON.parse(rows[1]);
  assert.deepEqual([hw, text, id, characters], [1, "a <b> & c", "9223372036854775807-1", [0, 0, 1, 1]]);
  assert.deepEqual(strokes, [
    [
      [1, 2],
      [11, 7],
      [21, 2],
    ],
    [[31, 11]],
  ]);
});

const RISING = Array.from({ length: 50 }, (_, k) => ({ x: 10 * k, y: -k }));

test("a line in work is placed by its first points, and a whole one by all", () => {
  const points = Array.from({ length: 200 }, (_, k) => ({ x: k, y: k < 48 ? 0 : 100 }));
  assert.ok(placeOf(points, false, 0, 10).y > placeOf(points, true, 0, 10).y);
  assert.equal(placeOf(points, true, 3, 10).y - placeOf(points, true, 1, 10).y, 140);
  const [single, level] = [false, true].map((on) => placeOf(RISING, true, 0, 10, on));
  assert.deepEqual([single.slope, Math.round(1000 * level.slope)], [0, -100]);
  const heights = RISING.map(({ x, y }) => y - level.slope * x + level.y);
  assert.ok(Math.max(...heights) - Math.min(...heights) < 1e-9 && Math.abs(heights[0] - 45) < 1e-9);
  assert.ok(!isSettled(10, false) && isSettled(10, true) && isSettled(100, false));
});

test("a pen's pace shows 66 points per second, and waits in the air", () => {
  const pace = new Pace(1);
  pace.tick(0, false);
  pace.tick(1000, false);
  let shown = 0;
  while (pace.allows(false)) shown++;
  assert.equal(shown, 66);
  pace.tick(2000, true);
  assert.ok(!pace.allows(false), "time that was paused counts");
  pace.tick(2020, false);
  assert.ok(pace.allows(true));
  pace.tick(2100, false);
  assert.ok(!pace.allows(false), "a lift takes no time");
});

test("at no pace everything is shown at once", () => {
  const pace = new Pace(0);
  assert.ok(Array.from({ length: 1000 }).every(() => pace.allows(true)));
});
