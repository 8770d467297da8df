const LONG = 90; // more points than this on one character are too many, for a hand of USUAL_PACE points per character
const USUAL_PACE = 21;
const SLOWEST_PACE = 61;

/**
 * Return what is wrong with a line by where the window stood at its points; the twin of hwcli/sampling/drafting/proofread.py.
 * @param {import("../line_writer.mjs").Point[]} points @param {string} text @param {boolean} finished
 * @returns {import("./read_back.mjs").Fault[]}
 */
export function proofread(points, text, finished) {
  const counts = Array.from(text, () => 0);
  let furthest = 0;
  for (const point of points) {
    const character = Math.min(point.character, counts.length - 1); // past the last one, the pen is still at it
    if (character >= 0) counts[character]++;
    furthest = Math.max(furthest, character);
  }
  const pace = Math.min(Math.max(medianOf(counts.filter(Boolean)) ?? USUAL_PACE, USUAL_PACE), SLOWEST_PACE);
  const last = finished ? text.length - 1 : furthest;
  const faults = [];
  for (const [place, character] of [...text].slice(0, last + 1).entries()) {
    const count = counts[place];
    if (count === 0 && character.trim()) faults.push({ kind: "skipped", place, character });
    else if (count > (LONG * pace) / USUAL_PACE) faults.push({ kind: "repeated", place, character });
  }
  if (!finished) faults.push({ kind: "unfinished", place: last, character: text[last] });
  return faults;
}

/** @param {ArrayLike<number>} values @returns {number | null} null if there are none */
export function medianOf(values) {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  if (!sorted.length) return null;
  return sorted.length & 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
