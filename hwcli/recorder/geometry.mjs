/** Measures of the sheet that is written on. A unit is the x-height of its guides, in CSS pixels. */

const ADVANCE = 1.15; // width of a character with its share of spaces, in units
// a line that fits at this x-height or more is not wider than its window
const SMALLEST = 16; // for a pen or a mouse
const SMALLEST_ON_PHONES = 24; // for a finger
const LARGEST = 36;
const SLIDING = 30; // where a line cannot fit: comfortable for a finger

export const MARGIN = 1.2; // units left of the rule, and right of the text

/**
 * Return the x-height for a window of `width` pixels: so that `longest` characters fit, or for a sheet that slides.
 * @param {number} width @param {number} longest @param {number} factor of the size that the writer chose
 * @param {boolean} onPhone @returns {number}
 */
export function unitFor(width, longest, factor, onPhone) {
  const fitting = width / (longest * ADVANCE + 2 * MARGIN);
  return factor * (fitting < (onPhone ? SMALLEST_ON_PHONES : SMALLEST) ? SLIDING : Math.min(fitting, LARGEST));
}

/**
 * Return where the guides are, in pixels from the top, and the height of the sheet.
 * @param {number} unit @returns {{xLine: number, baseline: number, height: number}}
 */
export function guides(unit) {
  return { xLine: 2.4 * unit, baseline: 3.4 * unit, height: 5.4 * unit };
}

/**
 * Return how wide a text of `characters` comes out, with its margins, in pixels.
 * @param {number} characters @param {number} unit @returns {number}
 */
export function textWidth(characters, unit) {
  return (characters * ADVANCE + 2 * MARGIN) * unit;
}

/**
 * Return the right end of the ink, in its own units; 0 if there is none.
 * @param {number[][][]} strokes @returns {number}
 */
export function rightOf(strokes) {
  let right = 0;
  for (const stroke of strokes) for (const [x] of stroke) right = Math.max(right, x);
  return right;
}

/**
 * Return the width of the sheet: the text's or the window's, and longer where the ink needs room.
 * @param {number} window @param {number} text width @param {number} ink right end @param {number} unit
 * @returns {number} all in pixels
 */
export function sheetWidth(window, text, ink, unit) {
  const width = Math.max(window, text);
  return ink > width - 2 * unit ? ink + window / 2 : width;
}

/**
 * Return the nearest position to `slide` at which the window shows the sheet.
 * @param {number} slide @param {number} sheet width @param {number} window width @returns {number}
 */
export function within(slide, sheet, window) {
  return Math.max(0, Math.min(slide, sheet - window));
}

/**
 * Return where the sheet slides once the pen rests: on, if it wrote close to the window's right edge.
 * @param {number} slide @param {number} ink right end of the last stroke @param {number} window width
 * @returns {number}
 */
export function slideAfter(slide, ink, window) {
  return ink - slide > 0.72 * window && ink - slide <= 1.2 * window ? ink - 0.25 * window : slide;
}
