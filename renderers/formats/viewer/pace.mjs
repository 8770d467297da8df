/** When a real pen reaches each point, and a clock that runs through these times. */

/**
 * Return the seconds at which a real pen reaches each point of all inks.
 * @param {{down: ArrayLike<number>}[]} inks whether the pen is down on its way to each of their points
 * @param {{points: number, lift: number, line: number}} pace points per second; seconds between strokes and inks
 * @returns {Float64Array}
 */
export function penTimes(inks, pace) {
  const times = [];
  let now = 0;
  inks.forEach((ink, which) => {
    for (let k = 0; k < ink.down.length; k++) {
      if (k > 0) now += ink.down[k] ? 1 / pace.points : pace.lift;
      else if (which > 0) now += pace.line;
      times.push(now);
    }
  });
  return Float64Array.from(times);
}

/** Return how many of the rising `times` are not after `moment`. */
export function reached(times, moment) {
  let low = 0,
    high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] <= moment) low = middle + 1;
    else high = middle;
  }
  return low;
}

export class Clock {
  /** @param {() => void} tick called in each frame while it runs, and once when it has stopped at the end */
  constructor(tick) {
    this.tick = tick;
    this.times = new Float64Array(0);
    this.moment = 0;
    this.speed = 1;
    this.running = false;
  }

  /** Begin with other times, at rest, with everything written. @param {Float64Array} times */
  reset(times) {
    this.running = false;
    this.times = times;
    this.moment = this.end;
  }

  /** @returns {number} seconds until everything is written */
  get end() {
    return this.times.at(-1) ?? 0;
  }

  /** @returns {number} the points that are written now */
  get written() {
    return this.moment < 0 ? 0 : reached(this.times, this.moment);
  }

  /** Stop with this many points written. @param {number} points */
  seek(points) {
    this.running = false;
    this.moment = points > 0 ? this.times[Math.min(points, this.times.length) - 1] : -1;
  }

  /** Run from here, or from the start if everything is written. */
  play() {
    if (this.running) return;
    if (this.moment >= this.end) this.moment = 0;
    this.running = true;
    this.last = null;
    requestAnimationFrame((now) => this.#frame(now));
  }

  pause() {
    this.running = false;
  }

  #frame(now) {
    if (!this.running) return;
    if (this.last !== null) this.moment += (this.speed * Math.min(now - this.last, 100)) / 1000;
    this.last = now;
    if (this.moment >= this.end) {
      this.moment = this.end;
      this.running = false;
    } else requestAnimationFrame((later) => this.#frame(later));
    this.tick();
  }
}
