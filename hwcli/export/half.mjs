/**
 * Weights in 16 bits: a sign, five bits of exponent, ten of mantissa. The value of bits s, e and m is
 * (-1)^s (1 + m / 1024) 2^(e + lowest), or 0 if e is 0. Unlike float16 it has no subnormal numbers, so that few
 * whole-number operations turn it into a float32; and `lowest` is the model's own, so that it has all of the
 * model's float16 weights.
 *
 * Shifted into its place, a half is a float32 with an exponent that is too small. So the numbers that it is
 * multiplied by are kept larger by `factor(lowest)`.
 */

const words = new Uint32Array(1);
const number = new Float32Array(words.buffer);

/** @param {number} lowest @returns {number} the value of a half by that of the float32 with its bits */
export function factor(lowest) {
  return 2 ** (127 + lowest);
}

/** @param {number} half bits @param {number} lowest @returns {number} its value */
export function fromHalf(half, lowest) {
  words[0] = ((half & 0x8000) << 16) | ((half & 0x7fff) << 13);
  return number[0] * factor(lowest);
}

/** @param {number} value @param {number} lowest @returns {number} the bits of the nearest half */
export function toHalf(value, lowest) {
  number[0] = value / factor(lowest);
  const size = ((words[0] & 0x7fffffff) + 0x1000) >>> 13; // 0x1000: half of the last bit that is kept
  return ((words[0] >>> 31) << 15) | (size < 0x400 ? 0 : Math.min(size, 0x7fff));
}
