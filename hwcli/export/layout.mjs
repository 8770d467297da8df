/** Where lines are on the sheet. All lengths are multiples of the height of the model's writing, or its units. */

const LINE = 7; // from line to line
const ABOVE = 4.5,
  BELOW = 4; // the first line, and the last
const MARGIN = 2;
const ADVANCE = 1.9; // width of a character with its share of spaces, until lines were measured
const FEWEST = 20; // characters that a sheet has room for: a short text is not writ large
const SETTLED = 48; // points after which a line's place is known well enough to show it
const WIDE = 3; // width to height above which a line has a slope, as in hwcli/ink_size.py
export const PEN_WIDTH = 0.17; // width of the pen

/**
 * Return the width of the sheet for lines that are to come.
 * @param {string[]} texts @param {number} height @param {number} advance per character, in units; 0: unknown
 * @returns {number} in units
 */
export function expectedWidth(texts, height, advance) {
  const most = Math.max(FEWEST, ...texts.map((text) => text.length));
  return most * (advance || ADVANCE * height) + 2 * MARGIN * height;
}

/** @param {number} lines @param {number} height @returns {number} the height of the sheet, in units */
export function sheetHeight(lines, height) {
  return (ABOVE + BELOW + LINE * Math.max(lines - 1, 0)) * height;
}

/**
 * Return where line `number` is: its middle is its mean, which lies between the baseline and the height of small
 * letters. Of a line in work its first points decide, so that it does not tremble. Several lines are levelled.
 *
 * @typedef {{x: number, y: number, slope: number}} Place how far it is moved, and by what slope it is sheared back
 * @param {import("./line_writer.mjs").Point[]} points at least one @param {boolean} whole
 * @param {number} number counted from 0 @param {number} height @param {boolean} level @returns {Place}
 */
export function placeOf(points, whole, number, height, level) {
  const known = whole ? points : points.slice(0, SETTLED);
  const middle = (axis) => known.reduce((sum, point) => sum + point[axis], 0) / known.length;
  const [x, y] = [middle("x"), middle("y")];
  const left = known.reduce((least, point) => Math.min(least, point.x), Infinity);
  const slope = whole && level ? slopeOf(known, x, y) : 0;
  return { x: MARGIN * height - left, y: (ABOVE + LINE * number) * height - y + slope * x, slope };
}

/** @param {Place} place @returns {string} as SVG has it */
export function transformOf({ x, y, slope }) {
  return `matrix(1 ${(-slope).toFixed(4)} 0 1 ${x.toFixed(1)} ${y.toFixed(1)})`;
}

/** Return the slope of a line, by least squares; 0 if it is too short to have one. */
function slopeOf(points, x, y) {
  let [across, along, down] = [0, 0, 0];
  for (const point of points) {
    across += (point.x - x) ** 2;
    along += (point.x - x) * (point.y - y);
    down += (point.y - y) ** 2;
  }
  return across > WIDE ** 2 * down ? along / across : 0;
}

/** @param {number} points that are there @param {boolean} whole @returns {boolean} whether a line can be shown */
export function isSettled(points, whole) {
  return whole || points >= SETTLED;
}

/** @param {import("./line_writer.mjs").Point[]} points @returns {number} from the left end to the right, in units */
export function extent(points) {
  const [least, most] = points.reduce(([a, b], { x }) => [Math.min(a, x), Math.max(b, x)], [Infinity, -Infinity]);
  return most - least;
}

/** @param {number} width of the ink @param {number} height @returns {number} the sheet that it needs, in units */
export function neededWidth(width, height) {
  return width + 2 * MARGIN * height;
}
