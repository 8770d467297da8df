/**
 * The size of handwriting; its twin, hwcli/ink_size.py, says why it is measured so.
 *
 * @typedef {{x: Float64Array, y: Float64Array, ends: Uint8Array}} Ink points in the order of writing, and 1 at the
 * last point of each stroke
 */

const WIDE_LINE = 3; // width to height above which ink has a baseline, whose slope is removed
const LEVEL = 1e-3; // height to width below which ink is a straight line
const [SMALLEST, LARGEST_HEIGHT] = [1e-30, 1e30];

/** @param {{x: number, y: number, lifts: boolean}[]} points @returns {Ink} */
export function inkOf(points) {
  const ends = Uint8Array.from(points, ({ lifts }) => (lifts ? 1 : 0));
  if (ends.length) ends[ends.length - 1] = 1;
  return { x: Float64Array.from(points, ({ x }) => x), y: Float64Array.from(points, ({ y }) => y), ends };
}

/**
 * Return the height of the writing and the spacing of its points; null if it has no extent.
 * @param {Ink} ink @returns {{height: number, spacing: number} | null}
 */
export function sizeOf({ x, y, ends }) {
  const pieces = [];
  let total = 0;
  for (let k = 0; k + 1 < x.length; k++) {
    if (ends[k]) continue;
    const [dx, dy] = [x[k + 1] - x[k], y[k + 1] - y[k]];
    const length = Math.hypot(dx, dy);
    pieces.push({ length, dx, dy, x: x[k] - x[0] + dx / 2, y: y[k] - y[0] + dy / 2 });
    total += length;
  }
  if (!(total > 0)) return null;
  const mean = (value) => pieces.reduce((sum, piece) => sum + piece.length * value(piece), 0) / total;
  const spread = (at, extent) => Math.sqrt(mean((piece) => piece[at] ** 2 + piece[extent] ** 2 / 12));
  const [middleX, middleY] = [mean((piece) => piece.x), mean((piece) => piece.y)];
  for (const piece of pieces) [piece.x, piece.y] = [piece.x - middleX, piece.y - middleY];
  const width = spread("x", "dx");
  let height = spread("y", "dy");
  if (width > WIDE_LINE * height && height > 0) {
    const slope = mean((piece) => piece.x * piece.y + (piece.dx * piece.dy) / 12) / width ** 2;
    for (const piece of pieces) [piece.y, piece.dy] = [piece.y - slope * piece.x, piece.dy - slope * piece.dx];
    height = spread("y", "dy");
  }
  if (!(height > LEVEL * width && height > SMALLEST && height < LARGEST_HEIGHT)) return null;
  return { height, spacing: total / pieces.length };
}

/** @param {Float64Array} x @param {Float64Array} y @returns {number} the slope of ink that is wide, else 0 */
export function slopeOfInk(x, y) {
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [middleX, middleY] = [mean(x), mean(y)];
  let [across, along, down] = [0, 0, 0];
  for (let k = 0; k < x.length; k++) {
    across += (x[k] - middleX) ** 2;
    along += (x[k] - middleX) * (y[k] - middleY);
    down += (y[k] - middleY) ** 2;
  }
  return across > WIDE_LINE ** 2 * down ? along / across : 0;
}

/** @param {ArrayLike<number>} ends @returns {[number, number][]} the first point of each stroke, and after its last */
export function strokesOf(ends) {
  const strokes = [];
  for (let k = 0, first = 0; k < ends.length; k++) {
    if (!ends[k]) continue;
    strokes.push([first, k + 1]);
    first = k + 1;
  }
  return strokes;
}

/** @param {Float64Array} values @param {number} first @param {number} end @returns {[number, number]} least and most */
export function extentOf(values, first = 0, end = values.length) {
  let [least, most] = [Infinity, -Infinity];
  for (let k = first; k < end; k++) [least, most] = [Math.min(least, values[k]), Math.max(most, values[k])];
  return [least, most];
}
