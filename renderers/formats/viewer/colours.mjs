/** Colours on dark paper: as light there as they are dark on white, of the same hue. */

// of hue-rotate(180deg) in CSS: the luminance stays, the hue turns (W3C, Filter Effects)
const TURN = [
  [-0.574, 1.43, 0.144],
  [0.426, 0.43, 0.144],
  [0.426, 1.43, -0.856],
];

/** @param {string} hex such as #1c2440 @returns {string} */
export function onDark(hex) {
  const rgb = [1, 3, 5].map((k) => parseInt(hex.slice(k, k + 2), 16));
  return `#${inverted(rgb)
    .map((value) => value.toString(16).padStart(2, "0"))
    .join("")}`;
}

/** Return a table of colours, four bytes each, on dark paper. @param {Uint8Array} table @returns {Uint8Array} */
export function tableOnDark(table) {
  const made = Uint8Array.from(table);
  for (let k = 0; k < table.length; k += 4) made.set(inverted([...table.subarray(k, k + 3)]), k);
  return made;
}

/** @param {number[]} rgb 0 to 255 @returns {number[]} its inverse, its hue turned back */
function inverted(rgb) {
  const inverse = rgb.map((value) => 255 - value);
  return TURN.map((row) => {
    const value = row.reduce((sum, weight, k) => sum + weight * inverse[k], 0);
    return Math.round(Math.min(Math.max(value, 0), 255));
  });
}
