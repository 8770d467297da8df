/**
 * A WebAssembly module that multiplies a matrix of halves (see half.mjs) by a vector, with 128-bit SIMD: some
 * six times as fast as JavaScript. Eight halves are read as four words, whose lower halves belong to the first
 * four columns, and whose upper halves to the next four.
 */

export const ROWS_AT_ONCE = 4; // rows share what is read of the vector
const I32 = 0x7f, V128 = 0x7b;
const [MATRIX, ROWS, COLUMNS, VECTOR, OUT, AT, END] = [0, 1, 2, 3, 4, 5, 6]; // parameters, then locals
const ROW = 7; // pointers into the rows
const SUM = ROW + ROWS_AT_ONCE;
const [LOW, HIGH, HALVES] = [0, 1, 2].map((k) => SUM + ROWS_AT_ONCE + k);

const LOOP = [0x03, 0x40], END_BLOCK = [0x0b], BRANCH_IF = [0x0d, 0x00];
const ADD = [0x6a], SUBTRACT = [0x6b], MULTIPLY = [0x6c], SHIFT = [0x74], LESS = [0x49]; // i32
const F32_ADD = [0x92];
const F32X4_ADD = simd(0xe4), F32X4_MULTIPLY = simd(0xe6);
const I32X4_LEFT = simd(0xab), I32X4_RIGHT = simd(0xac), AND = simd(0x4e); // the right shift keeps the sign

/**
 * Return the bytes of the module. It imports the memory `env.memory` and exports
 * `multiply(matrix, rows, columns, vector, out)`, with addresses in bytes; `rows` is a multiple of
 * ROWS_AT_ONCE, `columns` of 8.
 * @param {number} pages of the memory, at least @returns {Uint8Array}
 */
export function simdModule(pages) {
  const code = [...vector([[...unsigned(6), I32], [...unsigned(7), V128]]), ...multiply()];
  return new Uint8Array([
    0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0, // "\0asm", version 1
    ...section(1, [[0x60, ...vector(Array.from({ length: 5 }, () => [I32])), 0]]),
    ...section(2, [[...named("env"), ...named("memory"), 0x02, 0x00, ...unsigned(pages)]]),
    ...section(3, [[0]]),
    ...section(7, [[...named("multiply"), 0x00, 0]]),
    ...section(10, [[...unsigned(code.length), ...code]]),
  ]);
}

/** @returns {number[]} the function's instructions */
function multiply() {
  const rows = Array.from({ length: ROWS_AT_ONCE }, (_, k) => k);
  const begin = rows.flatMap((k) => [
    ...constants(0), ...set(SUM + k),
    ...get(MATRIX), ...get(COLUMNS), ...constant(2 * k), ...MULTIPLY, ...ADD, ...set(ROW + k),
  ]);
  const weights = (shift) => [
    ...get(HALVES), ...shift, ...constant(3), ...I32X4_RIGHT, ...constants(0x8fffe000), ...AND,
  ];
  const add = (k, shift, part) => [
    ...weights(shift), ...get(part), ...F32X4_MULTIPLY, ...get(SUM + k), ...F32X4_ADD, ...set(SUM + k),
  ];
  const inner = rows.flatMap((k) => [
    ...get(ROW + k), ...load(0), ...set(HALVES),
    ...add(k, UP, LOW), ...add(k, [], HIGH),
    ...get(ROW + k), ...constant(16), ...ADD, ...set(ROW + k),
  ]);
  const store = rows.flatMap((k) => [
    ...get(OUT),
    ...lane(k, 0), ...lane(k, 1), ...F32_ADD, ...lane(k, 2), ...lane(k, 3), ...F32_ADD, ...F32_ADD,
    0x38, 0x02, ...unsigned(4 * k), // f32.store
  ]);
  return [
    ...LOOP,
    ...begin,
    ...get(VECTOR), ...set(AT), ...get(VECTOR), ...get(COLUMNS), ...constant(2), ...SHIFT, ...ADD, ...set(END),
    ...LOOP,
    ...get(AT), ...load(0), ...set(LOW), ...get(AT), ...load(16), ...set(HIGH),
    ...inner,
    ...get(AT), ...constant(32), ...ADD, ...tee(AT), ...get(END), ...LESS, ...BRANCH_IF,
    ...END_BLOCK,
    ...store,
    ...get(OUT), ...constant(4 * ROWS_AT_ONCE), ...ADD, ...set(OUT),
    ...get(MATRIX), ...get(COLUMNS), ...constant(2 * ROWS_AT_ONCE), ...MULTIPLY, ...ADD, ...set(MATRIX),
    ...get(ROWS), ...constant(ROWS_AT_ONCE), ...SUBTRACT, ...tee(ROWS), ...BRANCH_IF,
    ...END_BLOCK,
    ...END_BLOCK,
  ];
}

/** Bring the lower halves into the place of the upper. */
const UP = [...constant(16), ...I32X4_LEFT];

function get(local) {
  return [0x20, ...unsigned(local)];
}

function set(local) {
  return [0x21, ...unsigned(local)];
}

function tee(local) {
  return [0x22, ...unsigned(local)];
}

function constant(value) {
  return [0x41, ...signed(value)];
}

/** Four times the same 32 bits. */
function constants(bits) {
  const word = [0, 8, 16, 24].map((shift) => (bits >>> shift) & 0xff);
  return [...simd(0x0c), ...word, ...word, ...word, ...word];
}

function load(offset) {
  return [...simd(0x00), ...unsigned(0), ...unsigned(offset)];
}

function lane(row, which) {
  return [...get(SUM + row), ...simd(0x1f), which];
}

function simd(opcode) {
  return [0xfd, ...unsigned(opcode)];
}

function section(id, items) {
  const bytes = vector(items);
  return [id, ...unsigned(bytes.length), ...bytes];
}

function named(name) {
  return vector([...name].map((letter) => [letter.charCodeAt(0)]));
}

function vector(items) {
  return [...unsigned(items.length), ...items.flat()];
}

/** @param {number} value @returns {number[]} in LEB128 */
function unsigned(value) {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

/** @param {number} value @returns {number[]} in signed LEB128 */
function signed(value) {
  const isLast = value >= -64 && value < 64;
  return isLast ? [value & 0x7f] : [(value & 0x7f) | 0x80, ...signed(value >> 7)];
}
