import { normalInDouble } from "./normal.mjs";

const FINE = 24; // points of the spline between two points of the skeleton
const [SCATTER, SIZES, TURN] = [0.015, 0.06, 0.05]; // how shapes vary: points, size, direction
const FEWEST_POINTS = 3; // of a stroke: a dot, too, is a short stroke

/**
 * Draws the skeletons of shapes as a pen would; the twin of hwcli/lettering/pen_stroke.py.
 *
 * @typedef {[number, number][]} Stroke
 */
export class ShapePen {
  /** @param {number} slant x to the right per y upwards @param {number} spacing @param {any} generator */
  constructor(slant, spacing, generator) {
    Object.assign(this, { slant, spacing, generator });
  }

  /**
   * Return the strokes of a skeleton whose (0, 0) lies at `origin`.
   * @param {Stroke[]} skeleton @param {[number, number]} origin @param {[number, number]} unit its scale
   * @param {boolean} slanted @returns {Stroke[]}
   */
  strokes(skeleton, origin, unit, slanted = true) {
    const turn = this.#normal(TURN / 2);
    const size = 1 + this.#normal(SIZES / 2);
    const points = skeleton.flat();
    const middle = [0, 1].map((axis) => points.reduce((sum, point) => sum + point[axis], 0) / points.length);
    const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
    return skeleton.map((stroke) => {
      const turned = stroke.map(([x, y]) => {
        const [dx, dy] = [x - middle[0], y - middle[1]];
        return [(dx * cos + dy * sin) * size + middle[0], (dy * cos - dx * sin) * size + middle[1]];
      });
      const slant = slanted ? this.slant : 0;
      return this.#drawn(turned, unit).map(([x, y]) => [origin[0] + x - slant * y, origin[1] + y]);
    });
  }

  /** Return the smooth stroke through a skeleton's points, in the ink's units. */
  #drawn(stroke, unit) {
    const moved = stroke.map(([x, y]) => [x + this.#normal(SCATTER), y + this.#normal(SCATTER)]);
    for (let k = 1; k < stroke.length; k++) {
      const isCorner = stroke[k][0] === stroke[k - 1][0] && stroke[k][1] === stroke[k - 1][1];
      if (isCorner) moved[k] = moved[k - 1];
    }
    return evenly(splineThrough(moved.map(([x, y]) => [x * unit[0], y * unit[1]])), this.spacing);
  }

  #normal(deviation) {
    return normalInDouble(this.generator, deviation);
  }
}

/** @param {string} shape as in hwcli/lettering/skeletons.py @returns {Stroke[]} in units with y downwards */
export function skeletonOf(shape) {
  const strokes = shape.split(";").map((stroke) => stroke.trim().split(/\s+/));
  return strokes.map((points) =>
    points.map((point) => point.split(",").map((part, axis) => Number(part) * [0.01, -0.01][axis])),
  );
}

/** Return a dense polyline on the uniform Catmull-Rom spline through at least two points. */
function splineThrough(points) {
  const [first, second] = points;
  const [beforeLast, last] = points.slice(-2);
  const beyond = (end, inner) => end.map((value, axis) => 2 * value - inner[axis]);
  const around = [beyond(first, second), ...points, beyond(last, beforeLast)];
  const fine = [];
  for (let k = 0; k + 1 < points.length; k++) {
    const [a, b, c, d] = around.slice(k, k + 4);
    for (let step = 0; step < FINE; step++) {
      const t = step / FINE;
      fine.push(
        [0, 1].map((axis) => {
          const [p, q, r, s] = [a[axis], b[axis], c[axis], d[axis]];
          return q + (t / 2) * (r - p + t * (2 * p - 5 * q + 4 * r - s + t * (3 * (q - r) + s - p)));
        }),
      );
    }
  }
  return [...fine, last];
}

/** Return points at even distances of about `spacing` along a polyline, with its two ends. */
function evenly(path, spacing) {
  const along = [0];
  for (let k = 1; k < path.length; k++) {
    along.push(along[k - 1] + Math.hypot(path[k][0] - path[k - 1][0], path[k][1] - path[k - 1][1]));
  }
  const count = Math.max(Math.round(along.at(-1) / spacing) + 1, FEWEST_POINTS);
  let here = 0;
  return Array.from({ length: count }, (_, k) => {
    if (k === count - 1) return path.at(-1);
    const at = k * (along.at(-1) / (count - 1));
    while (here + 2 < path.length && along[here + 1] <= at) here++;
    const part = (at - along[here]) / (along[here + 1] - along[here] || 1);
    return [0, 1].map((axis) => path[here][axis] + part * (path[here + 1][axis] - path[here][axis]));
  });
}
