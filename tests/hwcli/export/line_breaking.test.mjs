import assert from "node:assert/strict";
import test from "node:test";
import { linesOf } from "../../../hwcli/export/line_breaking.mjs";

test("lines are as long as they may be", () => {
  assert.deepEqual(linesOf("one two three four", 9), ["one two", "three", "four"]);
  assert.deepEqual(linesOf("one two", 7), ["one two"]);
});

test("a word that is longer than a line is broken", () => {
  assert.deepEqual(linesOf("a abcdefghij", 4), ["a", "abcd", "efgh", "ij"]);
});

test("the text's own lines are kept, and empty ones left out", () => {
  assert.deepEqual(linesOf("a\r\nb\n\n  c d \u2028e", 20), ["a", "b", "c d", "e"]);
  assert.deepEqual(linesOf(" \n", 20), []);
});

test("every word is there once, in order", () => {
  const text = "the quick brown fox jumps over the lazy dog";
  for (let width = 5; width < 50; width++) {
    const lines = linesOf(text, width);
    assert.equal(lines.join(" "), text);
    assert.ok(lines.every((line) => line.length <= width));
  }
});
