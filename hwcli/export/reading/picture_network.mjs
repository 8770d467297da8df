import { Products } from "../products.mjs";
import { tanh } from "../tanh.mjs";
import { logProbabilities } from "./log_probabilities.mjs";
import { pictureOf } from "./picture.mjs";

const STRIDES = [
  [2, 2],
  [2, 1],
  [2, 1],
]; // down and across, of the blocks
const ALONG = 3; // convolutions along the frames
const GROUPS = 4; // of channels that are normalised together
const EPSILON = 1e-5;
const PART = 64; // products between two yields

/**
 * The network that sees pictures, one line at a time; its twin is hwcli/reader/picture_engine.py. Its matrices are
 * those of the stem, of each block's first and second convolution and shortcut, of what leads to frames, along
 * these, and of the classes; a convolution's columns are in the order of a picture's numbers. Each block and each
 * convolution along the frames has a norm.
 *
 * @typedef {import("./picture.mjs").Picture} Picture
 * @typedef {{scale: Float32Array, shift: Float32Array}} Norm of each channel
 * @typedef {{size: number[], stride?: number[], padding?: number[]}} Convolution its extents down and across
 */
export class PictureNetwork {
  /**
   * @param {{lowest: number, matrices: import("../products.mjs").Matrix[], norms: Norm[]}} model
   * @param {number} classes @param {boolean} simd whether to try WebAssembly
   */
  constructor({ lowest, matrices, norms }, classes, simd = true) {
    Object.assign(this, { norms, classes });
    this.products = new Products(matrices, lowest, Math.max(...matrices.map(({ columns }) => columns)), simd);
  }

  /** @param {Function} next takes numbers @param {any[]} matrices @returns {Norm[]} in their order */
  static norms(next, matrices) {
    const along = 2 + 3 * STRIDES.length;
    const normed = [...STRIDES.keys()].map((block) => 1 + 3 * block);
    normed.push(...Array.from({ length: ALONG }, (_, k) => along + k));
    return normed.map((which) => {
      const [scale, shift] = [0, 1].map(() => next(Float32Array, matrices[which].rows));
      return { scale, shift };
    });
  }

  /**
   * Classify the frames of a line; null if it is far too wide for a picture.
   * @param {{path: import("./pen_path.mjs").PenPath}} line
   * @returns {Generator<undefined, import("./log_probabilities.mjs").Logs | null>}
   */
  *classify({ path }) {
    const picture = pictureOf(path);
    if (!picture) return null;
    let which = 0;
    const next = (map, convolution) => this.#convolved(which++, map, convolution);
    let map = yield* next(picture, { size: [3, 3], padding: [1, 1] });
    for (const [block, stride] of STRIDES.entries()) {
      map = silu(map);
      const first = yield* next(map, { size: [3, 3], stride, padding: [1, 1] });
      const second = yield* next(silu(normalised(first, this.norms[block])), { size: [3, 3], padding: [1, 1] });
      map = sum(yield* next(map, { size: [1, 1], stride }), second);
    }
    map = silu(yield* next(silu(map), { size: [map.rows, 3], padding: [0, 1] }));
    for (const norm of this.norms.slice(STRIDES.length)) {
      map = sum(map, silu(yield* next(normalised(map, norm), { size: [1, 5], padding: [0, 2] })));
    }
    const { channels, values } = yield* next(map, { size: [1, 1] });
    const rows = Array.from({ length: map.columns }, (_, t) =>
      values.subarray(t * channels, t * channels + this.classes),
    );
    return logProbabilities(rows);
  }

  /** Return a convolution of `map` by matrix number `which`, which has a row for each of its channels. */
  *#convolved(which, map, { size: [high, wide], stride: [down, across] = [1, 1], padding: [above, beside] = [0, 0] }) {
    const { vector, out, factor, matrices } = this.products;
    const { bias, rows: channels } = matrices[which];
    const padded = bordered(map, above, beside, factor);
    const rows = Math.floor((padded.rows - high) / down) + 1;
    const columns = Math.floor((padded.columns - wide) / across) + 1;
    const values = new Float32Array(rows * columns * channels);
    const run = wide * map.channels; // numbers that lie side by side
    for (let place = 0; place < rows * columns; place++) {
      const [row, column] = [down * Math.floor(place / columns), across * (place % columns)];
      for (let k = 0; k < high; k++) {
        const from = ((row + k) * padded.columns + column) * map.channels;
        vector.set(padded.values.subarray(from, from + run), k * run);
      }
      this.products.multiply(which, 0);
      for (let j = 0; j < channels; j++) values[place * channels + j] = out[j] + bias[j];
      if (place % PART === 0) yield;
    }
    return { rows, columns, channels, values };
  }
}

/** @returns {Picture} `map` within zeros, `factor` times as large */
function bordered({ rows, columns, channels, values }, above, beside, factor) {
  const wide = (columns + 2 * beside) * channels;
  const found = new Float32Array((rows + 2 * above) * wide);
  for (let row = 0; row < rows; row++) {
    const [from, to] = [row * columns * channels, (row + above) * wide + beside * channels];
    for (let k = 0; k < columns * channels; k++) found[to + k] = factor * values[from + k];
  }
  return { rows: rows + 2 * above, columns: columns + 2 * beside, channels, values: found };
}

/** @returns {Picture} `map` with each group of channels at mean 0 and variance 1, scaled (Wu and He 2018) */
function normalised(map, { scale, shift }) {
  const { channels, values } = map;
  const size = channels / GROUPS;
  const found = new Float32Array(values.length);
  for (let first = 0; first < channels; first += size) {
    const each = (call) => {
      for (let at = first; at < values.length; at += channels) for (let k = 0; k < size; k++) call(at + k, first + k);
    };
    const count = values.length / GROUPS;
    let [mean, variance] = [0, 0];
    each((at) => (mean += values[at] / count));
    each((at) => (variance += (values[at] - mean) ** 2 / count));
    const even = 1 / Math.sqrt(variance + EPSILON);
    each((at, channel) => (found[at] = (values[at] - mean) * even * scale[channel] + shift[channel]));
  }
  return { ...map, values: found };
}

/** @returns {Picture} */
function silu(map) {
  return { ...map, values: map.values.map((value) => 0.5 * value * (1 + tanh(0.5 * value))) };
}

/** @returns {Picture} */
function sum(map, other) {
  return { ...map, values: map.values.map((value, k) => value + other.values[k]) };
}
