import { factor, fromHalf, toHalf } from "./half.mjs";
import { ROWS_AT_ONCE, simdModule } from "./simd.mjs";

const PLACES = [0, 4, 1, 5, 2, 6, 3, 7]; // the columns of eight halves, see simd.mjs
const PAGE = 65536; // bytes of a WebAssembly page

/**
 * The products of a network: its matrices, and one vector that they read slices of.
 *
 * @typedef {{rows: number, columns: number, bias: Float32Array, scale: Float32Array | null,
 *   weights: Uint16Array | Int8Array}} Matrix
 * The weights are halves, eight columns in the order 0 4 1 5 2 6 3 7, or whole numbers from -127 to 127 that
 * are multiplied by their row's `scale`. Rows are a multiple of 4, and columns of 8: the rest is padding.
 */
export class Products {
  /**
   * @param {Matrix[]} matrices @param {number} lowest exponent of the halves
   * @param {number} length of the vector @param {boolean} simd whether to try WebAssembly
   */
  constructor(matrices, lowest, length, simd = true) {
    const most = Math.max(...matrices.map(({ rows }) => rows));
    const room = Math.max(...matrices.map(({ columns }) => columns)); // that padding may read behind the vector
    const sizes = matrices.map(({ rows, columns }) => 2 * rows * columns);
    const vector = sizes.reduce((sum, size) => sum + size, 0);
    const out = vector + 4 * (length + room);
    const pages = Math.ceil((out + 4 * most) / PAGE);
    const memory = simd ? memoryOf(pages) : null;
    const buffer = memory?.buffer ?? new ArrayBuffer(pages * PAGE);
    this.matrices = matrices.map(({ rows, columns, bias }) => ({ rows, columns, bias, at: 0 }));
    let at = 0;
    matrices.forEach((matrix, k) => {
      this.matrices[k].at = at;
      copyHalves(matrix, new Uint16Array(buffer, at, sizes[k] / 2), lowest);
      at += sizes[k];
    });
    this.vector = new Float32Array(buffer, vector, length);
    this.out = new Float32Array(buffer, out, most);
    this.addresses = { vector, out };
    this.simd = memory && instanceOf(memory, pages);
    this.factor = this.simd ? factor(lowest) : 1; // by which numbers in the vector are to be larger
    if (!this.simd) this.#plain(buffer, lowest, length + room);
  }

  /**
   * Multiply matrix number `which` by the vector from position `from` on; leave the product, without the bias,
   * in `out`.
   * @param {number} which @param {number} from
   */
  multiply(which, from) {
    const { rows, columns, at } = this.matrices[which];
    if (this.simd) return this.simd(at, rows, columns, this.addresses.vector + 4 * from, this.addresses.out);
    multiplyPlainly(this.weights, at / 2, rows, columns, this.read, from, this.out);
  }

  /** Get ready for browsers without SIMD. */
  #plain(buffer, lowest, length) {
    const values = Float32Array.from({ length: 65536 }, (_, half) => fromHalf(half, lowest));
    const halves = new Uint16Array(buffer, 0, this.addresses.vector / 2);
    this.weights = new Float32Array(halves.length);
    for (let k = 0; k < halves.length; k++) this.weights[(k & ~7) | PLACES[k & 7]] = values[halves[k]];
    this.read = new Float32Array(buffer, this.addresses.vector, length);
  }
}

/** @param {number} pages @returns {WebAssembly.Memory | null} null where there is no WebAssembly */
function memoryOf(pages) {
  try {
    return new WebAssembly.Memory({ initial: pages });
  } catch {
    return null;
  }
}

/** @returns {Function | null} the module's product; null where there is no SIMD, or the page may not compile */
function instanceOf(memory, pages) {
  try {
    const module = new WebAssembly.Module(simdModule(pages));
    return new WebAssembly.Instance(module, { env: { memory } }).exports.multiply;
  } catch {
    return null;
  }
}

/** @param {Matrix} matrix @param {Uint16Array} halves @param {number} lowest */
function copyHalves({ rows, columns, scale, weights }, halves, lowest) {
  if (!scale) return halves.set(weights);
  for (let row = 0, k = 0; row < rows; row++) {
    for (const end = k + columns; k < end; k++) {
      halves[k] = toHalf(scale[row] * weights[(k & ~7) | PLACES[k & 7]], lowest);
    }
  }
}

/** Four rows at a time, each with a sum of its own: a processor need not wait for the last sum. */
function multiplyPlainly(weights, at, rows, columns, vector, from, out) {
  for (let row = 0; row < rows; row += ROWS_AT_ONCE) {
    let [p, q] = [at + row * columns, at + (row + 1) * columns];
    let [r, s] = [q + columns, q + 2 * columns];
    let [a, b, c, d] = [0, 0, 0, 0];
    for (let k = from; k < from + columns; k++) {
      const x = vector[k];
      a += weights[p++] * x;
      b += weights[q++] * x;
      c += weights[r++] * x;
      d += weights[s++] * x;
    }
    out[row] = a;
    out[row + 1] = b;
    out[row + 2] = c;
    out[row + 3] = d;
  }
}
