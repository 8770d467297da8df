import { finished, tracedOwner } from "../lettering/finishing.mjs";
import { inkOf } from "./ink_size.mjs";
import { proofread } from "./proofread.mjs";
import { readBack, secondLook } from "./read_back.mjs";

const FOR_CLARITY = 5; // tries after which a line that only could be clearer is good enough

/**
 * A line as it was written, its faults, and how many were written to get it; the twin of Draft in
 * hwcli/sampling/drafts.py.
 *
 * @typedef {import("../line_writer.mjs").Point} Point
 * @typedef {import("../spelling.mjs").SpelledLine} SpelledLine
 * @typedef {{points: Point[], rows: Float32Array, finished: boolean, faults: import("./read_back.mjs").Fault[],
 *   doubt: number, clear: boolean, line: import("./line_reader.mjs").Classified | null, tries: number}} Draft
 */

/**
 * Write a line again until it can be read, and return the best; yields points, `again` when a line is begun anew, and
 * "waiting" while the reader is not there, and undefined now and then.
 * @param {(attempt: number) => Generator<Point | undefined>} write
 * @param {{finished: boolean, rows: Float32Array}} writer of the last line
 * @param {() => Generator<"waiting", import("./line_reader.mjs").LineReader | null>} reader
 * @param {SpelledLine} spelling @param {number} tries 1: the line is not read
 * @returns {Generator<Point | "again" | "waiting" | undefined, Draft>}
 */
export function* drafted(write, writer, reader, spelling, tries) {
  let best = null;
  for (let attempt = 0; attempt < tries; attempt++) {
    if (attempt) yield "again";
    const points = [];
    for (const point of write(attempt)) {
      if (point) points.push(point);
      yield point;
    }
    const { rows } = writer;
    const draft = yield* judged(
      { points, rows, finished: writer.finished },
      tries > 1 ? yield* reader() : null,
      spelling,
    );
    if (!best || isBetter(draft, best)) best = draft;
    best.tries = attempt + 1;
    if (!best.faults.length && (best.clear || best.tries >= FOR_CLARITY)) break;
  }
  return best;
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
  const seen = inText(proofread(points, written, isFinished), spelling);
  const unread = { ...writing, faults: seen, doubt: seen.length, clear: true, line: null, tries: 1 };
  if (!reader || !isFinished || !reader.knows(written)) return unread;
  const line = yield* reader.classified(inkOf(points));
  const verdict = yield* readBack(reader, line, written);
  const faults = [...seen, ...inText(verdict.faults, spelling)];
  const draft = { ...unread, faults, doubt: -verdict.logLikelihood, clear: verdict.clear, line };
  if (faults.length || !reader.pictures) return draft;
  const looked = yield* secondLook(reader.pictures, line, written);
  const gross = inText(looked.faults, spelling);
  // drafts with faults are compared by what the first reader makes of them
  const doubt = gross.length ? draft.doubt : draft.doubt - looked.logLikelihood;
  return { ...draft, faults: gross, doubt, clear: draft.clear && looked.clear };
}

/** Return faults of what was written as faults of the text; a stand-in is removed, and how it looks does not matter. */
function inText(faults, { text, recipes, places }) {
  return faults
    .filter(({ kind, place }) => {
      const isStandIn = recipes[places[place]].steps.some(([step]) => step === "sign");
      return !(isStandIn && (kind === "misread" || kind === "repeated"));
    })
    .map((fault) => ({ ...fault, place: places[fault.place], character: text[places[fault.place]] }));
}

/** @param {Draft} one @param {Draft} other @returns {boolean} finished, without faults, clear, well to be read */
function isBetter(one, other) {
  const badness = ({ finished: isFinished, faults, clear, doubt }) => [!isFinished, faults.length > 0, !clear, doubt];
  const [a, b] = [badness(one), badness(other)].map((key) => key.map(Number));
  const differs = a.findIndex((value, k) => value !== b[k]);
  return differs >= 0 && a[differs] < b[differs];
}
