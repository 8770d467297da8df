/** A view as SVG, as hw writes it. */

/**
 * Return a view as SVG. @param {import("./picture.mjs").Picture} picture @param {object} view
 * @param {{href: string, box: import("./picture.mjs").Box}[]} images under the strokes
 * @returns {string}
 */
export function svg(picture, view, images) {
  const { box, scale, unit, sides } = view;
  const [width, height] = sides.map(plain);
  const onPage = (x, y) => [(x - box.left) * scale, (y - box.top) * scale];
  const background = picture.background ?? (unit === "px" ? "#ffffff" : null);
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" ` +
      `width="${width}${unit}" height="${height}${unit}" viewBox="0 0 ${width} ${height}"${pageMarks(view)}>`,
  ];
  if (background !== null) parts.push(`<rect width="100%" height="100%" fill="${escaped(background)}"/>`);
  for (const image of images) {
    const [left, top] = onPage(image.box.left, image.box.top),
      [right, bottom] = onPage(image.box.right, image.box.bottom);
    parts.push(
      `<image x="${plain(left)}" y="${plain(top)}" width="${plain(right - left)}" height="${plain(bottom - top)}" ` +
        `preserveAspectRatio="none" xlink:href="${escaped(image.href)}"/>`,
    );
  }
  for (const layer of view.layers) parts.push(group(layer, picture.title, scale, onPage));
  return `${parts.join("")}</svg>\n`;
}

function group(layer, title, scale, onPage) {
  const paths = new Map(layer.pens.map((_, k) => [k, []]));
  for (let path = 0; path < layer.pen.length; path++) paths.get(layer.pen[path]).push(data(layer, path, onPage));
  const drawn = [...paths]
    .filter(([, list]) => list.length)
    .map(([pen, list]) => {
      const [color, width] = layer.pens[pen];
      const thick = Number((width * scale).toPrecision(4));
      return `<g stroke="${escaped(color)}" stroke-width="${thick}">${elements(list, layer.shared)}</g>`;
    });
  const labels = layer.labels.map((one) => {
    const [x, y] = onPage(one.x, one.y);
    return (
      `<text x="${plain(x)}" y="${plain(y)}" fill="${escaped(one.color)}" stroke="none" font-family="sans-serif" ` +
      `font-size="${plain(one.size * scale)}" text-anchor="${one.anchor}">${escaped(one.text)}</text>`
    );
  });
  const name = title && layer.times[0] >= 0 ? `<title>${escaped(title)}</title>` : "";
  const style = `fill="none" stroke-linecap="round" stroke-linejoin="round"`;
  return `<g ${style}>${name}${drawn.join("")}${labels.join("")}</g>`;
}

/** @returns {string} what hw reads a written page back by: its frame and its paper */
function pageMarks({ marks }) {
  return marks.length ? ` data-hw-frame="${marks[0]}" data-hw-paper="${marks[1]}"` : "";
}

/** Return elements with several paths each, where they are pieces of strokes. */
function elements(paths, shared) {
  const found = [];
  for (let k = 0; k < paths.length; k += shared) found.push(`<path d="${paths.slice(k, k + shared).join("")}"/>`);
  return found.join("");
}

function data(layer, path, onPage) {
  const { xy, controls, starts } = layer;
  const first = starts[path],
    end = starts[path + 1];
  const point = (array, k) =>
    onPage(array[k], array[k + 1])
      .map(plain)
      .join(" ");
  if (end - first === 1) return `M${point(xy, 2 * first)}h.01`;
  const parts = [`M${point(xy, 2 * first)}`];
  for (let k = first + 1; k < end; k++) {
    const curve = controls === null ? "L" : `C${point(controls, 4 * k)} ${point(controls, 4 * k + 2)} `;
    parts.push(curve + point(xy, 2 * k));
  }
  return parts.join("");
}

/** @param {string} text @returns {string} text that is safe in an element and in an attribute */
function escaped(text) {
  return text.replaceAll(/[&<>"]/g, (one) => `&#${one.charCodeAt(0)};`);
}

/** @param {number} value @returns {string} at most two decimals, without trailing zeros */
function plain(value) {
  return String(Number(value.toFixed(2)));
}
