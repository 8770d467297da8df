/** Drawing on the sheet's canvas. */

const NIB = 0.085; // width of a stroke at pressure 0.5, in units

/**
 * Draw the guides of a sheet: baseline, x-height, and the rule left of which nobody writes.
 * @param {CanvasRenderingContext2D} context whose unit is a CSS pixel @param {number} width
 * @param {{xLine: number, baseline: number, height: number}} lines @param {number} rule its x
 * @param {Record<string, string>} colours
 */
export function drawGuides(context, width, lines, rule, colours) {
  context.lineWidth = 1;
  context.lineCap = "butt"; // which the bar of the last drawing has made round
  straight(context, [0, crisp(lines.baseline)], [width, crisp(lines.baseline)], colours.line);
  context.setLineDash([1, 5]);
  straight(context, [0, crisp(lines.xLine)], [width, crisp(lines.xLine)], colours.line);
  context.setLineDash([]);
  straight(context, [crisp(rule), 0], [crisp(rule), lines.height], colours.rule);
}

/**
 * Draw which part of a sheet its window shows, as a bar at the bottom.
 * @param {CanvasRenderingContext2D} context @param {{slide: number, sheet: number, window: number, height: number}} at
 * @param {Record<string, string>} colours
 */
export function drawPosition(context, at, colours) {
  const y = at.height - 3;
  const [left, right] = [at.slide, at.slide + at.window].map((x) => (x / at.sheet) * at.window);
  context.lineWidth = 3;
  context.lineCap = "round";
  straight(context, [6, y], [at.window - 6, y], colours.track);
  straight(context, [Math.max(6, left), y], [Math.min(at.window - 6, right), y], colours.muted);
}

/**
 * Draw a stroke from its point `from` on, as a curve through the middles between points.
 * @param {CanvasRenderingContext2D} context in units of the stroke @param {number[][]} stroke
 * @param {number[]} pressure one per point @param {number} unit x-height @param {number} [from]
 */
export function drawStroke(context, stroke, pressure, unit, from = 0) {
  context.lineCap = context.lineJoin = "round";
  if (stroke.length === 1) return dot(context, stroke[0], nib(pressure[0], unit));
  for (let k = Math.max(1, from); k < stroke.length; k++) {
    context.lineWidth = nib(pressure[k], unit);
    context.beginPath();
    context.moveTo(...(k === 1 ? stroke[0] : middle(stroke[k - 2], stroke[k - 1])));
    context.quadraticCurveTo(...stroke[k - 1], ...middle(stroke[k - 1], stroke[k]));
    if (k === stroke.length - 1) context.lineTo(...stroke[k]);
    context.stroke();
  }
}

/** @param {number} pressure from 0 to 1; 0 where the device cannot tell @param {number} unit @returns {number} */
function nib(pressure, unit) {
  return NIB * unit * (0.5 + (pressure || 0.5));
}

/** @param {CanvasRenderingContext2D} context @param {number[]} at @param {number} size */
function dot(context, at, size) {
  context.beginPath();
  context.arc(at[0], at[1], 0.65 * size, 0, 2 * Math.PI);
  context.fill();
}

/** @param {number[]} a @param {number[]} b @returns {[number, number]} */
function middle(a, b) {
  return [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
}

function straight(context, from, to, colour) {
  context.strokeStyle = colour;
  context.beginPath();
  context.moveTo(...from);
  context.lineTo(...to);
  context.stroke();
}

/** @param {number} at @returns {number} the middle of a pixel, where a line of one pixel is not blurred */
function crisp(at) {
  return Math.round(at) + 0.5;
}
