const FOR_CLARITY = 5; // tries after which a word that only could be clearer is good enough
const PER_LETTER = 80,
  SPARE_OF_WORD = 100; // limit on the points of a word

/**
 * Writes a line word by word: what cannot be read is written again, and what stands before it is kept. Its twin,
 * hwcli/sampling/drafting/word_by_word.py, says how.
 *
 * @typedef {import("../line_writer.mjs").Written} Written
 * @typedef {import("./drafts.mjs").Draft} Draft
 * @typedef {import("../line_writer.mjs").Point | undefined | "waiting" | {back: number}} Step `back`: no more than so many
 * points of the line are kept
 */
export class WordByWord {
  /**
   * @param {(attempt: number, passage: import("../line_writer.mjs").LinePassage) => Generator<any, Written>} write
   * @param {(written: Written, end: number) => Generator<any, Draft>} judge a line up to a position in what is written
   * @param {import("../spelling.mjs").SpelledLine} spelling @param {number} tries of each word
   */
  constructor(write, judge, spelling, tries) {
    Object.assign(this, { write, judge, spelling, tries });
    this.words = [...spelling.written.matchAll(/\S+/gu)].map((match) => [match.index, match.index + match[0].length]);
    this.drawn = this.words.map((_, word) => (word ? 1 : 0)); // how often each word was written for its own sake
    this.tried = 0;
  }

  /** Write the line; return its best draft. @returns {Generator<Step, Draft>} */
  *draft() {
    let draft = yield* this.#line(null, 0);
    let best = draft;
    for (let again = 1; again < this.tries; again++) {
      const word = this.#inTrouble(draft);
      if (word === null) break;
      draft = yield* this.#line(this.#before(draft, word), word);
      if (isLess(badnessOf(draft), badnessOf(best))) best = draft;
      best = { ...best, tries: draft.tries };
    }
    return best;
  }

  /** Write a word and all that follows, after what is kept. */
  *#line(kept, word) {
    const opening = yield* this.#word(kept, word);
    if (opening?.whole) return { ...opening.whole, tries: this.tried };
    const rest = opening?.rest ?? { attempt: this.tried++, kept, first: 0 };
    const written = yield* this.#passage(rest);
    return { ...(yield* this.judge(written, this.spelling.written.length)), tries: this.tried };
  }

  /** Write a word, after what is kept, until it can be read; return the best, null if there is none. */
  *#word(kept, word) {
    let best = null;
    while (this.drawn[word] < this.#most(!best || best.faults.length > 0)) {
      const opening = yield* this.#opening(kept, word);
      this.drawn[word]++;
      this.tried++;
      if (opening && (!best || isLess(badnessOfOpening(opening), badnessOfOpening(best)))) best = opening;
      if (best?.clear) break;
    }
    return best;
  }

  /** Write a word once; return the line up to it, null if the pen came no further. */
  *#opening(kept, word) {
    const [begin, end] = this.words[word];
    const since = kept ? begin : 0;
    const attempt = this.tried;
    if (word + 1 === this.words.length) {
      const written = yield* this.#passage({ attempt, kept, first: 0 });
      const whole = yield* this.judge(written, this.spelling.written.length);
      return { ...this.#ofWord(whole, since), whole, rest: null };
    }
    const [stop] = this.words[word + 1];
    const limit = PER_LETTER * (stop - begin) + SPARE_OF_WORD;
    const written = yield* this.#passage({ attempt, kept, first: 0, stop, limit });
    const before = kept?.points.length ?? 0;
    const points = resumable(written, written.points.length);
    if (!written.finished || points <= before) return null;
    const line = until(written, points);
    const draft = yield* this.judge(line, end);
    return { ...this.#ofWord(draft, since), whole: null, rest: { attempt, kept: line, first: points - before } };
  }

  /** Return what a draft says of the characters from `since` on. */
  #ofWord({ faults, troubles, doubt }, since) {
    const from = this.spelling.places[since];
    return {
      faults: faults.filter(({ place }) => place >= from),
      clear: troubles.every((place) => place < since),
      doubt,
    };
  }

  /** Write what follows what is kept. */
  *#passage({ attempt, kept, first, stop = null, limit = null }) {
    if (this.begun) yield { back: kept?.points.length ?? 0 };
    this.begun = true;
    return yield* this.write(attempt, { kept, first, stop, limit });
  }

  /** Return the first word in trouble that may be written again, null if there is none. */
  #inTrouble({ faults, troubles }) {
    const begins = this.words.map(([begin]) => begin);
    const inText = begins.map((begin) => this.spelling.places[begin]);
    const faulty = new Set(faults.map(({ place }) => wordAtPlace(place, inText)));
    for (const place of troubles) {
      const word = wordAtPlace(place, begins);
      if (this.drawn[word] < this.#most(faulty.has(word))) return word;
    }
    return null;
  }

  /** Return what is written before a word, null if the pen was not lifted before it. */
  #before(draft, word) {
    const reached = draft.points.findIndex(({ character }) => character >= this.words[word][0]);
    const points = resumable(draft, reached < 0 ? draft.points.length : reached);
    return word && points ? until(draft, points) : null;
  }

  #most(isFaulty) {
    return isFaulty ? this.tries : Math.min(FOR_CLARITY, this.tries);
  }
}

/** Return which of the words that begin at `begins` is at a place; the first if none is. */
function wordAtPlace(place, begins) {
  return Math.max(begins.filter((begin) => begin <= place).length - 1, 0);
}

/** Return the largest number up to `points` after which a line can go on. */
function resumable({ starts }, points) {
  return Math.max(0, ...[...starts.keys()].filter((count) => count <= points));
}

/** @returns {Written} its first points */
function until({ points, rows, starts }, count) {
  return {
    points: points.slice(0, count),
    rows: rows.slice(0, 3 * (count + 1)),
    starts: new Map([...starts].filter(([n]) => n <= count)),
    finished: true,
  };
}

/** A key that is lowest for the best draft: finished, without faults, clear, well to be read. */
function badnessOf({ finished, faults, troubles, doubt }) {
  return [!finished, faults.length > 0, troubles.length > 0, doubt].map(Number);
}

function badnessOfOpening({ faults, clear, doubt }) {
  return [faults.length > 0, !clear, doubt].map(Number);
}

function isLess(a, b) {
  const differs = a.findIndex((value, k) => value !== b[k]);
  return differs >= 0 && a[differs] < b[differs];
}
