import { finished, tracedOwner } from "../lettering/finishing.mjs";
import { inkOf } from "./ink_size.mjs";
import { proofread } from "./proofread.mjs";
import { readBack, secondLook } from "./read_back.mjs";
import { WordByWord } from "./word_by_word.mjs";

/**
 * A line as it was written, its faults, and how many tries that took; the twin of Draft in
 * hwcli/sampling/drafting/draft.py.
 *
 * @typedef {import("../line_writer.mjs").Point} Point
 * @typedef {import("../spelling.mjs").SpelledLine} SpelledLine
 * @typedef {import("../line_writer.mjs").Written & {faults: import("./read_back.mjs").Fault[], doubt: number,
 *   troubles: number[], line: import("./line_reader.mjs").Classified | null, tries: number}} Draft
 */

/**
 * Write a line so that it can be read; yields points, how many of them are kept when others follow, "waiting" while
 * the reader is not there, and undefined now and then.
 * @param {(attempt: number, passage?: import("../line_writer.mjs").LinePassage) => Generator<any, any>} write
 * @param {() => Generator<"waiting", import("./line_reader.mjs").LineReader | null>} comes the reader
 * @param {SpelledLine} spelling @param {number} tries 1: the line is not read
 * @returns {Generator<import("./word_by_word.mjs").Step, Draft>}
 */
export function* drafted(write, comes, spelling, tries) {
  if (tries === 1) return yield* judged(yield* write(0), null, spelling);
  function* judge(written, end) {
    return yield* judged(written, yield* comes(), spelledUntil(spelling, end));
  }
  return yield* new WordByWord(write, judge, spelling, tries).draft();
}

/**
 * Return the points of a draft with positions in the text, and with its marks and signs.
 * @param {Draft} draft @param {SpelledLine} spelling
 * @param {() => Generator<"waiting", import("./line_reader.mjs").LineReader | null>} comes the reader
 * @param {(number | bigint)[]} entropy @param {Record<string, string>} shapes
 * @returns {Generator<"waiting" | undefined, Point[]>}
 */
export function* completedPoints(draft, spelling, comes, entropy, shapes) {
  const places = [...spelling.places, spelling.text.length];
  const points = draft.points.map((point) => ({ ...point, character: places[point.character] ?? point.character }));
  const isPlain = !spelling.recipes.some(({ steps }) => steps.length);
  if (isPlain) return points;
  const reader = yield* comes();
  let owner = null;
  if (draft.finished && reader?.knows(spelling.written)) {
    const line = draft.line ?? (yield* reader.classified(inkOf(points)));
    owner = line && reader.align(line, spelling.written);
  }
  return finished(points, spelling, owner ?? tracedOwner(points, spelling), entropy, shapes);
}

function* judged(writing, reader, spelling) {
  const { points, finished: isFinished } = writing;
  const { written } = spelling;
  const windows = proofread(points, written, isFinished);
  const seen = inText(windows, spelling);
  const places = windows.filter((fault) => inText([fault], spelling).length).map(({ place }) => place);
  const unread = { ...writing, faults: seen, doubt: seen.length, troubles: places, line: null, tries: 1 };
  if (!reader || !isFinished || !reader.knows(written)) return unread;
  const line = yield* reader.classified(inkOf(points));
  const ignored = standIns(spelling);
  const verdict = yield* readBack(reader, line, written, ignored);
  const first = [...seen, ...inText(verdict.faults, spelling)];
  const troubles = inOrder([...places, ...verdict.troubles]);
  const draft = { ...unread, faults: first, doubt: -verdict.logLikelihood, troubles, line };
  if (!reader.pictures) return draft;
  const looked = yield* secondLook(reader.pictures, line, written, ignored);
  const faults = withOthers(first, inText(looked.faults, spelling));
  // drafts with faults are compared by what the first reader makes of them
  const doubt = faults.length ? draft.doubt : draft.doubt - looked.logLikelihood;
  return { ...draft, faults, doubt, troubles: inOrder([...troubles, ...looked.troubles]) };
}

/** Return faults and those others that are not in the same places, by place. */
function withOthers(faults, others) {
  const isCovered = (at) => faults.some(({ place, character }) => place <= at && at < place + character.length);
  return [...faults, ...others.filter(({ place }) => !isCovered(place))].toSorted((a, b) => a.place - b.place);
}

/** Return how the text is written whose last written character is the one before `end`. */
function spelledUntil({ text, written, recipes, places }, end) {
  const count = places[end - 1] + 1;
  return {
    text: [...text].slice(0, count).join(""),
    written: written.slice(0, end),
    recipes: recipes.slice(0, count),
    places: places.slice(0, end),
  };
}

function inOrder(places) {
  return [...new Set(places)].toSorted((a, b) => a - b);
}

/** Return faults of what was written as faults of the text, without those of how a stand-in looks. */
function inText(faults, spelling) {
  const { text, places } = spelling;
  const removed = standIns(spelling);
  const found = [];
  for (const fault of faults) {
    const written = Array.from(fault.character, (_, k) => fault.place + k);
    const ofLooks = fault.kind === "misread" || fault.kind === "repeated";
    if (ofLooks && written.every((place) => removed.has(place))) continue;
    const [first, last] = [places[written[0]], places[written.at(-1)]];
    found.push({ ...fault, place: first, character: text.slice(first, last + 1) });
  }
  return found;
}

/** Return the positions in what is written of what is removed, so that it matters little how it looks. */
function standIns({ recipes, places }) {
  const isSign = ([step]) => step === "sign";
  return new Set([...places.keys()].filter((place) => recipes[places[place]].steps.some(isSign)));
}
