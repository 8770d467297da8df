const MOST_FAULTS = 4; // that are named

/**
 * Return a sentence about the faults of lines.
 * @param {Map<number, import("./read_back.mjs").Fault[]>} faults by the line's number @param {{text: string}[]} lines
 * @returns {string}
 */
export function faultsInWords(faults, lines) {
  const all = [...faults].flatMap(([number, found]) => found.map((fault) => sentence(fault, lines[number].text)));
  const more = all.length - MOST_FAULTS;
  return `${all.slice(0, MOST_FAULTS).join("; ")}${more > 0 ? ` and ${more} more` : ""}.`;
}

/** @param {number} count of lines that were written again @param {number} all @returns {string} a sentence */
export function linesInWords(count, all) {
  if (all === 1) return "It was written again until it could be read.";
  if (count === 1) return "One line was written again until it could be read.";
  return `${count} lines were written again until they could be read.`;
}

/** @param {import("./read_back.mjs").Fault} fault @param {string} text of its line @returns {string} */
function sentence({ kind, place, character, readsAs }, text) {
  const word = wordAt(text, place);
  if (kind === "unfinished") return `“${text}” did not come to its end`;
  const of = word === character ? `“${word}”` : `“${character}” in “${word}”`;
  if (kind !== "misread") return `${of} was ${kind}`;
  return readsAs ? `${of} looks like “${readsAs}”` : `${of} looks missing`;
}

function wordAt(text, place) {
  const first = text.lastIndexOf(" ", place) + 1;
  const space = text.indexOf(" ", place);
  return text.slice(first, space < 0 ? text.length : space) || " ";
}
