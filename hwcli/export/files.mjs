import { COLOURS } from "./colours.mjs";
import { PEN_WIDTH, transformOf } from "./layout.mjs";

const [WIDEST, PIXELS_PER_UNIT] = [2400, 0.5]; // pixels of a PNG, and per unit
const MOST_PIXELS = 16e6; // phones have no more room

/**
 * What was written, as files.
 *
 * @typedef {{pieces: import("./colours.mjs").Piece[], points: import("./line_writer.mjs").Point[], text: string,
 *   place: import("./layout.mjs").Place}} Line
 * @typedef {{lines: Line[], width: number, height: number, writing: number, model: string, seed: string}}
 * Sheet
 */

/** @param {Sheet} sheet @returns {string} an SVG drawing on a transparent ground */
export function svgFile({ lines, width, height, writing }) {
  const [w, h] = [Math.round(width), Math.round(height)];
  const title = escaped(lines.map(({ text }) => text).join("\n"));
  const groups = lines.map(({ pieces, place }) => {
    const paths = pieces.map(({ colour, d }) => `<path stroke="${COLOURS.get(colour)}" d="${d}"/>`);
    return `<g transform="${transformOf(place)}">${paths.join("")}</g>`;
  });
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${w} ${h}" width="${Math.round(w / 4)}" ` +
    `height="${Math.round(h / 4)}"><title>${title}</title>` +
    `<g fill="none" stroke-width="${(PEN_WIDTH * writing).toFixed(2)}" stroke-linecap="round" stroke-linejoin="round">` +
    `${groups.join("\n")}</g></svg>\n`
  );
}

/** @param {Sheet} sheet @returns {string} hw ink, one line per line */
export function ndjsonFile({ lines, model, seed }) {
  return lines.map((line, k) => `${inkJson(line, k, model, seed)}\n`).join("");
}

/** @param {Sheet} sheet @returns {Promise<Blob | null>} a PNG on white; null if the browser cannot make one */
export function pngFile({ lines, width, height, writing }) {
  const scale = Math.min(PIXELS_PER_UNIT, WIDEST / width, Math.sqrt(MOST_PIXELS / (width * height)));
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height].map((side) => Math.ceil(side * scale));
  const context = canvas.getContext("2d");
  if (!context) return Promise.resolve(null);
  context.fillStyle = "#ffffff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  Object.assign(context, { lineWidth: PEN_WIDTH * writing, lineCap: "round", lineJoin: "round" });
  for (const { pieces, place } of lines) {
    context.setTransform(scale, -place.slope * scale, 0, scale, place.x * scale, place.y * scale);
    for (const { colour, d } of pieces) {
      context.strokeStyle = COLOURS.get(colour);
      context.stroke(new Path2D(d));
    }
  }
  return new Promise((resolve) => {
    canvas.toBlob(resolve, "image/png");
  });
}

/** @param {Line} line @param {number} number @param {string} model @param {string} seed @returns {string} */
function inkJson({ points, text, place }, number, model, seed) {
  const strokes = [[]];
  for (const { x, y, lifts } of points) {
    const onSheet = [x + place.x, y - place.slope * x + place.y];
    strokes.at(-1).push(onSheet.map((value) => Math.round(100 * value) / 100));
    if (lifts) strokes.push([]);
  }
  const characters = points.map(({ character }) => character);
  const ink = { hw: 1, strokes: strokes.filter((stroke) => stroke.length), text, id: `${seed}-${number}` };
  const about = JSON.stringify({ ...ink, model, characters });
  return `${about.slice(0, -1)},"seed":${BigInt(seed)}}`; // a seed may have more digits than a number of JavaScript
}

/** @param {string} text @returns {string} as text of XML */
function escaped(text) {
  return text.replaceAll(/[&<>]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[sign]);
}
