import { exponential, normal } from "./ziggurat.mjs";

const BLOCK = 256; // steps whose random numbers are drawn at once, as in hwcli/engine/pen.py
const RHO_MAX = 0.9995;
const LOG_SIGMA_MAX = 7;
const LEAST_WAIT = Math.fround(1e-30);

/**
 * Draws points from mixture vectors with the random numbers that hw uses; its twin is hwcli/engine/pen.py.
 *
 * @typedef {{mean: number[], std: number[], sigma_min: number[], grid: number}} Units
 */
export class PointPen {
  /**
   * @param {number} mixtures @param {Units} units @param {number} bias Graves's b
   * @param {import("./pcg64.mjs").Pcg64} generator
   */
  constructor(mixtures, units, bias, generator) {
    Object.assign(this, { mixtures, units, bias, generator });
    this.scale = Math.fround(1 + bias);
    this.noise = new Float32Array(BLOCK * (mixtures + 1)); // of the pen lift and of each component
    this.normals = new Float32Array(BLOCK * 2);
    this.drawn = 0;
    this.row = new Float32Array(3); // the last point, normalised
    this.step = [0, 0]; // on the grid
  }

  /** Pass over the random numbers of points. @param {number} points */
  skip(points) {
    while (this.drawn < points) {
      if (this.drawn % BLOCK === 0) this.#refill();
      this.drawn++;
    }
  }

  /** Draw a point. @param {Float32Array} raw mixture vector */
  draw(raw) {
    const { mixtures: m, units, bias, noise, normals } = this;
    const block = this.drawn % BLOCK;
    if (block === 0) this.#refill();
    this.drawn++;
    const at = block * (m + 1);
    let [best, most] = [0, -Infinity];
    for (let k = 1; k <= m; k++) {
      const noisy = Math.fround(Math.fround(raw[k] * this.scale) + noise[at + k]);
      if (noisy > most) [best, most] = [k, noisy];
    }
    const k = best + m;
    const sigma = (which) =>
      units.sigma_min[which] + Math.exp(Math.min(raw[k + (2 + which) * m], LOG_SIGMA_MAX) - bias);
    const rho = RHO_MAX * Math.tanh(raw[k + 4 * m]);
    const [a, b] = [normals[2 * block], normals[2 * block + 1]];
    const place = [raw[k] + sigma(0) * a, raw[k + m] + sigma(1) * (rho * a + Math.sqrt(1 - rho * rho) * b)];
    this.#move(place.map((value, axis) => Math.round((value * units.std[axis] + units.mean[axis]) * units.grid)));
    this.row[2] = raw[0] + noise[at] > 0 ? 1 : 0;
  }

  /** Undo the last step: the point stays where the one before it is. */
  stay() {
    this.#move([0, 0]);
  }

  /** Whether the pen lifts after the last point. @returns {boolean} */
  get lifts() {
    return this.row[2] > 0;
  }

  /** @param {number[]} step */
  #move(step) {
    const { mean, std, grid } = this.units;
    this.step = step;
    step.forEach((value, axis) => (this.row[axis] = (value / grid - mean[axis]) / std[axis]));
  }

  #refill() {
    const { mixtures: m, noise, normals, generator } = this;
    const gumbel = () => Math.fround(-Math.log(Math.max(exponential(generator), LEAST_WAIT)));
    for (let step = 0, k = 0; step < BLOCK; step++) {
      const stays = gumbel();
      noise[k++] = gumbel() - stays; // pen lift against no pen lift: only the difference matters
      for (const end = k + m; k < end;) noise[k++] = gumbel();
    }
    for (let k = 0; k < normals.length; k++) normals[k] = normal(generator);
  }
}
