import assert from "node:assert/strict";
import test from "node:test";
import { FIRST, freshSeed, fromHash, isSeed, toHash } from "../../../hwcli/export/settings.mjs";

const CHOICES = { hand: ["", "clear"], style: ["plain", "color"], pace: ["0", "1"] };

test("a link without settings gives the first ones", () => {
  assert.deepEqual(fromHash("", CHOICES), FIRST);
});

test("a link gives back what it was made of", () => {
  const chosen = { text: "a & b = #c\n+é%", hand: "clear", bias: 0.3, style: "color", pace: "1", tries: 4, width: 50 };
  const settings = { ...chosen, seed: "9223372036854775807" };
  assert.deepEqual(fromHash(toHash(settings), CHOICES), settings);
  assert.deepEqual(fromHash(toHash({ ...FIRST, text: "" }), CHOICES), { ...FIRST, text: "" });
});

test("a link has only what was chosen", () => {
  assert.equal(toHash({ ...FIRST, text: "hi" }), "#text=hi");
});

test("what is out of range or unknown in a link is as at first", () => {
  const bad = "#bias=-1&seed=9223372036854775808&style=constructor&hand=<b>&pace=2&width=1e9&evil=1&__proto__=2";
  assert.deepEqual(fromHash(bad, CHOICES), FIRST);
  assert.deepEqual(fromHash("#bias=NaN&width=", CHOICES), FIRST);
  assert.deepEqual(fromHash("#%E0%A4%A&seed=1.5", CHOICES), FIRST);
});

test("a page of one hand begins with it", () => {
  const first = { ...FIRST, hand: "clear" };
  assert.equal(fromHash("", CHOICES, first).hand, "clear");
  assert.equal(fromHash(toHash({ ...first, hand: "" }, first), CHOICES, first).hand, "");
});

test("seeds are whole numbers below 2^63", () => {
  assert.ok(["0", "1", "9223372036854775807", freshSeed()].every(isSeed));
  assert.ok(!["", "-1", "1.5", "1e3", "9223372036854775808", " 1", "0x1"].some(isSeed));
});
