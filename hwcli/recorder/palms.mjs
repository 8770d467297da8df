/** Palm rejection: once a pen is seen, touches do not draw, unless the writer allows it. */
export class Palms {
  /** @param {() => void} onPen called when a pen is seen for the first time */
  constructor(onPen) {
    this.onPen = onPen;
    this.penSeen = false;
    this.touchWrites = true;
  }

  /**
   * Take note of a pointer of this type.
   * @param {string} type
   */
  see(type) {
    if (type !== "pen" || this.penSeen) return;
    this.penSeen = true;
    this.touchWrites = false;
    this.onPen();
  }

  /**
   * Return whether a pointer of this type may draw.
   * @param {string} type @returns {boolean}
   */
  admit(type) {
    return type !== "touch" || this.touchWrites;
  }

  /**
   * Return whether a pointer that comes down takes over from the one that draws: a pen from a palm.
   * @param {string} type @param {string} drawing @returns {boolean}
   */
  replaces(type, drawing) {
    return type === "pen" && drawing === "touch";
  }
}
