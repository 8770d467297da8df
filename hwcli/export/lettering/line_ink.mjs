import { extentOf, sizeOf, strokesOf } from "../reading/ink_size.mjs";
import { medianOf } from "../reading/proofread.mjs";

const LOW_LETTERS = "aceimnorsuvwxz"; // whose body, without dots, is one x-height high
const TALL_LETTERS = "123456789ABCDEFGHIKLMNPRSTUVWYZbdhkl";
const HANGING = "gjpqyfQJ"; // letters that do not stand on the baseline
const X_HEIGHT = 1.75; // over the height of the writing, where there are no such letters
const [LEAST_FIGURE, MOST_FIGURE] = [1.5, 2]; // heights of figures and capitals in x-heights
const DOT = 0.6; // largest extent of the dot of an i, in x-heights
const SHARED = 0.5; // of the width of a letter's second stroke that the first one shares
const STEEP = 1.2; // height to width of the pieces of path that show the slant
const MOST_SLANT = 0.7;

/**
 * A line of ink in work; the twin of hwcli/lettering/line_ink.py. Letters are lists of point numbers.
 *
 * @typedef {{left: number, top: number, right: number, bottom: number, width: number, height: number}} Box
 */
export class LineInk {
  /**
   * @param {import("../reading/ink_size.mjs").Ink} ink @param {string} text of the network
   * @param {Int32Array} owner the position in `text` that each point belongs to; -1: none
   */
  constructor({ x, y, ends }, text, owner) {
    Object.assign(this, { x: x.slice(), y: y.slice(), ends: ends.slice(), text, owner });
    this.kept = x.map(() => 1);
    this.added = []; // strokes: after which point, for which character
    this.strokeOf = new Int32Array(x.length);
    for (const [number, [first, end]] of strokesOf(ends).entries()) this.strokeOf.fill(number, first, end);
    const size = sizeOf({ x, y, ends });
    this.spacing = size?.spacing ?? 1;
    this.slant = slantOf(x, y, ends);
    this.xHeight = this.#heightOf(LOW_LETTERS) || X_HEIGHT * (size?.height ?? 1);
    const tall = this.#heightOf(TALL_LETTERS);
    this.figure = Math.min(Math.max(tall, LEAST_FIGURE * this.xHeight), MOST_FIGURE * this.xHeight);
  }

  /** @param {number} first @param {number} stop @returns {number[]} the points of some characters that are there */
  of(first, stop) {
    const found = [];
    for (let k = 0; k < this.owner.length; k++) {
      if (this.kept[k] && this.owner[k] >= first && this.owner[k] < stop) found.push(k);
    }
    return found;
  }

  /** Return the points of a letter: without a dot, and what may belong to a neighbour. @param {number} place */
  letter(place) {
    const points = this.of(place, place + 1);
    const isSmallLetter = /\p{Ll}/u.test(this.text[place]);
    if (!isSmallLetter || !points.length) return points;
    const parts = this.#byStroke(points);
    const some = parts.filter((part) => !this.isSmall(part));
    const large = some.length ? some : parts;
    const box = this.box(large[0]);
    return large.filter((part) => sharedWidth(this.box(part), box) > SHARED).flat();
  }

  /** @param {number[]} points @returns {boolean} whether they are no larger than the dot of an i */
  isSmall(points) {
    const { width, height } = this.box(points);
    return Math.max(width, height) < DOT * this.xHeight;
  }

  /** @param {number[]} points @returns {Box} */
  box(points) {
    return boxOf(points.map((k) => [this.x[k], this.y[k]]));
  }

  /** @param {number[]} points @returns {number[][]} the pen strokes that consist only of them */
  wholeStrokes(points) {
    const given = new Set(points);
    const numbers = new Set(points.map((k) => this.strokeOf[k]));
    const strokes = strokesOf(this.ends).filter((_, number) => numbers.has(number));
    const all = strokes.map(([first, end]) => Array.from({ length: end - first }, (_, k) => first + k));
    return all.filter((stroke) => stroke.every((k) => given.has(k)));
  }

  /** @param {number} place @returns {number} the y on which the letters around a character stand */
  baseline(place) {
    const near = Array.from(this.text, (_, k) => k)
      .filter((k) => /[\p{L}\p{N}]/u.test(this.text[k]) && !HANGING.includes(this.text[k]))
      .sort((a, b) => Math.abs(a - place) - Math.abs(b - place));
    const letters = near.slice(0, 5).map((k) => this.of(k, k + 1));
    const bottoms = letters.filter(({ length }) => length).map((points) => this.box(points).bottom);
    return medianOf(bottoms) ?? extentOf(this.y)[1];
  }

