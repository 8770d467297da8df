import { Ending } from "./ending.mjs";
import { Engine } from "./lstm.mjs";
import { Pcg64 } from "./pcg64.mjs";
import { PointPen } from "./pen.mjs";

const NEAR_END = 4; // characters before the end of a prime's text from which what follows it matters
const PER_CHARACTER = 80,
  SPARE = 200; // limit on the points of a line, as in hwcli/sampling/target_text.py

/** @type {LinePassage} */
export const WHOLE_LINE = { kept: null, first: 0, stop: null, limit: null };

/**
 * Writes lines, each from the same prime: a line of the chosen hand, or one that it wrote before. The points
 * are those of `hw sample --tries 1`, apart from the noise of floating point.
 *
 * A line can go on after any place where the pen was lifted, since the state of the network there is kept. So it
 * is written in passages: what follows the points that are `kept`, up to the character `stop` or the end, with
 * the random numbers of its `entropy` from number `first` on, and at most `limit` points.
 *
 * @typedef {{codes: number[], rows: Float32Array}} Prime what it says with a space after it, and its rows
 * @typedef {{x: number, y: number, lifts: boolean, character: number, eos: number}} Point x and y in the
 * model's units from where the line begins; `character` is the position in the line's text under the window
 * @typedef {{points: Point[], rows: Float32Array, starts: Map<number, import("./lstm.mjs").State>, finished: boolean}} Written
 * a line, whose text was completed or not, with the states from which it can go on, by the number of points
 * @typedef {{kept: Written | null, first: number, stop: number | null, limit: number | null}} LinePassage
 */
export class LineWriter {
  /** @param {import("./model.mjs").Model} model @param {boolean} simd whether to try WebAssembly */
  constructor(model, simd = true) {
    this.units = model.units;
    this.mixtures = model.shape.mixtures;
    this.engine = new Engine(model, simd);
    this.beginnings = new WeakMap(); // of primes that were read, by their rows
  }

  /**
   * Write a passage of a line; yield undefined for every row that is read of a prime, then a point per step.
   * @param {number[]} codes of all of the line @param {(number | bigint)[]} entropy of its random numbers
   * @param {number} bias @param {Prime | null} prime @param {LinePassage} passage
   * @returns {Generator<Point | undefined, Written>} with what was kept
   */
  *write(codes, entropy, bias, prime, { kept, first, stop, limit } = WHOLE_LINE) {
    const { engine, units, mixtures } = this;
    const before = prime?.codes ?? [];
    const text = [...before, ...codes];
    const points = [...(kept?.points ?? [])];
    const starts = new Map(kept?.starts);
    if (kept) {
      engine.state = starts.get(points.length);
      engine.window.look(text);
    } else yield* this.#begin(text, prime);
    const pen = new PointPen(mixtures, units, bias, new Pcg64(entropy));
    pen.skip(first);
    const most = PER_CHARACTER * codes.length + SPARE - points.length;
    const ending = new Ending(Math.min(most, limit ?? most), units, stop === null ? null : stop + before.length);
    const rows = [(kept ?? prime)?.rows.subarray(-3) ?? startRow(units)];
    let [x, y] = [points.at(-1)?.x ?? 0, points.at(-1)?.y ?? 0].map((value) => Math.round(value * units.grid));
    let end = -1;
    for (let t = 0, waiting = null; end < 0; t++) {
      const raw = engine.step(rows[t]);
      const { attended } = engine.window;
      pen.draw(raw);
      if (t === 0 && !prime && !kept) pen.stay();
      end = ending.after(t, attended, text.length, pen.step[0], pen.lifts);
      if (waiting) yield waiting; // once it is known that the line did not end before it
      if (end === t) break;
      x += pen.step[0];
      y += pen.step[1];
      rows.push(pen.row.slice());
      const character = Math.min(attended, text.length - 1) - before.length;
      const eos = 1 / (1 + Math.exp(-raw[0]));
      waiting = { x: x / units.grid, y: y / units.grid, lifts: pen.lifts || end > 0, character, eos };
      points.push(waiting);
      if (pen.lifts) starts.set(points.length, engine.state);
      if (end > 0) yield waiting;
    }
    if (stop === null) rows.at(-1)[2] = 1;
    const written = rows.slice(kept ? 1 : 0).flatMap((row) => [...row]);
    return { points, starts, finished: ending.finished, rows: Float32Array.from([...(kept?.rows ?? []), ...written]) };
  }

  /** Bring the network to where a line begins. */
  *#begin(text, prime) {
    const { engine, beginnings } = this;
    engine.state = null;
    engine.window.look(text);
    if (!prime) return;
    const { codes, rows } = prime;
    const count = rows.length / 3 - 1; // the last is the first that the line reads
    let known = beginnings.get(rows);
    if (!known) {
      engine.window.look(codes);
      known = { read: 0, state: engine.state };
      for (let t = 0; t < count; t++) {
        const { state } = engine;
        engine.step(rows.subarray(3 * t, 3 * t + 3));
        if (engine.window.attended >= codes.length - NEAR_END) {
          known = { read: t, state };
          break;
        }
        yield;
        known = { read: t + 1, state: null };
      }
      known.state ??= engine.state;
      beginnings.set(rows, known);
    }
    engine.state = known.state;
    engine.window.look(text);
    for (let t = known.read; t < count; t++) {
      engine.step(rows.subarray(3 * t, 3 * t + 3));
      yield;
    }
  }
}

/** @param {import("./pen.mjs").Units} units @returns {Float32Array} the row before the first: the pen is up */
export function startRow({ mean, std }) {
  return Float32Array.of(-mean[0] / std[0], -mean[1] / std[1], 1);
}
