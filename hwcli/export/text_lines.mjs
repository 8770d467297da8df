import { LINE_END, linesOf } from "./line_breaking.mjs";
import { LONGEST } from "./settings.mjs";
import { spelled } from "./spelling.mjs";

const MOST_NAMED = 8; // characters that a note lists

/**
 * Return what of a text is written, line by line, and sentences about what is not as it was typed.
 * @param {string} text @param {number} width of a line, in characters @param {string} alphabet
 * @param {Record<string, string>} substitutes @param {Record<string, string[]>} recipes @returns {{lines: string[], notes: string[]}}
 */
export function writableLines(text, width, alphabet, substitutes, recipes = {}) {
  const notes = [];
  const { length } = [...text];
  let kept = text;
  if (length > LONGEST) {
    kept = [...text]
      .slice(0, LONGEST)
      .join("")
      .replace(/\s+\S*$/u, "");
    const count = length.toLocaleString("en");
    const most = LONGEST.toLocaleString("en");
    notes.push(`The text has ${count} characters; this page writes the first ${most} at most.`);
  }
  const replaced = new Map();
  const lost = new Set();
  const rows = kept.split(LINE_END).map((row) => {
    const found = spelled(row, alphabet, substitutes, recipes);
    for (const [from, to] of found.replaced) replaced.set(from, to);
    for (const character of found.lost) lost.add(character);
    return found.written;
  });
  const others = [...replaced].map(([from, to]) => `${from} as ${to}`);
  if (others.length) notes.push(`Written with other characters: ${listed(others)}.`);
  if (lost.size) notes.push(`Left out, because the model cannot write it: ${listed([...lost].map(shown))}.`);
  const lines = linesOf(rows.join("\n"), width);
  if (!lines.length) notes.push(lost.size ? "Nothing is left to write." : "Type something to write.");
  return { lines, notes };
}

/** @param {string[]} words @returns {string} */
function listed(words) {
  const more = words.length - MOST_NAMED;
  return words.slice(0, MOST_NAMED).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

/** @param {string} character @returns {string} itself, or its code if it cannot be seen */
function shown(character) {
  if (!/^[\p{C}\p{M}\p{Z}]/u.test(character)) return character;
  return [...character].map((one) => `U+${one.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`).join(" ");
}
