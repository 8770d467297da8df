/** The sheet: a canvas for densities, one for ink and one for marks, at one scale, within a box that scrolls. */

import { onDark, tableOnDark } from "./colours.mjs";
import { Heat } from "./heat.mjs";
import { drawLabels, Strokes } from "./strokes.mjs";

const LEAST_WRITING = 22,
  LARGEST_WRITING = 96; // CSS pixels: heights of a typical stroke
const MOST_PIXELS = 16e6; // of a canvas, which browsers limit
const LONGEST_GRID = 900; // pixels of a density along its longer side
const GAMMA = 0.4; // from the density of one point to its colour
const TABLE_GAMMA = 0.25; // from the sum of all

export class Sheet {
  /** @param {HTMLElement} frame that scrolls @param {Record<string, HTMLElement>} parts sheet, heat, ink, marks */
  constructor(frame, parts) {
    this.frame = frame;
    this.parts = parts;
    this.ink = parts.ink.getContext("2d");
    this.heatContext = parts.heat.getContext("2d");
    this.marks = parts.marks.getContext("2d");
    this.dark = false;
    this.scale = 1; // CSS pixels per unit of the picture
  }

  /** Show another picture, or this one in another view. */
  show(picture, view) {
    const another = this.picture !== picture,
      box = picture.boxOf(view);
    this.picture = picture;
    this.view = view;
    this.strokes = new Strokes(view);
    this.table = densityTable(picture);
    this.drawn = null;
    if (another) {
      this.frame.scrollTo(0, 0);
    }
    if (another || this.box !== box) {
      this.box = box;
      this.heat = new Heat(box, LONGEST_GRID);
      this.parts.heat.width = this.heat.columns;
      this.parts.heat.height = this.heat.rows;
      this.full = 0;
    }
    this.density = null;
    this.fit();
  }

  /** Make the canvases as large as the window and the writing ask for. */
  fit() {
    if (!this.picture) return;
    const { size, background } = this.picture,
      { box } = this;
    const room = this.frame.clientWidth,
      width = box.right - box.left,
      height = box.bottom - box.top;
    this.scale = Math.min(Math.max(room / width, LEAST_WRITING / size), LARGEST_WRITING / size);
    const [across, down] = [width * this.scale, height * this.scale].map(Math.floor);
    this.sharpness = Math.min(window.devicePixelRatio || 1, 3, Math.sqrt(MOST_PIXELS / (across * down)));
    const { style } = this.parts.sheet;
    style.setProperty("width", `${across}px`);
    style.setProperty("height", `${down}px`);
    style.setProperty("background", background ?? "");
    for (const canvas of [this.parts.ink, this.parts.marks]) {
      canvas.width = Math.round(across * this.sharpness);
      canvas.height = Math.round(down * this.sharpness);
    }
    this.drawn = null;
  }

  /** @param {boolean} dark whether paper is dark, unless the picture has a background of its own */
  setDark(dark) {
    this.dark = dark;
    this.drawn = this.density = null;
  }

  /** @returns {(color: string) => string} the colour that a colour of the picture has on this paper */
  get colour() {
    return this.dark && this.picture.background === null ? onDark : (color) => color;
  }

  /** Draw the ink of `written` points; `rest`: also what comes after them, faintly. */
  drawInk(written, rest) {
    const { drawn, ink, strokes } = this;
    if (drawn && !rest && !drawn.rest && drawn.written <= written) {
      this.#transform(ink);
      strokes.drawBetween(ink, drawn.written, written, this.colour);
    } else if (!drawn || drawn.written !== written || drawn.rest !== rest) {
      this.#transform(ink, true);
      this.#images();
      if (rest && written < this.picture.count) {
        const faint = getComputedStyle(this.frame).getPropertyValue("--faint");
        strokes.drawUntil(ink, Infinity, () => faint);
      }
      strokes.drawUntil(ink, written, this.colour);
      drawLabels(ink, this.view, this.colour);
    }
    this.drawn = { written, rest };
  }

  /** Draw the density of point `next`, or of all up to it. @param {"off" | "next" | "all"} mode @param {number} next */
  drawDensity(mode, next) {
    const { density, heat, picture, view } = this;
    if (density && density.mode === mode && density.next === next) return;
    const before = density && density.mode === mode ? density.next : null;
    const table = this.colour === onDark ? tableOnDark(this.table.table) : this.table.table;
    if (mode === "all") {
      if (!this.full) this.#saturate();
      if (before === null) heat.clear();
      const from = before === null ? 0 : before + 1;
      for (let k = from; k <= next; k++) heat.add(picture.mixture(view, k));
      for (let k = before ?? next; k > next; k--) heat.add(picture.mixture(view, k), -1);
      heat.paint(this.heatContext, table, this.full, this.table.gamma, before === null);
    } else {
      if (before === null) heat.clear();
      else heat.add(picture.mixture(view, before), -1);
      if (mode === "next") heat.add(picture.mixture(view, next));
      if (before !== null) tidy(heat);
      heat.paint(this.heatContext, table, heat.peak() || 1, GAMMA, before === null);
    }
    this.density = { mode, next };
  }

