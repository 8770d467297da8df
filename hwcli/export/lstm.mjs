import { Products } from "./products.mjs";
import { tanh } from "./tanh.mjs";
import { TextWindow } from "./text_window.mjs";

const PEN = 3; // dx, dy and eos

/**
 * The network of a model, one row per step; its twin is hwcli/engine/lstm.py, which explains the layout. Here
 * the vector of all layers has no ones, h0 x w h1 x w …, since biases are added apart.
 *
 * @typedef {{layers: number, hidden: number, mixtures: number, gaussians: number, characters: number,
 *   skip: boolean}} Shape
 * @typedef {{vector: Float32Array, cells: Float32Array, kappa: Float64Array}} State
 */
export class Engine {
  /**
   * @param {{shape: Shape, lowest: number, matrices: import("./products.mjs").Matrix[]}} model the matrices of
   * the layers, the window and the output @param {boolean} simd whether to try WebAssembly
   */
  constructor({ shape, lowest, matrices }, simd = true) {
    const { layers, hidden, gaussians, characters } = shape;
    this.shape = shape;
    this.part = hidden + PEN + characters;
    this.products = new Products(matrices, lowest, layers * this.part, simd);
    this.vector = this.products.vector;
    this.cells = new Float32Array(layers * hidden);
    this.raw = new Float32Array(6 * shape.mixtures + 1);
    this.text = new Float32Array(characters); // the window vector
    this.window = new TextWindow(gaussians, this.text);
  }

  /** @returns {State} a copy of the state */
  get state() {
    return { vector: this.vector.slice(), cells: this.cells.slice(), kappa: this.window.kappa.slice() };
  }

  /** @param {State | null} state null: as before the first row */
  set state(state) {
    const parts = [
      [this.vector, state?.vector],
      [this.cells, state?.cells],
      [this.window.kappa, state?.kappa],
    ];
    for (const [part, known] of parts) {
      if (known) part.set(known);
      else part.fill(0);
    }
  }

  /**
   * Read a normalised row; return the mixture vector, which the next step overwrites.
   * @param {ArrayLike<number>} row @returns {Float32Array} (6 m + 1)
   */
  step(row) {
    const { shape, part, products, text, window, raw } = this;
    const { layers, hidden, skip } = shape;
    this.#spread(row, hidden);
    for (let layer = 0; layer < layers; layer++) {
      products.multiply(layer, Math.max(layer - 1, 0) * part);
      this.#gates(layer);
      if (layer > 0) continue;
      products.multiply(layers, 0);
      window.step(products.out, products.matrices[layers].bias);
      this.#spread(text, hidden + PEN);
    }
    products.multiply(layers + 1, skip ? 0 : (layers - 1) * part);
    const { out } = products;
    const { bias } = products.matrices[layers + 1];
    for (let k = 0; k < raw.length; k++) raw[k] = out[k] + bias[k];
    return raw;
  }

  /** Let all layers read `numbers`, from position `at` of their parts on. */
  #spread(numbers, at) {
    const { vector, part, products } = this;
    for (let first = at; first < vector.length; first += part) {
      for (let k = 0; k < numbers.length; k++) vector[first + k] = products.factor * numbers[k];
    }
  }

  /** Turn a layer's gates, in the order o, i, f, g, into its cell and twice its output. @param {number} layer */
  #gates(layer) {
    const { hidden } = this.shape;
    const { out, factor: larger } = this.products;
    const { bias } = this.products.matrices[layer];
    const { vector, cells } = this;
    const first = layer * hidden;
    const to = layer * this.part;
    for (let k = 0; k < hidden; k++) {
      const [i, f, g] = [hidden + k, 2 * hidden + k, 3 * hidden + k];
      const write = 1 + tanh(out[i] + bias[i]); // twice the sigmoid: the matrices are halved
      const keep = 1 + tanh(out[f] + bias[f]);
      const cell = 0.5 * (write * tanh(out[g] + bias[g]) + keep * cells[first + k]);
      cells[first + k] = cell;
      vector[to + k] = larger * (1 + tanh(out[k] + bias[k])) * tanh(cell);
    }
  }
}
