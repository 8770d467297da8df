/**
 * What a writer chooses, and links that hold it: everything is in the part of the address after #.
 *
 * @typedef {{text: string, hand: string, bias: number, seed: string, style: string, pace: string, tries: number,
 *   width: number}} Settings `hand` is "" for none; `seed` is a whole number below 2^63
 * @typedef {Record<"hand" | "style" | "pace", string[]>} Choices
 */

export const FIRST = {
  text: "Dear reader, nobody wrote this.",
  hand: "",
  bias: 1,
  seed: "1",
  style: "plain",
  pace: "0",
  tries: 8,
  width: 32,
};
export const LONGEST = 2000; // characters of a text
const [MOST_BIAS, MOST_TRIES, LEAST_WIDTH, MOST_WIDTH] = [4, 50, 8, 120]; // as in page.html

/**
 * Return the settings in the hash of an address; what is missing or out of range is as in `first`.
 * @param {string} hash @param {Choices} choices @param {Settings} first @returns {Settings}
 */
export function fromHash(hash, choices, first = FIRST) {
  const given = Object.fromEntries(new URLSearchParams(hash.replace(/^#/, "")));
  return {
    ...first,
    ...Object.fromEntries(Object.entries(given).filter(([key, value]) => isSetting(key, value, choices))),
    bias: numberOr(given.bias, 0, MOST_BIAS, first.bias),
    tries: Math.round(numberOr(given.tries, 1, MOST_TRIES, first.tries)),
    width: Math.round(numberOr(given.width, LEAST_WIDTH, MOST_WIDTH, first.width)),
  };
}

/**
 * Return the hash of an address that holds the settings; those that are as in `first` are left out.
 * @param {Settings} settings @param {Settings} first @returns {string}
 */
export function toHash(settings, first = FIRST) {
  const changed = Object.entries(settings).filter(([key, value]) => key === "text" || value !== first[key]);
  return `#${new URLSearchParams(changed.map(([key, value]) => [key, String(value)]))}`;
}

/** @param {string} text @returns {boolean} whether it is a whole number below 2^63 */
export function isSeed(text) {
  return /^\d{1,19}$/.test(text) && BigInt(text) < 2n ** 63n;
}

/** @returns {string} a seed that is short enough to type */
export function freshSeed() {
  return String(crypto.getRandomValues(new Uint32Array(1))[0]);
}

/** @param {string} key @param {string} value @param {Choices} choices @returns {boolean} */
function isSetting(key, value, choices) {
  if (key === "text") return true;
  if (key === "seed") return isSeed(value);
  return Object.hasOwn(choices, key) && choices[key].includes(value);
}

/** @returns {number} `text` as a number from `least` to `most`, or else `instead` */
function numberOr(text, least, most, instead) {
  const value = text ? Number(text) : NaN;
  return value >= least && value <= most ? value : instead;
}
