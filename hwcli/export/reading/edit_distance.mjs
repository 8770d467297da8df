/**
 * Return pairs of characters of a cheapest alignment; "" stands for none, on either side. The twin of `aligned` in
 * hwcli/reader/error_rate.py.
 * @param {string} text @param {string} read @returns {[string, string][]}
 */
export function aligned(text, read) {
  let first = 0;
  const shorter = Math.min(text.length, read.length);
  while (first < shorter && text[first] === read[first]) first++;
  let last = 0;
  while (last < shorter - first && text.at(-1 - last) === read.at(-1 - last)) last++;
  const same = Array.from(text, (character) => [character, character]);
  const between = alignedByTable(text.slice(first, text.length - last), read.slice(first, read.length - last));
  return [...same.slice(0, first), ...between, ...same.slice(text.length - last)];
}

/** Align by the table of distances between all beginnings (Wagner and Fischer 1974). */
function alignedByTable(text, read) {
  const table = [Array.from({ length: read.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= text.length; i++) {
    const above = table[i - 1];
    const row = [i];
    for (let j = 1; j <= read.length; j++) {
      const replaced = above[j - 1] + (text[i - 1] === read[j - 1] ? 0 : 1);
      row.push(Math.min(replaced, above[j] + 1, row[j - 1] + 1));
    }
    table.push(row);
  }
  const pairs = [];
  for (let i = text.length, j = read.length; i || j;) {
    const here = table[i][j];
    const replaces = i && j && here === table[i - 1][j - 1] + (text[i - 1] === read[j - 1] ? 0 : 1);
    if (replaces) pairs.push([text[--i], read[--j]]);
    else if (i && here === table[i - 1][j] + 1) pairs.push([text[--i], ""]);
    else pairs.push(["", read[--j]]);
  }
  return pairs.reverse();
}
