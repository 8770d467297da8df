import { Products } from "../products.mjs";
import { tanh } from "../tanh.mjs";
import { logProbabilities } from "./log_probabilities.mjs";
import { CHANNELS } from "./pen_path.mjs";

export const STRIDE = 4; // steps per frame
const KERNEL = 2 * STRIDE + 1; // steps that a frame sees

/**
 * The network of a reader, one line at a time; its twin is hwcli/reader/engine.py. Its matrices are those of the
 * frames, of both directions of each layer, for the layer's input and then its own output, and of the classes.
 */
export class ReaderNetwork {
  /**
   * @param {{shape: {layers: number, hidden: number}, lowest: number,
   *   matrices: import("../products.mjs").Matrix[]}} model
   * @param {number} classes @param {boolean} simd whether to try WebAssembly
   */
  constructor({ shape, lowest, matrices }, classes, simd = true) {
    const longest = Math.max(...matrices.map(({ columns }) => columns));
    Object.assign(this, { hidden: shape.hidden, layers: shape.layers, classes });
    this.products = new Products(matrices, lowest, longest, simd);
  }

  /** @param {{layers: number}} shape @returns {number} how many matrices it has */
  static matrixCount({ layers }) {
    return 2 + 2 * layers;
  }

  /**
   * Classify the frames of a line; yields after each product.
   * @param {{features: import("./pen_path.mjs").Features}} line
   * @returns {Generator<undefined, import("./log_probabilities.mjs").Logs>}
   */
  *classify({ features }) {
    let x = yield* this.#frames(features.rows);
    for (let layer = 0; layer < this.layers; layer++) {
      const there = yield* this.#direction(1 + 2 * layer, x, false);
      const back = yield* this.#direction(2 + 2 * layer, x, true);
      x = there.map((half, t) => [...half, ...back[t]]);
    }
    const logits = [];
    for (const input of x) {
      logits.push(this.#product(1 + 2 * this.layers, input).slice(0, this.classes));
      yield;
    }
    return logProbabilities(logits);
  }

  *#frames(rows) {
    const count = Math.floor((rows.length / CHANNELS - 1) / STRIDE) + 1;
    const padded = new Float32Array(((count - 1) * STRIDE + KERNEL) * CHANNELS);
    padded.set(rows.subarray(0, padded.length - STRIDE * CHANNELS), STRIDE * CHANNELS);
    const found = [];
    for (let t = 0; t < count; t++) {
      const first = t * STRIDE * CHANNELS;
      const out = this.#product(0, padded.subarray(first, first + KERNEL * CHANNELS));
      found.push(out.map((value) => 0.5 * value * (1 + tanh(0.5 * value)))); // SiLU
      yield;
    }
    return found;
  }

  /** Return the outputs of one direction of a layer, whose matrix is number `which`. */
  *#direction(which, x, backward) {
    const { hidden, products } = this;
    const { bias, rows } = products.matrices[which];
    const cells = new Float32Array(hidden);
    const found = Array.from({ length: x.length });
    const inputs = x[0].length;
    const { vector, out, factor } = products;
    vector.fill(0);
    for (let k = 0; k < x.length; k++) {
      const t = backward ? x.length - 1 - k : k;
      for (let j = 0; j < inputs; j++) vector[j] = factor * x[t][j];
      products.multiply(which, 0);
      for (let j = 0; j < rows; j++) out[j] += bias[j];
      const output = new Float32Array(hidden);
      for (let j = 0; j < hidden; j++) {
        const write = 1 + tanh(out[j]); // twice the sigmoid: the matrices are halved
        const keep = 1 + tanh(out[hidden + j]);
        cells[j] = 0.5 * (keep * cells[j] + write * tanh(out[3 * hidden + j]));
        output[j] = 0.5 * (1 + tanh(out[2 * hidden + j])) * tanh(cells[j]);
        vector[inputs + j] = factor * output[j];
      }
      found[t] = output;
      yield;
    }
    return found;
  }

  /** @param {number} which matrix @param {ArrayLike<number>} input @returns {Float32Array} its product and bias */
  #product(which, input) {
    const { products } = this;
    const { bias } = products.matrices[which];
    products.vector.fill(0);
    for (let k = 0; k < input.length; k++) products.vector[k] = products.factor * input[k];
    products.multiply(which, 0);
    return bias.map((value, k) => value + products.out[k]);
  }
}
