import { begin, emptyLine, extend, removeLast, restored } from "./line.mjs";

/** All lines, which of them is open, and what can be taken back. */
export class Book {
  /** @param {number} count of lines, at least 1 */
  constructor(count) {
    this.count = count;
    this.clear();
  }

  /** Empty all lines, and open the first. */
  clear() {
    this.lines = Array.from({ length: this.count }, () => emptyLine(1));
    this.before = new Map(); // lines as they were before they were started again, by index
    this.index = 0;
    this.writing = false; // whether the pen is down
  }

  /**
   * Take what the browser kept, by index; leave out what is not a line.
   * @param {Map<any, any>} kept
   */
  restore(kept) {
    this.lines = this.lines.map((line, k) => restored(kept.get(k)) ?? line);
  }

  /** The open line. */
  get line() {
    return this.lines[this.index];
  }

  /** The number of lines that have ink. */
  get written() {
    return this.lines.filter((line) => line.strokes.length).length;
  }

  /** The numbers of lines without ink, counted from 1. */
  get empty() {
    return this.lines.map((_, k) => k + 1).filter((number) => !this.lines[number - 1].strokes.length);
  }

  /**
   * Open a line; return whether there is one at this index.
   * @param {number} index @returns {boolean}
   */
  open(index) {
    if (!this.lines[index]) return false;
    this.index = index;
    this.writing = false;
    return true;
  }

  /** Begin a stroke. @param {import("./line.mjs").Sample} sample */
  begin(sample) {
    begin(this.line, sample);
    this.writing = true;
  }

  /**
   * Continue the stroke; return how many points that added. A stroke that was taken back is not continued.
   * @param {import("./line.mjs").Sample[]} samples @returns {number}
   */
  extend(samples) {
    return this.writing ? samples.filter((sample) => extend(this.line, sample)).length : 0;
  }

  /** End the stroke. */
  end() {
    this.writing = false;
  }

  /** Take back the stroke that is being written. */
  cancel() {
    if (this.writing) removeLast(this.line);
    this.writing = false;
  }

  /** Whether there is something to undo. */
  get canUndo() {
    return this.line.strokes.length > 0 || this.before.has(this.index);
  }

  /**
   * Remove the last stroke, or bring back the line as it was before it was started again; return which.
   * @returns {"stroke" | "line"}
   */
  undo() {
    this.writing = false;
    if (removeLast(this.line)) return "stroke";
    this.lines[this.index] = this.before.get(this.index) ?? this.line;
    this.before.delete(this.index);
    return "line";
  }

  /** Start the open line again. */
  startAgain() {
    this.before.set(this.index, this.line);
    this.lines[this.index] = emptyLine(1);
    this.writing = false;
  }
}
