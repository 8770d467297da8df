/** Where a line ends: at its limit of points, or with its text. Its twin, hwcli/engine/ending.py, says why. */

const REST = 50; // points that a stroke may still have once the window has passed the text
const EXTRA_STROKES = 1; // strokes that may follow it
const NEAR = 0.5; // how far right of the pen these may begin, in standard deviations of the offsets

export class Ending {
  /**
   * @param {number} points limit @param {import("./pen.mjs").Units} units
   * @param {number | null} stop the character under the window at which it stops, before the end of its text
   */
  constructor(points, { std, grid }, stop = null) {
    this.limit = points;
    this.stop = stop;
    this.stopped = false;
    this.near = NEAR * std[0] * grid;
    this.finished = false; // whether the text was completed
    this.passed = false;
    this.up = false;
    this.points = 0; // of the present stroke, since the window has passed
    this.strokes = 0;
  }

  /**
   * Return the length of the line if it has ended, or -1: point `t` was drawn with the window at `attended` of
   * a text with `end` characters, `right` steps to the right of the last one, and then the pen lifts or not.
   * @param {number} t @param {number} attended @param {number} end @param {number} right @param {boolean} lifts
   * @returns {number}
   */
  after(t, attended, end, right, lifts) {
    this.stopped ||= this.stop !== null && attended >= this.stop;
    if (this.stopped && t > 0) {
      this.finished = true;
      return t;
    }
    this.passed ||= attended === end;
    if (this.passed && t > 0) {
      const begins = this.up;
      if (begins) [this.strokes, this.points] = [this.strokes + 1, 0];
      this.points++;
      const further = begins && (right > this.near || this.strokes > EXTRA_STROKES);
      if (further || this.points > REST) {
        this.finished = true;
        return t;
      }
    }
    this.up = lifts;
    return t + 1 >= this.limit ? this.limit : -1;
  }
}
