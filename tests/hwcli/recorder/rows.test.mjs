import assert from "node:assert/strict";
import test from "node:test";
import { handName, ndjson } from "../../../hwcli/recorder/rows.mjs";

const line = {
  unit: 30,
  start: 5,
  strokes: [
    [
      [1.5, 2],
      [3, 4],
    ],
  ],
  t: [0, 8],
  pressure: [0.5, 0.25],
};
const empty = { unit: 30, start: 0, strokes: [], t: [], pressure: [] };

test("a row per line that has ink, numbered as on the page", () => {
  const rows = ndjson([empty, line, empty, line], ["a", "b", "c", "d"], " Anna  Ä. ").split("\n");
  assert.equal(rows.pop(), "");
  assert.deepEqual(
    rows.map((row) => JSON.parse(row)),
    ["02", "04"].map((number, k) => ({
      hw: 1,
      strokes: line.strokes,
      text: "bd"[k],
      id: `anna-a-${number}`,
      writer: "Anna Ä.",
      t: [0, 8],
      pressure: [0.5, 0.25],
    })),
  );
});

test("no writer is named if none is given", () => {
  const row = JSON.parse(ndjson([line], ["a"], "  "));
  assert.equal("writer" in row, false);
  assert.equal(row.id, "mine-01");
});

test("no ink gives no rows", () => {
  assert.equal(ndjson([empty], ["a"], "x"), "");
});

test("names of files and hands have nothing that a shell or a system minds", () => {
  const names = { "": "mine", Анна: "mine", "../../etc": "etc", "José da Silva": "jose-da-silva", "-rf *": "rf" };
  for (const [writer, name] of Object.entries(names)) assert.equal(handName(writer), name);
  assert.ok(handName("x".repeat(99)).length <= 40);
});
