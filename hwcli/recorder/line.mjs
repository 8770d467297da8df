/**
 * A line in work: its strokes, and for each point, in one flat list, its time and pressure.
 *
 * @typedef {{unit: number, start: number, strokes: number[][][], t: number[], pressure: number[]}} Line
 * `unit` is the x-height that it was written at, `start` the time of its first point in ms since 1970, and `t`
 * counts ms from there. Points are [x, y] in pixels of the sheet, y downwards.
 * @typedef {{x: number, y: number, time: number, pressure: number}} Sample
 */

/**
 * Return an empty line at an x-height.
 * @param {number} unit @returns {Line}
 */
export function emptyLine(unit) {
  return { unit, start: 0, strokes: [], t: [], pressure: [] };
}

/**
 * Begin a stroke.
 * @param {Line} line @param {Sample} sample
 */
export function begin(line, sample) {
  if (!line.strokes.length) line.start = sample.time;
  line.strokes.push([]);
  append(line, sample);
}

/**
 * Add a sample to the last stroke, and return whether it is another point: a pen at rest repeats its last.
 * @param {Line} line @param {Sample} sample @returns {boolean}
 */
export function extend(line, sample) {
  const [x, y] = line.strokes.at(-1).at(-1);
  if (x === thousandths(sample.x) && y === thousandths(sample.y)) return false;
  append(line, sample);
  return true;
}

/**
 * Remove the last stroke; return whether there was one.
 * @param {Line} line @returns {boolean}
 */
export function removeLast(line) {
  const stroke = line.strokes.pop();
  if (!stroke) return false;
  line.t.length -= stroke.length;
  line.pressure.length -= stroke.length;
  return true;
}

/**
 * Return what the browser kept as a line, or null if it is anything else.
 * @param {any} value @returns {Line | null}
 */
export function restored(value) {
  if (!value || typeof value !== "object") return null;
  const { unit, start, strokes, t, pressure } = value;
  if (!(unit > 0) || !Number.isFinite(unit) || !Number.isFinite(start) || !Array.isArray(strokes)) return null;
  if (!strokes.every((stroke) => Array.isArray(stroke) && stroke.length && stroke.every(isPoint))) return null;
  const points = strokes.flat().length;
  if (![t, pressure].every((list) => isNumbers(list) && list.length === points)) return null;
  return { unit, start, strokes, t, pressure };
}

/** @param {Line} line @param {Sample} sample */
function append(line, sample) {
  line.strokes.at(-1).push([thousandths(sample.x), thousandths(sample.y)]);
  const t = Math.round(10 * (sample.time - line.start)) / 10;
  line.t.push(Math.max(t, line.t.at(-1) ?? 0)); // a clock that is set back must not turn the order of points
  line.pressure.push(Math.round(1e4 * sample.pressure) / 1e4);
}

/** @param {number} pixels @returns {number} without the noise of binary fractions */
function thousandths(pixels) {
  return Math.round(1000 * pixels) / 1000;
}

/** @param {any} value @returns {boolean} */
function isPoint(value) {
  return isNumbers(value) && value.length === 2;
}

/** @param {any} value @returns {boolean} */
function isNumbers(value) {
  return Array.isArray(value) && value.every(Number.isFinite);
}
