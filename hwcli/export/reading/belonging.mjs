import { extentOf, strokesOf } from "./ink_size.mjs";
import { BEGINS, CHANNELS } from "./pen_path.mjs";
import { STRIDE } from "./reader_network.mjs";

const MARKED = new Set("ijtfxäöüáéíóúàèùâêîôûçñåTFEHAJXQ!?;:%='\""); // with a part that may be written later
const BACK = 0.3; // heights that the middle of a late stroke lies behind the rightmost ink, at least
const NEAR_LETTER = 1; // heights from its letter, at most

/**
 * Return the position in `text` that each point of the ink belongs to; -1 without text. The twin of
 * hwcli/reader/belonging.py.
 * @param {import("./pen_path.mjs").Features} features @param {import("./pen_path.mjs").PenPath} path
 * @param {number[]} places frames of the characters @param {string} text @returns {Int32Array}
 */
export function pointsOfCharacters(features, path, places, text) {
  const visible = Array.from(text, (_, k) => k).filter((k) => text[k].trim());
  const owner = new Int32Array(path.x.length).fill(-1);
  if (!visible.length) return owner;
  const count = features.points.length;
  const begins = [];
  for (let step = 0; step < count; step++) if (features.rows[step * CHANNELS + BEGINS]) begins.push(step);
  const steps = visible.map((k) => Math.min(STRIDE * places[k], count - 1));
  const cuts = steps.slice(1).map((step, k) => cutBetween(steps[k], step, begins));
  let step = -1; // the last that is not behind the point
  for (let point = 0; point < owner.length; point++) {
    while (step + 1 < count && features.points[step + 1] <= point) step++;
    owner[point] = visible[insertionPlace(cuts, step)];
  }
  return withLateStrokes(owner, path, text);
}

/** Return the first step of the right one of two characters, read at steps `left` and `right`. */
function cutBetween(left, right, begins) {
  const middle = Math.floor((left + right + 1) / 2);
  const between = begins.filter((step) => step > left && step <= right);
  return between.reduce(
    (best, step) => (Math.abs(step - middle) < Math.abs(best - middle) ? step : best),
    between[0] ?? middle,
  );
}

/** @param {number[]} sorted @param {number} value @returns {number} how many of them are at most `value` */
function insertionPlace(sorted, value) {
  let [least, most] = [0, sorted.length];
  while (least < most) {
    const middle = (least + most) >> 1;
    if (sorted[middle] <= value) least = middle + 1;
    else most = middle;
  }
  return least;
}

/** Give strokes that go back, such as dots, to the nearest earlier character that has such a part. */
function withLateStrokes(before, path, text) {
  const owner = before.slice();
  const { x } = path;
  let furthest = -Infinity;
  for (const [first, end] of strokesOf(path.ends)) {
    const [least, most] = extentOf(x, first, end);
    const middle = (least + most) / 2;
    if (middle < furthest - BACK) {
      let [nearest, distance] = [-1, NEAR_LETTER];
      for (let k = 0; k < first; k++) {
        const away = Math.abs(x[k] - middle);
        if (away < distance && MARKED.has(text[owner[k]])) [nearest, distance] = [k, away];
      }
      if (nearest >= 0) owner.fill(owner[nearest], first, end);
    }
    furthest = Math.max(furthest, most);
  }
  return owner;
}
