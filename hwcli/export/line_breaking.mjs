/** What ends a line of a text, as Unicode has it. */
export const LINE_END = /\r\n|[\n\v\f\r\u0085\u2028\u2029]/;

/**
 * Return the lines of a text, broken at spaces so that each has at most `width` characters; a longer word is
 * broken within. The text's own lines are kept, and empty ones are left out.
 * @param {string} text @param {number} width @returns {string[]}
 */
export function linesOf(text, width) {
  return text.split(LINE_END).flatMap((line) => broken(line, width));
}

/** @param {string} line @param {number} width @returns {string[]} */
function broken(line, width) {
  const lines = [];
  for (let word of line.split(/\s+/).filter(Boolean)) {
    if (lines.length && [...lines.at(-1), ...word].length < width) {
      lines.push(`${lines.pop()} ${word}`);
      continue;
    }
    for (; [...word].length > width; word = [...word].slice(width).join("")) {
      lines.push([...word].slice(0, width).join(""));
    }
    lines.push(word);
  }
  return lines;
}
