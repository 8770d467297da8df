import { boxOf } from "./line_ink.mjs";
import { skeletonOf } from "./pen_stroke.mjs";

// All in x-heights, unless said otherwise
const MARK_GAP = 0.2; // between a letter and a mark above it
const CAPITAL_GAP = 0.14;
const SMALL = 0.62; // size of raised and lowered figures and of those of a fraction, over the usual size
const LOWERED = 0.35; // how far down lowered figures hang, in their height
const [SLASH_ROOM, SLASH] = [0.3, "40,98 15,50 -10,-2"]; // of a fraction: room and shape, in heights of a figure
const OVERLAP = 0.1; // of joined letters
const BESIDE = 0.12; // free space on either side of a sign, in heights of a figure
const BESIDE_TALL = 0.22;
const COMMA = "8,34 9,20 -2,0"; // the caron of a tall letter, in x-heights
const OGONEK = "\u0328";

/**
 * What is done with the ink of a character, by the kind of the step; the twin of hwcli/lettering/steps.py.
 *
 * @typedef {{line: import("./line_ink.mjs").LineInk, first: number, stop: number, name: string, shape: string,
 *   pen: import("./pen_stroke.mjs").ShapePen}} Task the character is written from `first` to before `stop`
 * @type {Record<string, (task: Task) => void>}
 */
export const STEPS = {
  above({ line, first, shape, pen }) {
    const { xHeight } = line;
    const points = line.letter(first);
    const box = line.box(points);
    const upper = line.box(points.filter((k) => line.y[k] <= box.top + box.height / 2));
    const isTall = box.height > 1.5 * xHeight;
    const rise = MARK_GAP + (isTall ? 0.25 : 0.45) * (box.height / xHeight);
    const middle = (upper.left + upper.right) / 2 + (line.slant * rise * xHeight) / 2;
    const marks = line.added.filter(({ place }) => place === first).map(({ strokes }) => boxOf(strokes.flat()).top);
    const top = Math.min(box.top, ...marks) - (isTall ? CAPITAL_GAP : MARK_GAP) * xHeight;
    line.add(line.endOfWord(first), first, pen.strokes(skeletonOf(shape), [middle, top], [xHeight, xHeight]));
  },

  below({ line, first, name, shape, pen }) {
    const points = line.letter(first);
    const box = line.box(points);
    const lower = line.box(points.filter((k) => line.y[k] >= box.bottom - box.height / 4));
    const x = name === OGONEK ? lower.right : (lower.left + lower.right) / 2;
    const unit = [line.xHeight, line.xHeight];
    line.add(line.endOfWord(first), first, pen.strokes(skeletonOf(shape), [x, box.bottom], unit));
  },

  through({ line, first, shape, pen }) {
    const box = line.box(line.letter(first));
    const unit = [Math.max(box.width, 0.2 * line.xHeight), Math.max(box.height, 0.06 * line.xHeight)];
    const origin = [(box.left + box.right - unit[0]) / 2, (box.top + box.bottom + unit[1]) / 2];
    line.add(line.endOfWord(first), first, pen.strokes(skeletonOf(shape), origin, unit, false));
  },

  beside({ line, first, stop, pen }) {
    const { xHeight } = line;
    const points = line.letter(first);
    const box = line.box(points);
    const { right } = line.box(points.filter((k) => line.y[k] <= box.top + box.height / 3));
    const origin = [right + BESIDE_TALL * xHeight, box.top + 0.4 * xHeight];
    line.push(stop, Math.max(right + 2 * BESIDE_TALL * xHeight - box.right, 0));
    line.add(line.endOfWord(first), first, pen.strokes(skeletonOf(COMMA), origin, [xHeight, xHeight]));
  },

  dotless({ line, first, stop }) {
    const { xHeight } = line;
    const box = line.box(line.letter(first));
    for (const stroke of line.wholeStrokes(line.of(first - 1, stop + 1))) {
      const dot = line.box(stroke);
      const isOver = dot.bottom < box.top + 0.2 * xHeight;
      const isBeside = Math.abs(dot.left + dot.right - box.left - box.right) / 2 < 0.8 * xHeight;
      if (line.isSmall(stroke) && isOver && isBeside) line.remove(stroke);
    }
  },

  sign({ line, first, stop, shape, pen }) {
    const points = line.of(first, stop);
    const box = line.box(points);
    const skeleton = skeletonOf(shape);
    const height = line.figure;
    const extent = boxOf(skeleton.flat());
    const left = Math.max(box.left, rightOf(line, first - 1) + BESIDE * height);
    const origin = [left - extent.left * height, line.baseline(first)];
    line.remove(points);
    line.add(points[0] - 1, first, pen.strokes(skeleton, origin, [height, height]));
    line.push(stop, left + (extent.width + BESIDE) * height - box.right);
  },

  raised({ line, first, stop }) {
    const points = line.of(first, stop);
    const { width } = shrink(line, points, true);
    line.push(stop, (SMALL - 1) * width);
  },

  lowered({ line, first, stop }) {
    const points = line.of(first, stop);
    const { width, height } = shrink(line, points, false);
    line.push(stop, (SMALL - 1) * width);
    for (const k of points) line.y[k] += LOWERED * SMALL * height;
  },

  fraction({ line, first, stop, pen }) {
    const [upper, lower] = [line.of(first, first + 1), line.of(first + 1, stop)];
    if (!upper.length || !lower.length) return;
    const room = SLASH_ROOM * line.figure;
    shrink(line, upper, true);
    shrink(line, lower, false);
    const [left, right] = [line.box(upper), line.box(lower)];
    line.push(first + 1, left.right + room - right.left);
    const origin = [left.right + room / 2 - (SLASH_ROOM * line.figure) / 2, right.bottom];
    line.add(upper.at(-1), first, pen.strokes(skeletonOf(SLASH), origin, [line.figure, line.figure], false));
  },

  stretched({ line, first, stop, name }) {
    const points = line.of(first, stop);
    const times = Number(name);
    const box = line.box(points);
    for (const k of points) line.x[k] = box.left + times * (line.x[k] - box.left);
    line.push(stop, (times - 1) * box.width);
  },

  moved({ line, first, stop, name }) {
    for (const k of line.of(first, stop)) line.y[k] -= Number(name) * line.xHeight;
  },

  dropped({ line, first, stop }) {
    const points = line.of(first, stop);
    const down = line.baseline(first) - 0.15 * line.xHeight - line.box(points).top;
    for (const k of points) line.y[k] += down;
  },

  joined({ line, first, stop }) {
    const [left, right] = [line.of(first, first + 1), line.of(first + 1, stop)];
    if (!left.length || !right.length) return;
    const box = line.box(left);
    const edge = line.box(left.filter((k) => line.y[k] <= box.bottom - 0.2 * box.height)).right; // above its exit
    line.push(first + 1, edge - line.box(right).left - OVERLAP * line.xHeight);
  },
};

/** @returns {number} how far right the ink of a character reaches; -Infinity if there is none */
function rightOf(line, place) {
  const own = line.of(place, place + 1).map((k) => line.x[k]);
  const drawn = line.added.filter((one) => one.place === place).map(({ strokes }) => boxOf(strokes.flat()).right);
  return Math.max(-Infinity, ...own, ...drawn);
}

/** Make some points small, towards their upper or lower left corner; return their box before. */
function shrink(line, points, high) {
  const box = line.box(points);
  const y = high ? box.top : box.bottom;
  for (const k of points) {
    line.x[k] = box.left + SMALL * (line.x[k] - box.left);
    line.y[k] = y + SMALL * (line.y[k] - y);
  }
  return box;
}
