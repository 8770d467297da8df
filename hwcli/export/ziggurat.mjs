/**
 * Exponential and normal random numbers as NumPy draws them in float32: by the ziggurat method (Marsaglia and
 * Tsang 2000), with 256 layers.
 */

const LAYERS = 256;
const WHOLE = 2 ** 23; // random bits per number
const round = Math.fround;
const EXPONENTIAL_R = 7.69711747013105; // where the tail begins
const NORMAL_R = 3.6541528853610088;
const EXPONENTIALS = layersOf(
  EXPONENTIAL_R,
  3.949659822581572e-3,
  (x) => Math.exp(-x),
  (y) => -Math.log(y),
);
const NORMALS = layersOf(
  NORMAL_R,
  4.92867323399e-3,
  (x) => Math.exp(-0.5 * x * x),
  (y) => Math.sqrt(-2 * Math.log(y)),
);

/**
 * Return the tables of a ziggurat: widths of a layer per random bit, the first number that may lie outside of
 * the density, and the density at the layer's edge.
 * @param {number} r where the tail begins @param {number} area of a layer
 * @param {(x: number) => number} density @param {(y: number) => number} inverse
 */
function layersOf(r, area, density, inverse) {
  const [width, sure, edge] = [new Float32Array(LAYERS), new Uint32Array(LAYERS), new Float32Array(LAYERS)];
  const base = area / density(r);
  let [x, before] = [r, r];
  [width[0], sure[0], edge[0]] = [base / WHOLE, (r / base) * WHOLE, 1];
  [width[LAYERS - 1], edge[LAYERS - 1]] = [r / WHOLE, density(r)];
  for (let k = LAYERS - 2; k > 0; k--) {
    x = inverse(area / x + density(x));
    sure[k + 1] = (x / before) * WHOLE;
    before = x;
    [width[k], edge[k]] = [x / WHOLE, density(x)];
  }
  return { width, sure, edge };
}

/** @param {import("./pcg64.mjs").Pcg64} generator @returns {number} an exponential random number */
export function exponential(generator) {
  const { width, sure, edge } = EXPONENTIALS;
  for (;;) {
    const bits = generator.next() >>> 1;
    const [layer, place] = [bits & 0xff, bits >>> 8];
    const x = round(place * width[layer]);
    if (place < sure[layer]) return x;
    if (layer === 0) return round(round(EXPONENTIAL_R) - logOfRest(generator));
    if (between(edge, layer, generator) < round(Math.exp(-x))) return x;
  }
}

/** @param {import("./pcg64.mjs").Pcg64} generator @returns {number} a normal random number */
export function normal(generator) {
  const { width, sure, edge } = NORMALS;
  for (;;) {
    const bits = generator.next();
    const [layer, place] = [bits & 0xff, (bits >>> 9) & 0x7fffff];
    const size = round(place * width[layer]);
    const x = (bits >>> 8) & 1 ? -size : size;
    if (place < sure[layer]) return x;
    if (layer === 0) return tail(generator, (place >>> 8) & 1);
    if (between(edge, layer, generator) < Math.exp(-0.5 * x * x)) return x;
  }
}

/** @param {import("./pcg64.mjs").Pcg64} generator @param {number} negative @returns {number} */
function tail(generator, negative) {
  for (;;) {
    const x = round(-round(1 / NORMAL_R) * logOfRest(generator));
    const y = -logOfRest(generator);
    if (y + y > x * x) return round(negative ? -(round(NORMAL_R) + x) : round(NORMAL_R) + x);
  }
}

/** @param {Float32Array} edge @param {number} layer @param {import("./pcg64.mjs").Pcg64} generator */
function between(edge, layer, generator) {
  return round(round(round(edge[layer - 1] - edge[layer]) * uniform(generator)) + edge[layer]);
}

/** @param {import("./pcg64.mjs").Pcg64} generator @returns {number} log(1 - u) */
function logOfRest(generator) {
  return round(Math.log1p(-uniform(generator)));
}

/** @param {import("./pcg64.mjs").Pcg64} generator @returns {number} from 0 to below 1 */
function uniform(generator) {
  return (generator.next() >>> 8) / 2 ** 24;
}
