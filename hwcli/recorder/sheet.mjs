import { MARGIN, guides, rightOf, sheetWidth, slideAfter, textWidth, unitFor, within } from "./geometry.mjs";
import { drawGuides, drawPosition, drawStroke } from "./paint.mjs";

const SLIDE_MS = 260;
const WIDEST_PHONE = 600; // the shorter side of a screen, in CSS pixels

/** The window on the sheet: a canvas as wide as the page allows, which slides along a line that is wider. */
export class Sheet {
  /** @param {HTMLCanvasElement} canvas @param {number} longest characters of the longest prompt */
  constructor(canvas, longest) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.longest = longest;
    this.factor = 1;
    this.slide = 0;
    this.line = null;
    this.characters = 0;
    this.moving = 0;
    this.onSlide = () => {};
  }

  /**
   * Show a line from its beginning.
   * @param {import("./line.mjs").Line} line @param {number} characters of its prompt
   */
  show(line, characters) {
    cancelAnimationFrame(this.moving);
    Object.assign(this, { line, characters, slide: 0 });
    this.fit();
  }

  /** Take the size of the page and of the writer's choice, and draw everything. */
  fit() {
    const share = this.width ? this.slide / this.unit : 0; // of the same place at another size
    this.width = this.canvas.parentElement.clientWidth;
    const onPhone = Math.min(screen.width, screen.height) < WIDEST_PHONE;
    this.unit = unitFor(this.width, this.longest, this.factor, onPhone);
    this.guides = guides(this.unit);
    this.density = window.devicePixelRatio || 1;
    this.canvas.width = Math.round(this.width * this.density);
    this.canvas.height = Math.round(this.guides.height * this.density);
    this.canvas.style.height = `${this.guides.height}px`;
    if (this.line && !this.line.strokes.length) this.line.unit = this.unit;
    this.slide = within(share * this.unit, this.sheetWidth, this.width);
    this.paint();
    this.onSlide();
  }

  /** Pixels of the screen per pixel of the line, which may have been written at another size. */
  get scale() {
    return this.unit / this.line.unit;
  }

  /** Width of the whole sheet, in pixels of the screen. */
  get sheetWidth() {
    const ink = this.scale * rightOf(this.line.strokes);
    return sheetWidth(this.width, textWidth(this.characters, this.unit), ink, this.unit);
  }

  /** How far the sheet can slide back and on. */
  get room() {
    return { back: this.slide, on: this.sheetWidth - this.width - this.slide };
  }

  /**
   * Return a place of the page in pixels of the line.
   * @param {number} x @param {number} y as events have them @returns {{x: number, y: number}}
   */
  toLine(x, y) {
    const box = this.canvas.getBoundingClientRect();
    return { x: (x - box.left + this.slide) / this.scale, y: (y - box.top) / this.scale };
  }

  /** Stop sliding: the pen is down. */
  hold() {
    cancelAnimationFrame(this.moving);
  }

  /** Slide on if the last stroke ends near the right edge of a sheet that is wider than its window. */
  follow() {
    if (textWidth(this.characters, this.unit) <= this.width || !this.line.strokes.length) return;
    const ink = this.scale * rightOf(this.line.strokes.slice(-1));
    this.slideTo(slideAfter(this.slide, ink, this.width));
  }

  /**
   * Slide by a part of the window.
   * @param {number} part negative: back
   */
  slideBy(part) {
    this.slideTo(this.slide + part * this.width);
  }

  /** @param {number} target */
  slideTo(target) {
    const [from, to] = [this.slide, within(target, this.sheetWidth, this.width)];
    cancelAnimationFrame(this.moving);
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return this.#slideNow(to);
    const start = performance.now();
    const step = (now) => {
      const part = Math.min(1, Math.max(0, now - start) / SLIDE_MS);
      this.#slideNow(from + (to - from) * (1 - (1 - part) ** 3));
      if (part < 1) this.moving = requestAnimationFrame(step);
    };
    if (from !== to) this.moving = requestAnimationFrame(step);
  }

  #slideNow(to) {
    this.slide = to;
    this.paint();
    this.onSlide();
  }

  /** Draw the guides and the whole line. */
  paint() {
    const { context, density, slide, width } = this;
    const [sheet, height] = [this.sheetWidth, this.guides.height];
    this.colours = coloursOf(this.canvas);
    context.setTransform(density, 0, 0, density, 0, 0);
    context.clearRect(0, 0, width, height);
    drawGuides(context, width, this.guides, MARGIN * this.unit - slide, this.colours);
    if (sheet > width) drawPosition(context, { slide, sheet, window: width, height }, this.colours);
    this.canvas.dataset.slide = String(slide); // for tests, which wait until it rests
    this.#toLine();
    let points = 0;
    for (const stroke of this.line.strokes) {
      drawStroke(context, stroke, this.line.pressure.slice(points, (points += stroke.length)), this.line.unit);
    }
  }

  /**
   * Draw the last `count` points of the stroke that is being written.
   * @param {number} count
   */
  paintLast(count) {
    const stroke = this.line.strokes.at(-1);
    this.#toLine();
    const pressure = this.line.pressure.slice(-stroke.length);
    drawStroke(this.context, stroke, pressure, this.line.unit, stroke.length - count);
  }

  /** Let the context draw in pixels of the line, in ink. */
  #toLine() {
    const scale = this.density * this.scale;
    this.context.setTransform(scale, 0, 0, scale, -this.slide * this.density, 0);
    this.context.strokeStyle = this.context.fillStyle = this.colours.ink;
  }
}

/** @param {Element} element @returns {Record<string, string>} the colours that the style gives a canvas */
function coloursOf(element) {
  const style = getComputedStyle(element);
  return Object.fromEntries(
    ["ink", "line", "rule", "track", "muted"].map((name) => [name, style.getPropertyValue(`--${name}`).trim()]),
  );
}
