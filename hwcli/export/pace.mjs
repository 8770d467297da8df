/** When points appear: as they come, or at the pace of a pen. */

const POINTS_PER_MS = 0.066; // a median over IAM-OnDB, as in renderers/formats/film/timing.py
const LIFT_POINTS = 12; // that a pen would write while it is in the air

/** Counts what may be shown. */
export class Pace {
  /** @param {number} times as fast as a pen; 0: at once */
  constructor(times) {
    this.times = times;
    this.budget = 0; // points that may still be shown
    this.last = null;
  }

  /** Take the time, unless the page is paused. @param {number} now in ms @param {boolean} paused */
  tick(now, paused) {
    if (this.last !== null && !paused) this.budget += (now - this.last) * POINTS_PER_MS * this.times;
    this.last = now;
  }

  /** Return whether the next point may be shown, and count it. @param {boolean} afterLift @returns {boolean} */
  allows(afterLift) {
    if (!this.times) return true;
    if (this.budget <= 0) return false;
    this.budget -= afterLift ? LIFT_POINTS : 1;
    return true;
  }

  /** Forget what was not used: there were no points to show. */
  rest() {
    this.budget = Math.min(this.budget, 0);
  }
}
