const LAYERS_64 = 256;
const RANDOM_BITS = 2 ** 52; // per number
const TAIL = 3.6541528853610088;
const AREA = 4.92867323399e-3; // of a layer
const DENSITY = (x) => Math.exp(-0.5 * x * x);
const TABLES = layersInDouble();

/**
 * Normal random numbers as `numpy.random.Generator.normal` draws them, in float64 (ziggurat.mjs has those in
 * float32).
 * @param {import("../pcg64.mjs").Pcg64} generator @param {number} deviation @returns {number}
 */
export function normalInDouble(generator, deviation) {
  return deviation * standard(generator);
}

function standard(generator) {
  const { width, sure, edge } = TABLES;
  for (;;) {
    const bits = generator.next64();
    const layer = Number(bits & 0xffn);
    const place = Number((bits >> 9n) & 0xfffffffffffffn);
    const size = place * width[layer];
    const x = (bits >> 8n) & 1n ? -size : size;
    if (place < sure[layer]) return x;
    if (layer === 0) return beyond(generator, Math.floor(place / 256) % 2 === 1);
    if ((edge[layer - 1] - edge[layer]) * uniformInDouble(generator) + edge[layer] < DENSITY(x)) return x;
  }
}

/** Draw from the tail. */
function beyond(generator, negative) {
  for (;;) {
    const x = -Math.log1p(-uniformInDouble(generator)) / TAIL;
    const y = -Math.log1p(-uniformInDouble(generator));
    if (y + y > x * x) return negative ? -(TAIL + x) : TAIL + x;
  }
}

function uniformInDouble(generator) {
  return Number(generator.next64() >> 11n) / 2 ** 53;
}

/** Return the tables of the ziggurat, see ziggurat.mjs. */
function layersInDouble() {
  const [width, sure, edge] = [0, 1, 2].map(() => new Float64Array(LAYERS_64));
  const base = AREA / DENSITY(TAIL);
  let [x, before] = [TAIL, TAIL];
  [width[0], sure[0], edge[0]] = [base / RANDOM_BITS, (TAIL / base) * RANDOM_BITS, 1];
  [width[LAYERS_64 - 1], edge[LAYERS_64 - 1]] = [TAIL / RANDOM_BITS, DENSITY(TAIL)];
  for (let k = LAYERS_64 - 2; k > 0; k--) {
    x = Math.sqrt(-2 * Math.log(AREA / x + DENSITY(x)));
    sure[k + 1] = (x / before) * RANDOM_BITS;
    before = x;
    [width[k], edge[k]] = [x / RANDOM_BITS, DENSITY(x)];
  }
  return { width, sure, edge };
}
