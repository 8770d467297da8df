/**
 * Connectionist temporal classification (Graves et al. 2006); its twin, hwcli/reader/ctc.py, explains the states:
 * 2 k is the blank before character k, 2 k + 1 the character; ANYTHING is a character that no class stands for. All
 * probabilities are logarithms.
 */

export const BLANK = 0;
export const ANYTHING = -1;
const NEGLIGIBLE = 37; // nats: less than the last bit of a float64

/** @param {number} a @param {number} b @returns {number} log(exp(a) + exp(b)) */
export function logSum(a, b) {
  const [more, less] = a > b ? [a, b] : [b, a];
  const apart = more - less;
  return apart < NEGLIGIBLE ? more + Math.log1p(Math.exp(-apart)) : more;
}

/** All paths of a text through the frames of a line. */
export class Lattice {
  /**
   * @param {import("./reader_network.mjs").Logs} logs
   * @param {number[]} codes classes of the characters, or ANYTHING
   */
  constructor(logs, codes) {
    Object.assign(this, { logs, codes, frames: logs.frames, states: 2 * codes.length + 1 });
    const { frames, states } = this;
    const classes = Array.from({ length: states }, (_, state) => (state & 1 ? codes[state >> 1] : BLANK));
    this.forward = this.#sums(classes, false);
    this.backward = this.#sums(classes, true);
    for (let t = 0; t < frames; t++) {
      for (let state = 0; state < states; state++) this.backward[t * states + state] -= this.log(t, classes[state]);
    }
    const end = frames * states;
    this.logLikelihood = states > 1 ? logSum(this.forward[end - 1], this.forward[end - 2]) : this.forward[end - 1];
  }

  /** @returns {number[]} for each character, the frame in which it is most probably */
  places() {
    const { frames, states, forward, backward } = this;
    return this.codes.map((_, k) => {
      let [best, most] = [0, -Infinity];
      for (let t = 0; t < frames; t++) {
        const posterior = forward[t * states + 2 * k + 1] + backward[t * states + 2 * k + 1];
        if (posterior > most) [best, most] = [t, posterior];
      }
      return best;
    });
  }

  /** @param {number} t @param {number} code @returns {number} how probable it is in a frame; ANYTHING is the likeliest */
  log(t, code) {
    const { classes, values } = this.logs;
    if (code !== ANYTHING) return values[t * classes + code];
    return Math.max(...values.subarray(t * classes, (t + 1) * classes));
  }

  /** Sum over all that leads to each state, its own frame included; `reversed` from the end of the text. */
  #sums(classes, reversed) {
    const { frames, states } = this;
    const sums = new Float64Array(frames * states).fill(-Infinity);
    const from = reversed ? states - 1 : 0;
    const on = reversed ? -1 : 1;
    const isState = (state) => state >= 0 && state < states;
    for (let k = 0; k < frames; k++) {
      const t = reversed ? frames - 1 - k : k;
      const last = (t - on) * states;
      for (let j = 0; j < states; j++) {
        const state = from + on * j;
        let sum = -Infinity;
        if (k) {
          sum = sums[last + state];
          if (isState(state - on)) sum = logSum(sum, sums[last + state - on]);
          const skipped = state - 2 * on;
          const maySkip = isState(skipped) && classes[state] !== BLANK && classes[state] !== classes[skipped];
          if (maySkip) sum = logSum(sum, sums[last + skipped]);
        } else if (j < 2) sum = 0;
        sums[t * states + state] = sum + this.log(t, classes[state]);
      }
    }
    return sums;
  }
}

/** @param {import("./reader_network.mjs").Logs} logs @returns {number[]} the most probable path, without blanks */
export function bestPath({ frames, classes, values }) {
  const kept = [];
  for (let t = 0, before = BLANK; t < frames; t++) {
    let best = 0;
    for (let code = 1; code < classes; code++) {
      if (values[t * classes + code] > values[t * classes + best]) best = code;
    }
    if (best !== BLANK && best !== before) kept.push(best);
    before = best;
  }
  return kept;
}
