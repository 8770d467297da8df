import { extentOf } from "./ink_size.mjs";

export const PICTURE_CHANNELS = 3; // ink, and the cosine and sine of twice the angle of its direction
export const PICTURE_HEIGHT = 40; // pixels
const PIXELS = 4; // per height of the writing
const MARGINS = 8; // pixels, each at the left and right
const INK_STEP = 0.1; // heights between the places along a stroke at which ink is put down
const DOT_INK = 0.15; // heights of ink that begin each stroke
const MOST_COLUMNS = 20_000; // pixels

/**
 * Numbers in rows, columns and channels, in this order.
 * @typedef {{rows: number, columns: number, channels: number, values: Float32Array}} Picture
 */

/**
 * Return the picture of a line; the twin of hwcli/reader/picture.py. Null if it is far too wide.
 * @param {import("./pen_path.mjs").PenPath} path @returns {Picture | null}
 */
export function pictureOf({ x, y, ends }) {
  const [least, most] = extentOf(x);
  const columns = Math.ceil((most - least) * PIXELS) + 2 * MARGINS + 1;
  if (columns > MOST_COLUMNS) return null;
  const sums = new Float64Array(PICTURE_HEIGHT * columns * PICTURE_CHANNELS);
  const put = (placeX, placeY, ...ink) => {
    const across = (placeX - least) * PIXELS + MARGINS;
    const down = Math.min(Math.max(placeY * PIXELS + PICTURE_HEIGHT / 2, 0), PICTURE_HEIGHT - 1.001);
    const [left, top] = [Math.floor(across), Math.floor(down)];
    for (let k = 0; k < 4; k++) {
      const [column, row] = [left + (k & 1), top + (k >> 1)];
      const share = PIXELS * (1 - Math.abs(across - column)) * (1 - Math.abs(down - row));
      const at = (row * columns + column) * PICTURE_CHANNELS;
      for (let channel = 0; channel < PICTURE_CHANNELS; channel++) sums[at + channel] += share * ink[channel];
    }
  };
  for (let k = 0; k < x.length; k++) {
    if (k === 0 || ends[k - 1]) put(x[k], y[k], DOT_INK, 0, 0);
    if (ends[k] || k + 1 === x.length) continue;
    const [dx, dy] = [x[k + 1] - x[k], y[k + 1] - y[k]];
    const doubled = 2 * Math.atan2(dy, dx);
    const pieces = Math.ceil(Math.hypot(dx, dy) / INK_STEP);
    const ink = Math.hypot(dx, dy) / pieces;
    for (let piece = 0; piece < pieces; piece++) {
      const part = (piece + 0.5) / pieces;
      put(x[k] + part * dx, y[k] + part * dy, ink, ink * Math.cos(doubled), ink * Math.sin(doubled));
    }
  }
  for (let at = 0; at < sums.length; at += PICTURE_CHANNELS) {
    const black = Math.tanh(sums[at]); // ink over ink makes a place hardly blacker
    const less = black / Math.max(sums[at], 1e-9);
    for (let channel = 1; channel < PICTURE_CHANNELS; channel++) sums[at + channel] *= less;
    sums[at] = black;
  }
  return { rows: PICTURE_HEIGHT, columns, channels: PICTURE_CHANNELS, values: Float32Array.from(sums) };
}
