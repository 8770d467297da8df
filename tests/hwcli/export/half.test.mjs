import assert from "node:assert/strict";
import test from "node:test";
import { fromHalf, toHalf } from "../../../hwcli/export/half.mjs";
import { Products } from "../../../hwcli/export/products.mjs";
import { tanh } from "../../../hwcli/export/tanh.mjs";

const LOWEST = -26;

test("every half is the nearest to its own value", () => {
  for (let half = 0x400; half < 0x8000; half++) {
    assert.equal(toHalf(fromHalf(half, LOWEST), LOWEST), half);
    assert.equal(toHalf(-fromHalf(half, LOWEST), LOWEST), half | 0x8000);
  }
  assert.equal(fromHalf(0, LOWEST), 0);
  assert.equal(toHalf(0, LOWEST), 0);
  assert.equal(toHalf(1e9, LOWEST), 0x7fff);
});

test("halves have eleven bits", () => {
  for (let k = 0; k < 1000; k++) {
    const value = (Math.random() - 0.5) * 2 ** (-20 * Math.random());
    const error = Math.abs(fromHalf(toHalf(value, LOWEST), LOWEST) - value);
    assert.ok(error <= Math.max(Math.abs(value) * 2 ** -11, 2 ** -25), `${value}`);
  }
});

test("products are the same with SIMD and without", () => {
  const [rows, columns] = [12, 24];
  const random = () => Math.random() - 0.5;
  const weights = Uint16Array.from({ length: rows * columns }, () => toHalf(random(), LOWEST));
  const matrix = { rows, columns, bias: new Float32Array(rows), scale: null, weights };
  const vector = Float32Array.from({ length: 40 }, random);
  const results = [true, false].map((simd) => {
    const products = new Products([matrix, matrix], LOWEST, 40, simd);
    assert.equal(Boolean(products.simd), simd);
    products.vector.set(vector.map((value) => value * products.factor));
    products.multiply(1, 7);
    return products.out.slice(0, rows);
  });
  const order = [0, 4, 1, 5, 2, 6, 3, 7];
  for (let row = 0; row < rows; row++) {
    let sum = 0;
    for (let k = 0; k < columns; k++) {
      const column = (k & ~7) | order[k & 7];
      sum += fromHalf(weights[row * columns + k], LOWEST) * vector[7 + column];
    }
    for (const result of results) assert.ok(Math.abs(result[row] - sum) < 1e-5, `row ${row}`);
  }
});

test("the hyperbolic tangent is right to eight digits", () => {
  for (let x = -12; x < 12; x += 0.00137) assert.ok(Math.abs(tanh(x) - Math.tanh(x)) < 4e-8, `${x}`);
  assert.deepEqual([tanh(Infinity), tanh(-Infinity), tanh(9), tanh(-9)], [1, -1, 1, -1]);
  assert.ok(Number.isNaN(tanh(NaN)));
});
