/**
 * What the page holds of a model, as hwcli/export/packing.py writes it.
 *
 * @typedef {{shape: import("./lstm.mjs").Shape, units: import("./pen.mjs").Units, lowest: number, bits: 8 | 16,
 *   sizes: number[][], hands: {name: string, codes: number[], points: number}[]}} About
 * @typedef {{shape: import("./lstm.mjs").Shape, units: import("./pen.mjs").Units, lowest: number,
 *   matrices: import("./products.mjs").Matrix[], hands: Map<string, import("./line_writer.mjs").Prime>}} Model
 */

/**
 * Return the model whose numbers are in `bytes`.
 * @param {About} about @param {ArrayBuffer} bytes @returns {Model}
 */
export function unpacked(about, bytes) {
  let at = 0;
  const next = (Type, length) => {
    const found = new Type(bytes, at, length);
    at += Math.ceil(found.byteLength / 4) * 4;
    return found;
  };
  const matrices = about.sizes.map(([rows, columns]) => {
    const bias = next(Float32Array, rows);
    const scale = about.bits === 8 ? next(Float32Array, rows) : null;
    return { rows, columns, bias, scale, weights: next(scale ? Int8Array : Uint16Array, rows * columns) };
  });
  const hands = about.hands.map(({ name, codes, points }) => [name, { codes, rows: next(Float32Array, 3 * points) }]);
  return { shape: about.shape, units: about.units, lowest: about.lowest, matrices, hands: new Map(hands) };
}

/** @param {string} text in base64 @returns {ArrayBuffer} */
export function fromBase64(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text).buffer;
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let k = 0; k < bytes.length; k++) bytes[k] = binary.charCodeAt(k);
  return bytes.buffer;
}
