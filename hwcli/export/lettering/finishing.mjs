import { Pcg64 } from "../pcg64.mjs";
import { LineInk } from "./line_ink.mjs";
import { ShapePen } from "./pen_stroke.mjs";
import { STEPS } from "./steps.mjs";

const SIGNIFICANT = 6; // digits of the points' spacing that coordinates are rounded to
const UNLIKELY_END = 1e-3; // probability that a drawn stroke ends elsewhere

/**
 * Return the points of a line, whose network wrote `written`, as ink of its text: marks and signs are drawn. The
 * twin of hwcli/lettering/finishing.py.
 *
 * @param {import("../line_writer.mjs").Point[]} points
 * @param {import("../spelling.mjs").SpelledLine} spelling
 * @param {Int32Array} owner position in what was written that each point belongs to; -1: none
 * @param {(number | bigint)[]} entropy of how shapes vary @param {Record<string, string>} shapes by kind and name
 * @returns {import("../line_writer.mjs").Point[]}
 */
export function finished(points, { written, recipes, places }, owner, entropy, shapes) {
  if (!points.length || !recipes.some(({ steps }) => steps.length)) return points;
  const ends = Uint8Array.from(points, ({ lifts }, k) => (lifts || k === points.length - 1 ? 1 : 0));
  const axis = (name) => Float64Array.from(points, (point) => point[name]);
  const line = new LineInk({ x: axis("x"), y: axis("y"), ends }, written, owner);
  const pen = new ShapePen(line.slant, line.spacing, new Pcg64(entropy));
  let first = 0;
  for (const recipe of recipes) {
    const stop = first + recipe.written.length;
    for (const [kind, name] of recipe.steps) {
      const task = { line, first, stop, name, shape: shapes[`${kind} ${name}`], pen };
      if (line.of(first, stop).length > 1) STEPS[kind](task);
    }
    first = stop;
  }
  const grid = 10 ** Math.min(Math.max(SIGNIFICANT - 1 - Math.floor(Math.log10(line.spacing)), 0), 12);
  const rounded = (value) => Math.round(value * grid) / grid;
  return line.inOrder().map(({ x, y, lifts, old, place }) => {
    if (old < 0) {
      const eos = lifts ? 1 - UNLIKELY_END : UNLIKELY_END;
      return { x: rounded(x), y: rounded(y), lifts, character: places[place], eos };
    }
    const moved = x !== points[old].x || y !== points[old].y;
    return { ...points[old], lifts, ...(moved ? { x: rounded(x), y: rounded(y) } : {}) };
  });
}

/**
 * Share the points out by where the window stood: which character of what was written each belongs to. The points of
 * a character that is written as several are shared out evenly, as hwcli/sampling/completion.py does.
 * @param {import("../line_writer.mjs").Point[]} points with positions in the text
 * @param {import("../spelling.mjs").SpelledLine} spelling @returns {Int32Array}
 */
export function tracedOwner(points, { recipes }) {
  const owner = new Int32Array(points.length).fill(-1);
  let first = 0;
  for (const [place, { written }] of recipes.entries()) {
    const own = Array.from(points, (_, k) => k).filter((k) => points[k].character === place);
    for (const [k, point] of own.entries()) {
      owner[point] = first + Math.floor((k * written.length) / Math.max(own.length, 1));
    }
    first += written.length;
  }
  return owner;
}
