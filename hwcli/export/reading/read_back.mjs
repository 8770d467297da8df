import { aligned } from "./edit_distance.mjs";

const [DIGIT_LIMIT, CAPITAL_LIMIT, SMALL_LIMIT, SIGN_LIMIT] = [1, 2.5, 4, 4]; // nats from which a character is at fault
const UNCLEAR = -4; // gain from which the text is not clear
const UNCLEAR_PICTURE = -2; // the same to a reader of pictures
const WRONG_PICTURE = 5; // gain from which it finds a fault
// characters that people write alike
const ALIKE = [
  "0Oo",
  "1Il|/!",
  "cC",
  "kK",
  "pP",
  "sS",
  "uU",
  "vV",
  "wW",
  "xX",
  "zZ2",
  "5sS",
  "9gq",
  "6b",
  ",.'`",
  "-_",
  "+t",
].map((row) => new Set(row));
const ALIKE_GAIN = 6; // added to the limit for one of those

/**
 * What a reader makes of a line beside the text that it was to write; its twin, hwcli/sampling/drafting/read_back.py, says
 * why.
 *
 * @typedef {{kind: "skipped" | "repeated" | "unfinished" | "misread", place: number, character: string,
 *   readsAs?: string}} Fault `character` may be a word that begins at `place`; `readsAs` is "" for nothing
 * @typedef {{faults: Fault[], logLikelihood: number, troubles: number[]}} Verdict
 */

/**
 * @param {import("./line_reader.mjs").LineReader} reader
 * @param {import("./line_reader.mjs").Classified | null} line @param {string} text
 * @param {Set<number>} ignored positions at which it does not matter what the ink looks like
 * @returns {Generator<undefined, Verdict>}
 */
export function* readBack(reader, line, text, ignored = new Set()) {
  if (!line) return illegible(text, ignored);
  const { logLikelihood, doubts: all } = yield* reader.compare(line, text, UNCLEAR);
  if (logLikelihood === -Infinity) return illegible(text, ignored); // there is less ink than the text needs
  const shown = ({ doubt: { place } }) => !ignored.has(place) && canJudge(reader, text[place]);
  const doubts = worstDoubts(text, all).filter(shown);
  const faults = doubts.filter(({ excess }) => excess > 0).map(({ doubt }) => faultOf(text, doubt));
  faults.push(...misreadWords(reader, line, text, logLikelihood, faults, ignored));
  faults.sort((a, b) => a.place - b.place);
  const places = [...faults.map((fault) => firstShown(fault, ignored)), ...unclearPlaces(text, doubts, UNCLEAR)];
  return { faults, logLikelihood, troubles: [...new Set(places)].toSorted((a, b) => a - b) };
}

/** Return the verdict on ink that does not show the text at all. @returns {Verdict} */
function illegible(text, ignored) {
  const place = Math.max(
    0,
    [...text].findIndex((_, k) => !ignored.has(k)),
  );
  const fault = { kind: "misread", place, character: text[place], readsAs: "" };
  return { faults: [fault], logLikelihood: -Infinity, troubles: [place] };
}

/** Return the first position of a character or word at fault that is not ignored. */
function firstShown({ place, character }, ignored) {
  return place + [...character].findIndex((_, k) => !ignored.has(place + k));
}

/**
 * Return the verdict on a line that another reader has seen, by one that looks at pictures.
 * @param {import("./line_reader.mjs").LineReader} pictures
 * @param {import("./line_reader.mjs").Classified | null} line @param {string} text
 * @param {Set<number>} ignored positions at which it does not matter what the ink looks like
 * @returns {Generator<undefined, Verdict>}
 */
export function* secondLook(pictures, line, text, ignored = new Set()) {
  const seen = line && (yield* pictures.seen(line));
  if (!seen) return { ...illegible(text, ignored), faults: [] };
  const { logLikelihood, doubts } = yield* pictures.compare(seen, text, Math.min(UNCLEAR_PICTURE, 0));
  if (logLikelihood === -Infinity) return { ...illegible(text, ignored), faults: [] };
  const worst = worstDoubts(text, doubts).filter(({ doubt }) => !ignored.has(doubt.place));
  const places = unclearPlaces(text, worst, WRONG_PICTURE);
  const gross = worst.filter(({ doubt: { place } }) => places.includes(place) && canJudge(pictures, text[place]));
  return {
    faults: gross.map(({ doubt }) => faultOf(text, doubt)),
    logLikelihood,
    troubles: unclearPlaces(text, worst, UNCLEAR_PICTURE),
  };
}

