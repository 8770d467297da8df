/** Lines as hw ink NDJSON. */

/**
 * Return one row of NDJSON per line that has ink, each with its newline.
 * @param {import("./line.mjs").Line[]} lines @param {string[]} prompts @param {string} writer may be empty
 * @returns {string}
 */
export function ndjson(lines, prompts, writer) {
  const name = tidy(writer);
  return lines
    .map((line, k) => (line.strokes.length ? `${JSON.stringify(row(line, prompts[k], k + 1, name))}\n` : ""))
    .join("");
}

/**
 * Return a name for files and hands: letters without marks, digits and dashes; "mine" for a writer without any.
 * @param {string} writer @returns {string}
 */
export function handName(writer) {
  const plain = tidy(writer)
    .normalize("NFKD")
    .toLowerCase()
    .replaceAll(/[\u0300-\u036f]/g, "");
  return (
    plain
      .replaceAll(/[^a-z0-9]+/g, "-")
      .replaceAll(/^-+|-+$/g, "")
      .slice(0, 40) || "mine"
  );
}

/**
 * Return a writer's name with single spaces.
 * @param {string} writer @returns {string}
 */
export function tidy(writer) {
  return writer.split(/\s+/).filter(Boolean).join(" ");
}

/** @returns {object} the row of one line; `number` counts from 1 */
function row(line, text, number, writer) {
  const id = `${handName(writer)}-${String(number).padStart(2, "0")}`;
  const { strokes, t, pressure } = line;
  return { hw: 1, strokes, text, id, ...(writer && { writer }), t, pressure };
}
