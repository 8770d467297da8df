/** NumPy's default generator, number for number: PCG64 (O'Neill 2014), seeded by a SeedSequence. */

const MASK_64 = (1n << 64n) - 1n;
const MASK_128 = (1n << 128n) - 1n;
const MULTIPLIER = 0x2360ed051fc65da44385df649fccf645n;
const POOL = 4; // 32-bit words of entropy that a SeedSequence keeps

/** The generator that `numpy.random.default_rng([...entropy])` gives. */
export class Pcg64 {
  /** @param {(number | bigint)[]} entropy whole numbers, at least 0 */
  constructor(entropy) {
    const words = seedWords(entropy, 8).map(BigInt);
    const [a, b, c, d] = [0, 2, 4, 6].map((k) => words[k] | (words[k + 1] << 32n));
    this.increment = ((((c << 64n) | d) << 1n) | 1n) & MASK_128;
    this.state = 0n;
    this.#step();
    this.state = (this.state + ((a << 64n) | b)) & MASK_128;
    this.#step();
    this.half = -1; // the upper half of the last 64 bits, until it is used
  }

  /** Return the next 32 random bits. @returns {number} */
  next() {
    if (this.half >= 0) {
      const half = this.half;
      this.half = -1;
      return half;
    }
    const bits = this.next64();
    this.half = Number(bits >> 32n);
    return Number(bits & 0xffffffffn);
  }

  /** Return the next 64 random bits. @returns {bigint} */
  next64() {
    this.#step();
    const { state } = this;
    const mixed = (state >> 64n) ^ (state & MASK_64);
    const turn = state >> 122n; // XSL-RR: the upper bits say how far the lower are rotated
    return (mixed >> turn) | ((mixed << (64n - turn)) & MASK_64);
  }

  #step() {
    this.state = (this.state * MULTIPLIER + this.increment) & MASK_128;
  }
}

/**
 * Return 32-bit words made of `entropy` as NumPy's SeedSequence makes them.
 * @param {(number | bigint)[]} entropy @param {number} count @returns {number[]}
 */
export function seedWords(entropy, count) {
  const words = entropy.flatMap(wordsOf);
  let constant = 0x43b0d7e5;
  const hashed = (value) => {
    const mixed = value ^ constant;
    constant = Math.imul(constant, 0x931e8875);
    const larger = Math.imul(mixed, constant);
    return larger ^ (larger >>> 16);
  };
  const pool = Array.from({ length: POOL }, (_, k) => hashed(words[k] ?? 0));
  for (let from = 0; from < POOL; from++) {
    for (let to = 0; to < POOL; to++) if (from !== to) pool[to] = mixedWord(pool[to], hashed(pool[from]));
  }
  for (const word of words.slice(POOL)) {
    for (let to = 0; to < POOL; to++) pool[to] = mixedWord(pool[to], hashed(word));
  }
  constant = 0x8b51f9dd;
  return Array.from({ length: count }, (_, k) => {
    let value = pool[k % POOL] ^ constant;
    constant = Math.imul(constant, 0x58f38ded);
    value = Math.imul(value, constant);
    return (value ^ (value >>> 16)) >>> 0;
  });
}

/** @param {number} x @param {number} y @returns {number} */
function mixedWord(x, y) {
  const mixed = (Math.imul(0xca01f9dd, x) - Math.imul(0x4973f715, y)) | 0;
  return mixed ^ (mixed >>> 16);
}

/** @param {number | bigint} number @returns {number[]} its 32-bit words, the lowest first; one for 0 */
function wordsOf(number) {
  const words = [];
  let left = BigInt(number);
  do {
    words.push(Number(left & 0xffffffffn));
    left >>= 32n;
  } while (left);
  return words;
}