function unclearPlaces(text, doubts, most) {
  return doubts.filter((one) => largestGain(text, [one]) > most).map(({ doubt }) => doubt.place);
}

/** Return the doubt furthest above its limit at each character, in order; look-alikes count as the character. */
function worstDoubts(text, doubts) {
  const alike = new Map();
  for (const doubt of doubts) {
    if (isAlike(text, doubt)) alike.set(doubt.place, Math.max(alike.get(doubt.place) ?? 0, doubt.gain));
  }
  const worst = new Map();
  for (const doubt of doubts) {
    const { place } = doubt;
    let excess = doubt.gain - limitOf(text, doubt);
    if (replaces(doubt) && !isAlike(text, doubt)) excess -= alike.get(place) ?? 0;
    if (!worst.has(place) || excess > worst.get(place).excess) worst.set(place, { excess, doubt });
  }
  return [...worst.keys()].sort((a, b) => a - b).map((place) => worst.get(place));
}

/** @returns {number} the largest gain of `doubts` as `worstDoubts` gives them; -Infinity if there is none */
function largestGain(text, doubts) {
  return Math.max(...doubts.map(({ excess, doubt }) => excess + classLimit(text[doubt.place])));
}

function canJudge(reader, character) {
  const near = reader.nearest(character);
  return near === character || (/^\p{L}$/u.test(character) && near?.length === 1);
}

function faultOf(text, { place, readsAs, before, after }) {
  const character = text[place];
  return {
    kind: "misread",
    place,
    character,
    readsAs: `${after ? character : ""}${readsAs}${before ? character : ""}`,
  };
}

/** Return faults of words that are read with several errors, if none in them is known. */
function misreadWords(reader, line, text, logLikelihood, known, ignored) {
  return wordsAsRead(text, reader.textOf(line), ignored)
    .filter(({ place, word }) => {
      const isKnown = known.some((fault) => fault.place >= place && fault.place < place + word.length);
      return !isKnown && [...word].every((character) => reader.numbers.has(character));
    })
    .filter(({ place, word, read }) => {
      const changed = `${text.slice(0, place)}${read}${text.slice(place + word.length)}`;
      return reader.logLikelihood(line, changed) - logLikelihood > SMALL_LIMIT;
    })
    .map(({ place, word, read }) => ({ kind: "misread", place, character: word, readsAs: read }));
}

/**
 * Return each word of `text` that is read with several errors; look-alikes, spaces and what is ignored count as its characters.
 * @param {string} text @param {string} read @param {Set<number>} ignored @returns {{place: number, word: string, read: string}[]}
 */
export function wordsAsRead(text, read, ignored = new Set()) {
  const parts = byCharacter(text, read).map((part, k) => (ignored.has(k) ? text[k] : part));
  return [...text.matchAll(/\S+/g)]
    .map(({ 0: word, index: place }) => ({ place, word, own: parts.slice(place, place + word.length) }))
    .filter(({ word, own }) => {
      const errors = own.map((part, k) => Math.max(part.length, 1) - (part.includes(word[k]) ? 1 : 0));
      return errors.reduce((sum, count) => sum + count, 0) > 1;
    })
    .map(({ place, word, own }) => ({ place, word, read: own.join("") }));
}

/** Return what is read in place of each character, with what was added beside it. */
function byCharacter(text, read) {
  const found = Array.from(text, () => "");
  let place = 0;
  for (const [expected, part] of aligned(text, read)) {
    if (expected) {
      found[place] += areAlike(expected, part) ? expected : part.trim();
      place++;
    } else if (text) {
      const begins = place === 0 || !text[place - 1].trim();
      found[begins && place < text.length ? place : place - 1] += part.trim();
    }
  }
  return found;
}

function limitOf(text, doubt) {
  const character = text[doubt.place];
  const isSpace = !character.trim() || (doubt.readsAs && !doubt.readsAs.trim());
  if (isSpace) return Infinity; // what is close together is not wrong
  return classLimit(character) + (isAlike(text, doubt) ? ALIKE_GAIN : 0);
}

function classLimit(character) {
  if (/\p{Nd}/u.test(character)) return DIGIT_LIMIT;
  if (/\p{Lu}/u.test(character)) return CAPITAL_LIMIT;
  return /\p{L}/u.test(character) ? SMALL_LIMIT : SIGN_LIMIT;
}

function replaces({ readsAs, before, after }) {
  return readsAs !== "" && !before && !after;
}

function isAlike(text, doubt) {
  return replaces(doubt) && areAlike(text[doubt.place], doubt.readsAs);
}

function areAlike(character, other) {
  return ALIKE.some((row) => row.has(character) && row.has(other));
}
