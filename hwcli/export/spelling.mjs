/**
 * Texts in the characters that a model can write, and those that are completed by drawing.
 *
 * @typedef {{written: string, steps: [string, string][]}} Recipe what the network writes for a character, and the
 * kind and the name of each step that completes it: hwcli/lettering/recipes.py
 * @typedef {{text: string, written: string, recipes: Recipe[], places: number[]}} SpelledLine `places`: the position
 * in `text` of each character that the network writes
 */

const MARKS = /\p{M}/u;

/**
 * Return `text` in characters of `alphabet`, or others that have a recipe: what was replaced by something else, and what had to be left out,
 * each once.
 * @param {string} text on one line @param {string} alphabet @param {Record<string, string>} substitutes
 * @param {Record<string, unknown>} recipes
 * @returns {{written: string, replaced: Map<string, string>, lost: string[]}}
 */
export function spelled(text, alphabet, substitutes, recipes = {}) {
  const known = new Set([...alphabet, ...Object.keys(recipes)]);
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

/**
 * Return how a line is written: each of its characters by itself, or by its recipe.
 * @param {string} text @param {Record<string, string[]>} recipes what is written, then kinds and names of steps
 * @returns {SpelledLine}
 */
export function spelledLine(text, recipes) {
  const found = [...text].map((character) => {
    if (!Object.hasOwn(recipes, character)) return { written: character, steps: [] };
    const [written, ...steps] = recipes[character];
    return { written, steps: steps.map((step) => /^(\w+) (.*)$/u.exec(step).slice(1)) };
  });
  const places = found.flatMap(({ written }, place) => Array.from(written, () => place));
  return { text, written: found.map(({ written }) => written).join(""), recipes: found, places };
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
