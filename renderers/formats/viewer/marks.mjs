/** Marks on the sheet: the pen, the point that came next, and the ellipses of its mixture. */

import { disc } from "./close_up.mjs";
import { DEVIATIONS, ellipse, LIGHTEST } from "./mixture.mjs";

/**
 * Draw the marks of the pen at point `here`. @param {import("./sheet.mjs").Sheet} sheet
 * @param {number} here -1: before the first point @param {boolean} detail whether the next point is marked, too
 * @param {boolean} ellipses
 */
export function drawMarks(sheet, here, detail, ellipses) {
  const context = sheet.beginMarks();
  if (here < 0) return;
  const { picture, view } = sheet;
  const style = getComputedStyle(sheet.frame);
  const accent = style.getPropertyValue("--accent"),
    paper = style.getPropertyValue("--paper");
  if (detail && ellipses) drawEllipses(context, sheet, picture.mixture(view, here + 1), accent);
  const [x, y] = sheet.toScreen(picture.place(view, here));
  if (detail && here + 1 < picture.count) {
    const [toX, toY] = sheet.toScreen(picture.place(view, here + 1));
    disc(context, toX, toY, 2.5, paper, accent);
    sheet.mark(toX - 6, toY - 6, toX + 6, toY + 6);
  }
  disc(context, x, y, 3.5, accent, paper);
  sheet.mark(x - 8, y - 8, x + 8, y + 8);
}

function drawEllipses(context, sheet, components, accent) {
  context.strokeStyle = accent;
  context.lineWidth = 1.25;
  for (const one of components) {
    if (one.pi < LIGHTEST) continue;
    const [x, y] = sheet.toScreen([one.x, one.y]);
    const { long, short, angle } = ellipse(one);
    const [a, b] = [long, short].map((length) => Math.max(DEVIATIONS * length * sheet.scale, 0.5));
    context.globalAlpha = 0.25 + 0.75 * Math.sqrt(one.pi);
    context.beginPath();
    context.ellipse(x, y, a, b, angle, 0, 2 * Math.PI);
    context.stroke();
    sheet.mark(x - a - 2, y - a - 2, x + a + 2, y + a + 2);
  }
  context.globalAlpha = 1;
}
