import { extentOf, sizeOf, slopeOfInk, strokesOf } from "./ink_size.mjs";

export const CHANNELS = 8; // features of a step
export const BEGINS = 5; // the one that flags the first step of a stroke
const STEP = 0.25; // distance of steps along the path, in heights of the writing
const LEAST_PIECES = 3; // of a stroke, so that a dot makes a frame of its own
const LIFTED = 3; // steps of a move with the pen up
const FLATTEST = 0.04; // height over the width of the widest stroke, at least
const MOST_STEPS = 20_000;
const USUAL = 10; // power of two of a line's extent while it is measured
const FARTHEST = 1e6; // heights of a point from the first
const BEHIND = 6; // heights behind the rightmost point from which more makes no difference

/**
 * Ink as a reader sees it: even steps along the pen's path, in heights of the writing. The twin of
 * hwcli/reader/pen_path.py.
 *
 * @typedef {{rows: Float32Array, points: Int32Array}} Features the steps, CHANNELS numbers each, and the point of
 * the ink that each is at or comes from
 */
export class PenPath {
  /** @param {Float64Array} x @param {Float64Array} y @param {Uint8Array} ends */
  constructor(x, y, ends) {
    Object.assign(this, { x, y, ends });
  }

  /** @param {import("./ink_size.mjs").Ink} ink @returns {PenPath | null} level and scaled; null if it is no line */
  static of({ x, y, ends }) {
    if (!x.length) return null;
    let [across, down] = [x.map((value) => value - x[0]), y.map((value) => value - y[0])];
    const most = Math.max(...[across, down].map((axis) => axis.reduce((m, v) => Math.max(m, Math.abs(v)), 0)));
    const larger = most > 0 ? 2 ** (USUAL - Math.floor(Math.log2(most)) - 1) : 1;
    [across, down] = [across.map((value) => value * larger), down.map((value) => value * larger)];
    const height = heightOf(across, down, ends);
    [across, down] = [across.map((value) => value / height), down.map((value) => value / height)];
    const isNear = (value) => Math.abs(value) < FARTHEST;
    if (!across.every(isNear) || !down.every(isNear)) return null;
    const path = new PenPath(across, down, ends);
    if (path.#steps() > MOST_STEPS) return null;
    const even = path.#even();
    const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const [middleX, middleY, slope] = [mean(even.x), mean(even.y), slopeOfInk(even.x, even.y)];
    const centred = across.map((value) => value - middleX);
    return new PenPath(
      centred,
      down.map((value, k) => value - middleY - slope * centred[k]),
      ends,
    );
  }

  /** @returns {Features} the network's input */
  features() {
    const { x, y, fresh, origin } = this.#even();
    const rows = [];
    const points = [];
    let right = -Infinity;
    for (let k = 0; k < x.length; k++) {
      right = Math.max(right, x[k]);
      const behind = Math.min(right - x[k], BEHIND) / 3;
      const [dx, dy] = k ? [x[k] - x[k - 1], y[k] - y[k - 1]] : [0, 0];
      const row = fresh[k] ? [0, 0, 0, 0, 0, 1, y[k], behind] : [dx / STEP, dy / STEP, 0, 0, 0, 0, y[k], behind];
      if (fresh[k] && k) {
        const last = rows.at(-1);
        const jump = [dx, dy].map((move) => Math.sign(move) * Math.log1p(Math.abs(move)));
        const between = [0, 0, ...jump, 1, 0, (row[6] + last[6]) / 2, (row[7] + last[7]) / 2];
        for (let lifted = 0; lifted < LIFTED; lifted++) {
          rows.push(between);
          points.push(origin[k]);
        }
      }
      rows.push(row);
      points.push(origin[k]);
    }
    return { rows: Float32Array.from(rows.flat()), points: Int32Array.from(points) };
  }

  /** @returns {number} an estimate of the steps */
  #steps() {
    const { x, y, ends } = this;
    let [length, strokes] = [0, 0];
    for (let k = 0; k < x.length; k++) {
      if (ends[k]) strokes++;
      else length += Math.hypot(x[k + 1] - x[k], y[k + 1] - y[k]);
    }
    return length / STEP + (LEAST_PIECES + LIFTED) * strokes;
  }

  /** Return even steps along each stroke, flags at those that begin one, and their points of the ink. */
  #even() {
    const { x, y, ends } = this;
    const at = new Float64Array(x.length);
    for (let k = 1; k < x.length; k++) {
      at[k] = at[k - 1] + (ends[k - 1] ? 1 : Math.hypot(x[k] - x[k - 1], y[k] - y[k - 1]));
    }
    const even = { x: [], y: [], fresh: [], origin: [] };
    for (const [first, end] of strokesOf(ends)) {
      const length = at[end - 1] - at[first];
      const pieces = Math.max(Math.round(length / STEP), LEAST_PIECES);
      for (let piece = 0, here = first, from = first; piece <= pieces; piece++) {
        const where = at[first] + piece * (length / pieces);
        while (here + 1 < x.length && at[here + 1] <= where) here++;
        const part = here + 1 < x.length ? (where - at[here]) / (at[here + 1] - at[here]) : 0;
        even.x.push(part ? x[here] + part * (x[here + 1] - x[here]) : x[here]);
        even.y.push(part ? y[here] + part * (y[here + 1] - y[here]) : y[here]);
        while (from < end - 1 && at[from] < where - 1e-9 * STEP) from++;
        even.fresh.push(piece === 0);
        even.origin.push(from);
      }
    }
    return even;
  }
}

/** @returns {number} the height of the writing; for ink without any, its extent */
function heightOf(x, y, ends) {
  const widths = strokesOf(ends)
    .map(([first, end]) => extentOf(x, first, end))
    .map(([least, most]) => most - least);
  const flattest = FLATTEST * Math.max(...widths);
  const extent = Math.max(...[x, y].map((axis) => extentOf(axis)).map(([least, most]) => most - least));
  return Math.max(sizeOf({ x, y, ends })?.height ?? 0, flattest) || extent || 1;
}
