/**
 * Styles: the colour of each piece of a stroke, as a class of the page's style sheet and, in files, a colour.
 * The colours are those of hw's own styles: renderers/styles.
 */

const INK = "#1c2440"; // of plain.py
const STROKES = ["#12235f", "#a11d33", "#9c77ff", "#d9480f", "#7a1f8f", "#128a76"]; // of color.py
const CHARACTERS = ["#801867", "#b464e8", "#008b6a", "#271ed0", "#203501"]; // of window.py
const LIFTS = ["#27345c", "#6a3871", "#b33b5d", "#e0433d", "#f1681e", "#ff8a00"]; // of eos.py, in six steps

/** Class → colour in files, on white. */
export const COLOURS = new Map([
  ["ink", INK],
  ...STROKES.map((colour, k) => [`stroke-${k}`, colour]),
  ...CHARACTERS.map((colour, k) => [`character-${k}`, colour]),
  ...LIFTS.map((colour, k) => [`lift-${k}`, colour]),
]);

/** Style → the class of a piece that ends at a point, in stroke number `stroke`. */
export const STYLES = new Map([
  ["plain", () => "ink"],
  ["color", (_, stroke) => `stroke-${stroke % STROKES.length}`],
  ["window", ({ character }) => `character-${Math.max(character, 0) % CHARACTERS.length}`],
  ["eos", ({ eos }) => `lift-${Math.min(Math.floor(Math.sqrt(eos) * LIFTS.length), LIFTS.length - 1)}`],
]);

/**
 * A line as pieces of one colour each, which grows point by point.
 *
 * @typedef {{colour: string, d: string}} Piece `d` is SVG path data in the model's units
 */
export class Tracing {
  /** @param {string} style */
  constructor(style) {
    this.colourOf = STYLES.get(style);
    /** @type {Piece[]} */
    this.pieces = [];
    this.before = null; // the last point of a stroke that is not complete
    this.stroke = 0;
  }

  /** @param {import("./line_writer.mjs").Point} point */
  add(point) {
    const colour = this.colourOf(point, this.stroke);
    const last = this.pieces.at(-1);
    const to = coordinates(point);
    if (!this.before) this.pieces.push({ colour, d: `M${to}l0 .1` }); // so long that all programs draw a dot
    else if (last.colour === colour) last.d += `L${to}`;
    else this.pieces.push({ colour, d: `M${coordinates(this.before)}L${to}` });
    this.before = point.lifts ? null : point;
    if (point.lifts) this.stroke++;
  }
}

/** @param {{x: number, y: number}} point @returns {string} */
function coordinates({ x, y }) {
  return `${Math.round(10 * x) / 10} ${Math.round(10 * y) / 10}`;
}