  /** @param {number[]} points to take away; a stroke that goes through them becomes two */
  remove(points) {
    for (const k of points) this.kept[k] = 0;
  }

  /** Move all characters from `after` on to the right. @param {number} after @param {number} by */
  push(after, by) {
    for (let k = 0; k < this.x.length; k++) if (this.owner[k] >= after) this.x[k] += by;
    for (const one of this.added) {
      if (one.place >= after) one.strokes = one.strokes.map((stroke) => stroke.map(([x, y]) => [x + by, y]));
    }
  }

  /** @param {number} point @param {number} place @param {import("./pen_stroke.mjs").Stroke[]} strokes */
  add(point, place, strokes) {
    this.added.push({ point, place, strokes });
  }

  /** @param {number} place @returns {number} the last point of the stroke that ends the word around a character */
  endOfWord(place) {
    const space = this.text.indexOf(" ", place);
    const first = this.text.lastIndexOf(" ", place - 1) + 1;
    const last = this.of(place ? first : 0, space < 0 ? this.text.length : space).at(-1) ?? 0;
    const end = this.ends.indexOf(1, last);
    return end < 0 ? this.x.length - 1 : end;
  }

  /** Return the finished points, each with its old number, or -1, and its character. */
  inOrder() {
    const found = [];
    let begin = 0;
    for (const { point, place, strokes } of [...this.added].sort((a, b) => a.point - b.point)) {
      found.push(...this.#old(begin, point + 1));
      begin = Math.max(begin, point + 1);
      for (const stroke of strokes) {
        stroke.forEach(([x, y], k) => found.push({ x, y, lifts: k === stroke.length - 1, old: -1, place }));
      }
    }
    found.push(...this.#old(begin, this.x.length));
    if (found.length) found.at(-1).lifts = true;
    return found;
  }

  /** Return points from `begin` to before `end` that are kept, as strokes that end with the range. */
  #old(begin, end) {
    const at = [];
    for (let k = begin; k < end; k++) if (this.kept[k]) at.push(k);
    return at.map((k, number) => {
      const isCut = number === at.length - 1 ? end < this.x.length || k < end - 1 : at[number + 1] > k + 1;
      return { x: this.x[k], y: this.y[k], lifts: Boolean(this.ends[k]) || isCut, old: k, place: this.owner[k] };
    });
  }

  /** Return the usual height of some characters; 0 if there are none in the line. */
  #heightOf(characters) {
    const places = Array.from(this.text, (_, k) => k).filter((k) => characters.includes(this.text[k]));
    const letters = places.map((k) => this.of(k, k + 1)).filter(({ length }) => length > 2);
    const heights = letters.map((points) => Math.max(...this.#byStroke(points).map((part) => this.box(part).height)));
    return medianOf(heights) ?? 0;
  }

  /** Return points by the stroke that they are of. */
  #byStroke(points) {
    const parts = [];
    for (const [number, k] of points.entries()) {
      if (number && this.strokeOf[k] === this.strokeOf[points[number - 1]]) parts.at(-1).push(k);
      else parts.push([k]);
    }
    return parts;
  }
}

/** @param {[number, number][]} points at least one @returns {Box} */
export function boxOf(points) {
  const [left, right] = extentOf(points.map(([x]) => x));
  const [top, bottom] = extentOf(points.map(([, y]) => y));
  return { left, top, right, bottom, width: right - left, height: bottom - top };
}

/** Return the part of the narrower box's width that lies over or under the other. */
function sharedWidth(one, other) {
  const shared = Math.min(one.right, other.right) - Math.max(one.left, other.left);
  return shared / Math.max(Math.min(one.width, other.width), 1e-9);
}

/** Return how far downstrokes lean: x to the right per y upwards. */
function slantOf(x, y, ends) {
  let [across, down] = [0, 0];
  for (let k = 0; k + 1 < x.length; k++) {
    const [dx, dy] = [x[k + 1] - x[k], y[k + 1] - y[k]];
    if (!ends[k] && dy > STEEP * Math.abs(dx)) [across, down] = [across + dx, down + dy];
  }
  return down ? Math.min(Math.max(-across / down, -MOST_SLANT), MOST_SLANT) : 0;
}
