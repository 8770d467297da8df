/** Predictions: at each point, the mixture of Gaussians that the point was drawn from (Graves 2013, eqs 18-22). */

import { unpack } from "./unpack.mjs";

export const DEVIATIONS = 2; // an ellipse of so many holds 86 % of its component
export const LIGHTEST = 0.01; // weight of a component whose ellipse is drawn

/**
 * @typedef {{pi: number, x: number, y: number, sx: number, sy: number, rho: number}} Component
 * its mean (x, y) is relative to the previous point; lengths are in ink units
 */

export class Prediction {
  /** @param {object} data as renderers/formats/viewer/mixtures.py writes it @returns {Promise<Prediction>} */
  static async of(data) {
    const arrays = await unpack(data.pack);
    const columns = Object.fromEntries(Object.entries(data.numbers).map(([name, k]) => [name, arrays[k]]));
    return new Prediction(columns, data.steps, data.limits);
  }

  /** @param {Record<string, ArrayLike<number>>} columns @param {number} steps of a mean in its deviation @param {object} limits */
  constructor(columns, steps, limits) {
    this.columns = columns;
    this.steps = steps;
    this.limits = limits;
    this.starts = new Int32Array(columns.kept.length + 1);
    for (let k = 0; k < columns.kept.length; k++) this.starts[k + 1] = this.starts[k] + columns.kept[k];
  }

  /** Return the probability that point `k` ends its stroke. @param {number} k @returns {number} */
  eos(k) {
    return this.columns.eos[k] / 65535;
  }

  /** Return the components of point `k`, the heaviest first; none for the first point. @returns {Component[]} */
  components(k) {
    const { pi, muX, muY, sigmaX, sigmaY, rho } = this.columns;
    const found = [];
    for (let c = this.starts[k]; c < this.starts[k + 1]; c++) {
      const sx = power(sigmaX[c], this.limits.sigma),
        sy = power(sigmaY[c], this.limits.sigma);
      found.push({
        pi: power(pi[c], this.limits.pi),
        x: (muX[c] * sx) / this.steps,
        y: (muY[c] * sy) / this.steps,
        sx,
        sy,
        rho: Math.sin((rho[c] * Math.PI) / 254),
      });
    }
    return found;
  }
}

/**
 * Return the half axes of the ellipse of one standard deviation, and the angle of the longer one.
 * @param {Component} one @returns {{long: number, short: number, angle: number}}
 */
export function ellipse({ sx, sy, rho }) {
  const xx = sx * sx,
    yy = sy * sy,
    xy = rho * sx * sy;
  const middle = (xx + yy) / 2,
    apart = Math.hypot((xx - yy) / 2, xy);
  return {
    long: Math.sqrt(middle + apart),
    short: Math.sqrt(Math.max(middle - apart, 0)),
    angle: Math.atan2(2 * xy, xx - yy) / 2,
  };
}

/** @param {number} code 0 to 255 @param {[number, number]} limits logarithms @returns {number} */
function power(code, [low, high]) {
  return Math.exp(low + (code / 255) * (high - low));
}
