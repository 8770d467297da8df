/** Densities summed on a grid of pixels, and their colours. */

const REACH = 4; // standard deviations around a mean
const SATURATED = 0.05; // of the mass lies where the colour is saturated

export class Heat {
  /**
   * @param {import("./picture.mjs").Box} box @param {number} longest pixels along its longer side
   */
  constructor(box, longest) {
    const width = box.right - box.left,
      height = box.bottom - box.top;
    this.box = box;
    this.pixel = Math.max(width, height) / longest;
    this.columns = Math.max(1, Math.round(width / this.pixel));
    this.rows = Math.max(1, Math.round(height / this.pixel));
    this.sum = new Float64Array(this.columns * this.rows);
    this.changed = this.#nothing();
  }

  /**
   * Add a mixture, or with `times` -1 take it away again.
   * @param {import("./mixture.mjs").Component[]} components in the units of the box @param {number} times
   */
  add(components, times = 1) {
    for (const one of components) this.#addOne(one, times);
  }

  clear() {
    this.sum.fill(0);
    this.changed = { left: 0, top: 0, right: this.columns, bottom: this.rows };
  }

  /** Return the density above which SATURATED of the mass lies. @returns {number} */
  saturation() {
    const falling = this.sum
      .filter((value) => value > 0)
      .sort()
      .reverse();
    const mass = SATURATED * falling.reduce((sum, value) => sum + value, 0);
    let sum = 0;
    for (const value of falling) {
      sum += value;
      if (sum >= mass) return value;
    }
    return 1;
  }

  /** @returns {number} the largest density */
  peak() {
    let most = 0;
    for (const value of this.sum) if (value > most) most = value;
    return most;
  }

  /**
   * Paint what has changed since the last time, or everything.
   * @param {CanvasRenderingContext2D} context of a canvas with a pixel for each of the grid
   * @param {Uint8Array} table 256 colours, RGBA @param {number} full the density of the last of them
   * @param {number} gamma @param {boolean} everything
   */
  paint(context, table, full, gamma, everything = false) {
    const whole = { left: 0, top: 0, right: this.columns, bottom: this.rows };
    const { left, top, right, bottom } = everything ? whole : this.changed;
    this.changed = this.#nothing();
    if (right <= left || bottom <= top) return;
    const image = context.createImageData(right - left, bottom - top);
    const data = new Uint32Array(image.data.buffer);
    const colours = new Uint32Array(table.buffer, table.byteOffset, 256);
    let to = 0;
    for (let row = top; row < bottom; row++) {
      for (let k = row * this.columns + left, end = k + right - left; k < end; k++, to++) {
        const density = this.sum[k];
        if (density > 0) data[to] = colours[shade(density / full, gamma)];
      }
    }
    context.putImageData(image, left, top);
  }

  #nothing() {
    return { left: this.columns, top: this.rows, right: 0, bottom: 0 };
  }

  #addOne({ pi, x, y, sx, sy, rho }, times) {
    const { left, top } = this.box,
      pixel = this.pixel;
    // a Gaussian narrower than a pixel would fall between their middles: with a deviation of half a pixel more, all
    // pixels together hold its mass to 2 %
    const more = (pixel * pixel) / 4;
    const xx = sx * sx + more,
      yy = sy * sy + more,
      xy = rho * sx * sy;
    const determinant = xx * yy - xy * xy;
    const height = (times * pi) / (2 * Math.PI * Math.sqrt(determinant));
    const wide = REACH * Math.sqrt(xx),
      high = REACH * Math.sqrt(yy);
    const from = Math.max(0, Math.floor((x - wide - left) / pixel));
    const to = Math.min(this.columns, Math.ceil((x + wide - left) / pixel));
    const first = Math.max(0, Math.floor((y - high - top) / pixel));
    const last = Math.min(this.rows, Math.ceil((y + high - top) / pixel));
    if (from >= to || first >= last || !Number.isFinite(height)) return;
    const a = (-0.5 * yy) / determinant,
      b = xy / determinant,
      c = (-0.5 * xx) / determinant;
    // along a row, each value is the one before times a factor, which itself changes by a constant factor
    const bend = Math.exp(2 * a * pixel * pixel);
    for (let row = first; row < last; row++) {
      const dy = top + (row + 0.5) * pixel - y,
        dx = left + (from + 0.5) * pixel - x;
      const middle = Math.min(Math.max(Math.round((-b * dy) / (2 * a) / pixel - dx / pixel), 0), to - from - 1);
      const at = dx + middle * pixel; // near the highest of the row: nothing underflows on the way from there
      const top0 = height * Math.exp(a * at * at + b * at * dy + c * dy * dy);
      const k = row * this.columns + from;
      let value = top0,
        factor = Math.exp(a * pixel * (2 * at + pixel) + b * pixel * dy);
      for (let i = middle; i < to - from; i++) {
        this.sum[k + i] += value;
        value *= factor;
        factor *= bend;
      }
      value = top0;
      factor = Math.exp(a * pixel * (pixel - 2 * at) - b * pixel * dy);
      for (let i = middle - 1; i >= 0; i--) {
        value *= factor;
        factor *= bend;
        this.sum[k + i] += value;
      }
    }
    const { changed } = this;
    changed.left = Math.min(changed.left, from);
    changed.right = Math.max(changed.right, to);
    changed.top = Math.min(changed.top, first);
    changed.bottom = Math.max(changed.bottom, last);
  }
}

/** @param {number} share of the full density @param {number} gamma @returns {number} 0 to 255 */
function shade(share, gamma) {
  return share >= 1 ? 255 : Math.round(255 * share ** gamma);
}
