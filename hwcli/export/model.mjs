/**
 * What the page holds of a model and of a reader, as hwcli/export/packing.py writes it.
 *
 * @typedef {{lowest: number, bits: 8 | 16, sizes: number[][]}} Layout of matrices
 * @typedef {Layout & {shape: import("./lstm.mjs").Shape, units: import("./pen.mjs").Units,
 *   hands: {name: string, codes: number[], points: number}[]}} About
 * @typedef {{shape: import("./lstm.mjs").Shape, units: import("./pen.mjs").Units, lowest: number,
 *   matrices: import("./products.mjs").Matrix[], hands: Map<string, import("./line_writer.mjs").Prime>}} Model
 */

const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;.=>?@^_`{|}~";

/**
 * Return the model whose numbers are in `bytes`.
 * @param {About} about @param {ArrayBuffer} bytes @returns {Model}
 */
export function unpacked(about, bytes) {
  const { matrices, next } = matricesOf(about, bytes);
  const hands = about.hands.map(({ name, codes, points }) => [name, { codes, rows: next(Float32Array, 3 * points) }]);
  return { shape: about.shape, units: about.units, lowest: about.lowest, matrices, hands: new Map(hands) };
}

/**
 * Return the matrices whose numbers are in `bytes`, and a function that takes what follows them.
 * @param {Layout} layout @param {ArrayBuffer} bytes
 * @returns {{matrices: import("./products.mjs").Matrix[], next: Function}}
 */
export function matricesOf({ sizes, bits }, bytes) {
  let at = 0;
  const next = (Type, length) => {
    const found = new Type(bytes, at, length);
    at += Math.ceil(found.byteLength / 4) * 4;
    return found;
  };
  const matrices = sizes.map(([rows, columns]) => {
    const bias = next(Float32Array, rows);
    const scale = bits === 8 ? next(Float32Array, rows) : null;
    return { rows, columns, bias, scale, weights: next(scale ? Int8Array : Uint16Array, rows * columns) };
  });
  return { matrices, next };
}

/**
 * Return the numbers in `text`: base85 of what zlib compressed, with bytes of equal weight together. It fails where
 * the browser cannot decompress.
 * @param {string} text @param {8 | 16} bits @returns {Promise<ArrayBuffer>}
 */
export async function inflated(text, bits) {
  if (typeof DecompressionStream === "undefined") {
    throw new Error("this browser cannot unpack the model, which takes one of 2023 or later");
  }
  const stream = new Blob([fromBase85(text)]).stream().pipeThrough(new DecompressionStream("deflate"));
  const planes = new Uint8Array(await new Response(stream).arrayBuffer());
  if (bits === 8) return planes.buffer;
  const half = planes.length / 2;
  const bytes = new Uint8Array(planes.length);
  for (let k = 0; k < half; k++) [bytes[2 * k], bytes[2 * k + 1]] = [planes[k], planes[half + k]];
  return bytes.buffer;
}

/** @param {string} text in base85 @returns {Uint8Array} */
function fromBase85(text) {
  const values = new Uint8Array(128);
  for (const [value, digit] of [...DIGITS].entries()) values[digit.charCodeAt(0)] = value;
  const bytes = new Uint8Array(4 * Math.ceil(text.length / 5));
  const words = new DataView(bytes.buffer);
  for (let at = 0, from = 0; from < text.length; at += 4) {
    let word = 0;
    for (const end = from + 5; from < end; from++) {
      word = 85 * word + (from < text.length ? values[text.charCodeAt(from)] : 84);
    }
    words.setUint32(at, word);
  }
  return bytes.subarray(0, Math.floor((4 * text.length) / 5));
}