  /** Return the images of the style, but for densities. @returns {{href: string, box: object}[]} */
  styleImages() {
    const found = this.view.layers.filter(({ raster }) => raster && raster.gamma === undefined);
    return found.map(({ raster }) => ({ href: rasterCanvas(raster, false).toDataURL(), box: raster.box }));
  }

  /** Return the density of all points as a picture. @returns {{href: string, box: object}} */
  densityImage() {
    this.drawDensity("all", this.picture.count - 1);
    return { href: this.parts.heat.toDataURL(), box: this.box };
  }

  /** Return the point of the ink that is nearest to a place on the screen, if one is near. @returns {number | null} */
  nearest(clientX, clientY, reach) {
    const { left, top } = this.parts.sheet.getBoundingClientRect();
    const x = this.box.left + (clientX - left) / this.scale;
    const y = this.box.top + (clientY - top) / this.scale;
    let best = null,
      least = (reach / this.scale) ** 2;
    this.picture.inks.forEach((ink, which) => {
      const [ox, oy] = this.view.origins[which];
      for (let k = 0; k < ink.count; k++) {
        const far = (ink.xy[2 * k] + ox - x) ** 2 + (ink.xy[2 * k + 1] + oy - y) ** 2;
        if (far < least) [least, best] = [far, ink.first + k];
      }
    });
    return best;
  }

  /** Scroll until point `k` is in sight, with some room around it. */
  reveal(k, smooth) {
    const { frame } = this;
    const [x, y] = this.toScreen(this.picture.place(this.view, k));
    const room = 0.2 * frame.clientWidth,
      above = 0.2 * frame.clientHeight;
    const behavior = smooth ? "smooth" : "instant";
    if (x < frame.scrollLeft + 8 || x > frame.scrollLeft + frame.clientWidth - 8) {
      frame.scrollTo({ left: x - room, behavior });
    } else if (x > frame.scrollLeft + frame.clientWidth - room && !smooth) {
      frame.scrollLeft = x - frame.clientWidth + room;
    }
    if (y < frame.scrollTop + 8 || y > frame.scrollTop + frame.clientHeight - 8) {
      frame.scrollTo({ top: y - above, behavior });
    }
  }

  /** @param {[number, number]} place in the picture @returns {[number, number]} in CSS pixels of the sheet */
  toScreen([x, y]) {
    return [(x - this.box.left) * this.scale, (y - this.box.top) * this.scale];
  }

  /** Return the context for marks, in CSS pixels, and empty. @returns {CanvasRenderingContext2D} */
  beginMarks() {
    const { marks, sharpness } = this;
    marks.setTransform(sharpness, 0, 0, sharpness, 0, 0);
    const old = this.marked;
    if (old) marks.clearRect(old.left, old.top, old.right - old.left, old.bottom - old.top);
    this.marked = null;
    return marks;
  }

  /** Remember a part of the marks that is to be cleared before the next ones. */
  mark(left, top, right, bottom) {
    const old = this.marked ?? { left, top, right, bottom };
    this.marked = {
      left: Math.min(old.left, left),
      top: Math.min(old.top, top),
      right: Math.max(old.right, right),
      bottom: Math.max(old.bottom, bottom),
    };
  }

  /** Find where the colour of all densities together is saturated. */
  #saturate() {
    const { heat, picture, view } = this;
    heat.clear();
    for (let k = 0; k < picture.count; k++) heat.add(picture.mixture(view, k));
    this.full = heat.saturation();
    heat.clear();
  }

  #transform(context, clear = false) {
    const zoom = this.scale * this.sharpness,
      { left, top } = this.box;
    context.setTransform(1, 0, 0, 1, 0, 0);
    if (clear) context.clearRect(0, 0, context.canvas.width, context.canvas.height);
    context.setTransform(zoom, 0, 0, zoom, -left * zoom, -top * zoom);
    context.lineCap = context.lineJoin = "round";
  }

  /** Draw the images of styles that the page does not know. */
  #images() {
    for (const { raster } of this.view.layers) {
      if (!raster || raster.gamma !== undefined) continue;
      const { box } = raster;
      this.ink.drawImage(
        rasterCanvas(raster, this.colour === onDark),
        box.left,
        box.top,
        box.right - box.left,
        box.bottom - box.top,
      );
    }
  }
}

/** Set to nothing what taking a mixture away leaves through rounding. */
function tidy(heat) {
  const { left, top, right, bottom } = heat.changed;
  for (let row = top; row < bottom; row++) {
    for (let k = row * heat.columns + left; k < row * heat.columns + right; k++) {
      if (heat.sum[k] < 1e-12) heat.sum[k] = 0;
    }
  }
}

/** Return the colours of densities in the picture's own style, or those of the style pdf. */
function densityTable(picture) {
  for (const view of picture.views) {
    for (const { raster } of view.layers) if (raster?.gamma !== undefined) return raster;
  }
  return { table: new Uint8Array(1024), gamma: TABLE_GAMMA };
}

function rasterCanvas({ table: light, pixels, rows, columns }, dark) {
  const table = dark ? tableOnDark(light) : light;
  const canvas = document.createElement("canvas");
  canvas.width = columns;
  canvas.height = rows;
  const image = new ImageData(columns, rows);
  pixels.forEach((index, k) => image.data.set(table.subarray(4 * index, 4 * index + 4), 4 * k));
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}
