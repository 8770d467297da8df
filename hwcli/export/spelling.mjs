/** Texts in the characters that a model can write. */

const MARKS = /\p{M}/u;

/**
 * Return `text` in characters of `alphabet`: what was replaced by something else, and what had to be left out,
 * each once.
 * @param {string} text on one line @param {string} alphabet @param {Record<string, string>} substitutes
 * @returns {{written: string, replaced: Map<string, string>, lost: string[]}}
 */
export function spelled(text, alphabet, substitutes) {
  const known = new Set(alphabet);
  const replaced = new Map();
  const lost = new Set();
  const writable = (letters) => [...letters].every((letter) => known.has(letter));
  let written = "";
  for (const { segment } of new Intl.Segmenter("en", { granularity: "grapheme" }).segment(text.normalize("NFC"))) {
    if (writable(segment)) {
      written += segment;
      continue;
    }
    for (const character of MARKS.test(segment) || [...segment].every((c) => c in substitutes) ? segment : [segment]) {
      const near = nearest(character, substitutes);
      if (known.has(character)) written += character;
      else if (near !== null && writable(near)) {
        if (near.trim()) replaced.set(character, near);
        written += near;
      } else lost.add(character);
    }
  }
  return { written: written.replaceAll(/ +/g, " ").trim(), replaced, lost: [...lost] };
}

/** @param {string} text @param {string} alphabet @returns {number[]} the positions in the alphabet */
export function codesOf(text, alphabet) {
  const numbers = new Map([...alphabet].map((letter, k) => [letter, k]));
  return [...text].map((letter) => numbers.get(letter));
}

/** @param {string} character @param {Record<string, string>} substitutes @returns {string | null} */
function nearest(character, substitutes) {
  if (/^\s$/u.test(character)) return " ";
  if (Object.hasOwn(substitutes, character)) return substitutes[character];
  const plain = [...character.normalize("NFKD")].filter((one) => !MARKS.test(one)).join("");
  return plain === character ? null : plain;
}
