import assert from "node:assert/strict";
import test from "node:test";
import { codesOf, spelled } from "../../../hwcli/export/spelling.mjs";
import { writableLines } from "../../../hwcli/export/text_lines.mjs";

const ALPHABET = " 'abcdefgh";
const NEAR = { é: "e", "’": "'", ß: "ss", "½": "1/2" };

test("characters of the alphabet are written as they are", () => {
  assert.deepEqual(spelled("a bad cab", ALPHABET, NEAR), { written: "a bad cab", replaced: new Map(), lost: [] });
});

test("what the alphabet lacks is replaced by what is near, and named", () => {
  const { written, replaced, lost } = spelled("caf\u0065\u0301’", ALPHABET, NEAR);
  assert.equal(written, "cafe'");
  assert.deepEqual(
    [...replaced],
    [
      ["é", "e"],
      ["’", "'"],
    ],
  );
  assert.deepEqual(lost, []);
});

test("accents that no table has are dropped", () => {
  assert.equal(spelled("ḁ", ALPHABET, {}).written, "a");
});

test("what cannot be written is left out as a whole, and named once", () => {
  const family = "👩‍👩‍👧";
  const { written, lost } = spelled(`a ${family} b ${family} 中½`, ALPHABET, NEAR);
  assert.equal(written, "a b");
  assert.deepEqual(lost, [family, "中", "½"]);
});

test("white space of any kind is a space", () => {
  assert.equal(spelled("\ta\u00a0\u2003b ", ALPHABET, NEAR).written, "a b");
});

test("codes are places in the alphabet", () => {
  assert.deepEqual(codesOf("' a", ALPHABET), [1, 0, 2]);
});

test("names of an object's own methods are not substitutes", () => {
  assert.deepEqual(spelled("中", ALPHABET, {}).lost, ["中"]);
  assert.equal(spelled("ß", ALPHABET, { ß: "sz" }).written, ""); // s is not in the alphabet
});

test("a page says what it does not write", () => {
  const { lines, notes } = writableLines("a😀b", 10, ALPHABET, NEAR);
  assert.deepEqual(lines, ["ab"]);
  assert.deepEqual(notes, ["Left out, because the model cannot write it: 😀."]);
});

test("a text that is too long is cut at a word, and that is said", () => {
  const { lines, notes } = writableLines("bad ".repeat(2500), 40, ALPHABET, NEAR);
  assert.equal(lines.join(" ").length, 4 * 500 - 1);
  assert.match(notes[0], /10,000 characters.*first 2,000/);
});

test("ten thousand characters without a space are cut, too", () => {
  const { lines } = writableLines("a".repeat(10_000), 40, ALPHABET, NEAR);
  assert.equal(lines.length, 50);
});

test("nothing to write is said", () => {
  assert.deepEqual(writableLines("  \n ", 10, ALPHABET, NEAR), { lines: [], notes: ["Type something to write."] });
  assert.match(writableLines("\u200b中", 10, ALPHABET, NEAR).notes.join(" "), /U\+200B.*Nothing is left to write/);
});

test("many characters are named in part", () => {
  const { notes } = writableLines("中文字符不能写出来吧a", 10, ALPHABET, NEAR);
  assert.match(notes[0], /and 2 more/);
});
