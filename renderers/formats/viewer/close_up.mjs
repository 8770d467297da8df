/** A close-up of the pen: the density of the next point, the ellipses of its components, and where it came. */

import { onDark, tableOnDark } from "./colours.mjs";
import { Heat } from "./heat.mjs";
import { DEVIATIONS, ellipse, LIGHTEST } from "./mixture.mjs";

const SIDE = 260; // CSS pixels
const GRID = 130; // pixels of the density
const CLOSE_GAMMA = 0.5; // from density to colour
const HEAVY = 0.05; // weight of components that must fit in
const AROUND = 300; // points of ink before and after the pen that are drawn
const WHILE_PLAYING = 0.5; // half of the side, in sizes of the writing: it changes with the mixture at rest

export class CloseUp {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.grid = document.createElement("canvas");
    this.grid.width = this.grid.height = GRID;
    const density = Math.min(window.devicePixelRatio || 1, 3);
    canvas.width = canvas.height = Math.round(SIDE * density);
    this.zoom = canvas.width / SIDE;
  }

  /** Draw what is around point `here`. @param {import("./sheet.mjs").Sheet} sheet @param {boolean} ellipses */
  draw(sheet, here, playing, ellipses) {
    const { context, canvas } = this,
      { picture, view } = sheet;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    if (here < 0) return;
    const [x, y] = picture.place(view, here);
    const components = picture.mixture(view, here + 1);
    const half = playing ? WHILE_PLAYING * picture.size : extent(components, x, y, picture.size);
    const scale = SIDE / 2 / half;
    this.#density(components, { left: x - half, top: y - half, right: x + half, bottom: y + half }, sheet);
    context.setTransform(this.zoom, 0, 0, this.zoom, 0, 0);
    const toScreen = ([px, py]) => [(px - x) * scale + SIDE / 2, (py - y) * scale + SIDE / 2];
    const style = getComputedStyle(sheet.frame);
    const [accent, paper, faint] = ["--accent", "--paper", "--faint"].map((name) => style.getPropertyValue(name));
    this.#ink(picture, view, here, toScreen, faint, style.color);
    if (ellipses) this.#ellipses(components, toScreen, scale, accent);
    if (!playing && here + 1 < picture.count)
      disc(context, ...toScreen(picture.place(view, here + 1)), 4, paper, accent);
    disc(context, SIDE / 2, SIDE / 2, 4, accent, paper);
  }

  #density(components, box, sheet) {
    const heat = new Heat(box, GRID);
    heat.add(components);
    const table = sheet.colour === onDark ? tableOnDark(sheet.table.table) : sheet.table.table;
    const grid = this.grid.getContext("2d");
    heat.paint(grid, table, heat.peak() || 1, CLOSE_GAMMA, true);
    this.context.drawImage(this.grid, 0, 0, this.canvas.width, this.canvas.height);
  }

  /** Draw the way of the pen: as it is written, and what comes after it faintly. */
  #ink(picture, view, here, toScreen, faint, color) {
    const { context } = this;
    context.lineCap = context.lineJoin = "round";
    context.lineWidth = 2;
    for (const [from, to, stroke] of [
      [here, here + AROUND, faint],
      [here - AROUND, here, color],
    ]) {
      context.strokeStyle = stroke;
      context.beginPath();
      for (let k = Math.max(from, 0); k <= Math.min(to, picture.count - 1); k++) {
        const { ink, own } = picture.at(k);
        const place = toScreen(picture.place(view, k));
        if (k === Math.max(from, 0) || !ink.down[own]) context.moveTo(...place);
        context.lineTo(...place);
      }
      context.stroke();
    }
  }

  #ellipses(components, toScreen, scale, accent) {
    const { context } = this;
    context.strokeStyle = accent;
    context.lineWidth = 1.25;
    for (const one of components) {
      if (one.pi < LIGHTEST) continue;
      const { long, short, angle } = ellipse(one);
      const axes = [long, short].map((length) => Math.max(DEVIATIONS * length * scale, 0.5));
      context.globalAlpha = 0.25 + 0.75 * Math.sqrt(one.pi);
      context.beginPath();
      context.ellipse(...toScreen([one.x, one.y]), ...axes, angle, 0, 2 * Math.PI);
      context.stroke();
    }
    context.globalAlpha = 1;
  }
}

/** Return half of the side of a square around (x, y) with the heavy components in it, in powers of two. */
function extent(components, x, y, size) {
  const far = components
    .filter((one) => one.pi >= HEAVY)
    .map((one) => {
      return Math.max(Math.abs(one.x - x) + DEVIATIONS * one.sx, Math.abs(one.y - y) + DEVIATIONS * one.sy);
    });
  const power = Math.ceil(Math.log2(Math.max(...far, 0) / size));
  return size * 2 ** Math.min(Math.max(power, -4), 2);
}

/** Draw a point. @param {CanvasRenderingContext2D} context */
export function disc(context, x, y, radius, fill, edge) {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fillStyle = fill;
  context.fill();
  context.strokeStyle = edge;
  context.lineWidth = 1.5;
  context.stroke();
}
