import { BLANK, logSum } from "./lattice.mjs";

const UNLIKELY = -9; // log-probability that an alternative must reach in a frame to be considered
const ELSEWHERE = -14; // log-probability of a state in a frame below which it is not looked for there
const BLOCK_OF_GAPS = 12; // characters whose alternatives are looked for in the same frames

/**
 * How much more probable a text becomes by one change, as differences of log-probabilities: the twin of Edits in
 * hwcli/reader/ctc.py. Gap k is the place before character k; the last one is after the text.
 *
 * @typedef {{others: number[], changed: number[][], inserted: number[][], deleted: number[]}} Edits by character or
 * gap, and by other class; -Infinity for a character in place of itself
 */

/**
 * Sum over the paths of every text that differs by one character; yields after each gap.
 * @param {import("./lattice.mjs").Lattice} lattice @returns {Generator<undefined, Edits>}
 */
export function* editsOf(lattice) {
  const { codes, logs, logLikelihood: total } = lattice;
  const others = likelyClasses(logs);
  const gaps = new Gaps(lattice);
  const [changed, inserted] = [[], []];
  for (let first = 0; first <= codes.length; first += BLOCK_OF_GAPS) {
    const end = Math.min(first + BLOCK_OF_GAPS, codes.length + 1);
    const frames = gaps.framesOf(first, end);
    for (let gap = first; gap < end; gap++) {
      const found = gaps.replaced(gap, others, frames);
      inserted.push(found.inserted.map((sum) => sum - total));
      if (gap < codes.length) {
        changed.push(found.changed.map((sum, m) => (others[m] === codes[gap] ? -Infinity : sum - total)));
      }
      yield;
    }
  }
  return { others, changed, inserted, deleted: gaps.deleted().map((sum) => sum - total) };
}

function likelyClasses({ frames, classes, values }) {
  const found = [];
  for (let code = 1; code < classes; code++) {
    for (let t = 0; t < frames; t++) {
      if (values[t * classes + code] <= UNLIKELY) continue;
      found.push(code);
      break;
    }
  }
  return found;
}

/** The gaps of a text. A new character is entered from a gap's blank or from the character before it. */
class Gaps {
  /** @param {import("./lattice.mjs").Lattice} lattice */
  constructor(lattice) {
    const { codes, frames, states, forward, backward } = lattice;
    const last = codes.length;
    const log = (t, code) => lattice.log(t, code);
    Object.assign(this, { lattice, log });
    this.blank = (t, gap) => forward[t * states + 2 * gap];
    this.before = (t, gap) => (gap ? forward[t * states + 2 * gap - 1] : -Infinity);
    this.toBlank = (t, gap) => {
      if (t + 1 < frames) return log(t + 1, BLANK) + backward[(t + 1) * states + 2 * gap];
      return gap === last ? 0 : -Infinity; // the text may end here
    };
    this.toCharacter = (t, gap) => {
      if (t + 1 >= frames || gap >= last) return -Infinity;
      return log(t + 1, codes[gap]) + backward[(t + 1) * states + 2 * gap + 1];
    };
  }

  /** @returns {[number, number]} the frames in which the characters around the gaps may be, the second excluded */
  framesOf(first, end) {
    const { forward, backward, states, frames, logLikelihood } = this.lattice;
    const [from, to] = [Math.max(2 * first - 2, 0), Math.min(2 * end + 2, states)];
    let [least, most] = [frames, -1];
    for (let t = 0; t < frames; t++) {
      for (let at = t * states + from; at < t * states + to; at++) {
        if (forward[at] + backward[at] - logLikelihood <= ELSEWHERE) continue;
        [least, most] = [Math.min(least, t), t];
        break;
      }
    }
    return [least, most + 1];
  }

  /** Return log-probabilities with one of `others` for the character after a gap, and with it in the gap. */
  replaced(gap, others, [from, to]) {
    const { lattice } = this;
    const [left, right] = [lattice.codes[gap - 1] ?? BLANK, lattice.codes[gap] ?? BLANK];
    const after = lattice.codes[gap + 1] ?? BLANK;
    const hasCharacter = gap < lattice.codes.length;
    const ways = (first, always, unlessSame) =>
      Array.from({ length: to - first }, (_, k) => {
        const only = always(first + k);
        return [only, logSum(only, unlessSame(first + k))];
      });
    const entered = ways(
      Math.max(from - 1, 0),
      (t) => this.blank(t, gap),
      (t) => this.before(t, gap),
    );
    const again = ways(
      from,
      (t) => this.toBlank(t, gap),
      (t) => this.toCharacter(t, gap),
    );
    const behind = hasCharacter
      ? ways(
          from,
          (t) => this.toBlank(t, gap + 1),
          (t) => this.toCharacter(t, gap + 1),
        )
      : [];
    const earlier = from > 0 ? 1 : 0; // frames in `entered` before the first
    const [changed, inserted] = [[], []];
    for (const code of others) {
      const way = (old) => (old === code ? 0 : 1);
      const [by, over, into] = [way(left), way(after), way(right)];
      let inside = -Infinity;
      let [change, insertion] = [-Infinity, -Infinity];
      for (let t = from; t < to; t++) {
        const k = t - from;
        if (t === 0) inside = gap === 0 ? 0 : -Infinity;
        else if (k === 0) inside = entered[0][by];
        else inside = logSum(inside, entered[k - 1 + earlier][by]);
        inside += this.log(t, code);
        if (hasCharacter) change = logSum(change, inside + behind[k][over]);
        insertion = logSum(insertion, inside + again[k][into]);
      }
      changed.push(change);
      inserted.push(insertion);
    }
    return { changed, inserted };
  }

  /** @returns {number[]} the log-probabilities of the text without each of its characters */
  deleted() {
    const { codes, frames, backward } = this.lattice;
    const last = codes.length - 1;
    return codes.map((_, k) => {
      const same = (codes[k - 1] ?? BLANK) === (codes[k + 1] ?? BLANK);
      const reached = (t) => (same ? this.blank(t, k) : logSum(this.blank(t, k), this.before(t, k)));
      let sum = -Infinity;
      for (let t = 0; t + 1 < frames; t++) {
        const skipped = k < last ? this.toCharacter(t, k + 1) : -Infinity;
        sum = logSum(sum, reached(t) + skipped);
      }
      if (k === last) sum = logSum(sum, logSum(this.blank(frames - 1, last), this.before(frames - 1, last)));
      // the second character may be there from the first frame on
      if (k === 0 && last > 0) sum = logSum(sum, this.log(0, codes[1]) + backward[3]);
      return sum;
    });
  }
}
