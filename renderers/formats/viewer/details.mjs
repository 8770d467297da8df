/** What is known of the point under the pen, in words and numbers. */

const NO_PREDICTIONS =
  "This ink has no predictions, so there is no density to show. Ink that hw samples has them, and hw render --model scores any ink.";

export class Details {
  /** @param {(id: string) => HTMLElement} at finds the elements of the page */
  constructor(at) {
    this.at = at;
    this.rows = [];
  }

  /** Show the text of the ink and the facts of another picture. */
  begin(picture) {
    const { at } = this;
    this.picture = picture;
    this.shown = undefined;
    at("facts").replaceChildren(
      ...picture.facts.flatMap(([name, value]) => [element("dt", name), element("dd", value)]),
    );
    at("prediction").hidden = !picture.inks.some((one) => one.prediction !== null);
    at("missing").hidden = !at("prediction").hidden;
    at("missing").textContent = NO_PREDICTIONS;
  }

  /** Show the point `here`, -1 before the first. @param {number} here */
  show(here) {
    if (here === this.shown) return;
    this.shown = here;
    const { at, picture } = this;
    at("where").textContent =
      here < 0 ? `Before the first of ${picture.count} points` : `Point ${here + 1} of ${picture.count}`;
    this.#text(here);
    if (at("prediction").hidden) return;
    const eos = picture.eos(here + 1);
    at("next-is").textContent = this.#nextIs(here);
    at("eos").textContent = eos === null ? "–" : percent(eos);
    at("eos-bar").value = eos ?? 0;
    this.#mixture(here < 0 ? [] : picture.mixture(picture.views[0], here + 1), here);
  }

  /** Return what a screen reader says of the point `here`. @returns {string} */
  spoken(here) {
    const { picture } = this,
      eos = picture.eos(here + 1);
    const character = this.#character(here);
    const words = [here < 0 ? "Nothing written yet" : `Point ${here + 1} of ${picture.count}`];
    if (character !== null) words.push(`the window stands on ${character}`);
    if (eos !== null) words.push(`the next point ends the stroke with ${percent(eos)}`);
    return words.join("; ");
  }

  #nextIs(here) {
    const { picture } = this;
    if (here + 1 >= picture.count) return "This is the last point.";
    if (here < 0 || picture.at(here + 1).own === 0)
      return "The first point lies where the ink begins: it has no density.";
    return "";
  }

  /** @returns {string | null} the character at point `here` in words; null where the ink has no text or trace */
  #character(here) {
    if (here < 0) return null;
    const { ink, own } = this.picture.at(here);
    if (ink.text === null || ink.characters === null) return null;
    const place = ink.characters[own];
    if (place < 0) return "no character";
    if (place >= ink.text.length) return "the end of the text";
    if (ink.text[place] === " ") return "a space";
    return ink.text[place] === "\n" ? "a line break" : `“${ink.text[place]}”`;
  }

  #text(here) {
    const { at } = this;
    const { ink, own } = this.picture.at(Math.max(here, 0));
    at("text").hidden = ink.text === null;
    if (ink.text === null) return;
    const place = here < 0 || ink.characters === null ? -1 : ink.characters[own];
    const inside = place >= 0 && place < ink.text.length;
    const cut = inside ? place : ink.text.length;
    at("before").textContent = ink.text.slice(0, cut).join("");
    at("under").textContent = inside ? ink.text[place] : "";
    at("after").textContent = ink.text.slice(cut + 1).join("");
    at("under").hidden = !inside;
    const character = this.#character(here);
    at("window").textContent = character === null ? "" : `The window stands on ${character}.`;
  }

  /** Fill the table of components; its rows are kept, since it changes many times a second. */
  #mixture(components, here) {
    const { at, rows, picture } = this;
    const [x, y] = here < 0 ? [0, 0] : picture.place(picture.views[0], here);
    while (rows.length < components.length) {
      const cells = Array.from({ length: 6 }, () => document.createElement("td"));
      const row = document.createElement("tr");
      row.append(...cells);
      at("components").append(row);
      rows.push({ row, cells });
    }
    rows.forEach(({ row, cells }, k) => {
      row.hidden = k >= components.length;
      if (row.hidden) return;
      const one = components[k];
      const values = [
        percent(one.pi),
        number(one.x - x),
        number(one.y - y),
        number(one.sx),
        number(one.sy),
        one.rho.toFixed(2),
      ];
      values.forEach((value, c) => (cells[c].textContent = value.replace("-", "−")));
    });
    at("mixture").hidden = components.length === 0;
  }
}

/** @param {number} share @returns {string} with two digits that count */
export function percent(share) {
  const value = 100 * share;
  if (value < 0.1) return "< 0.1 %";
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} %`;
}

/** @param {number} value @returns {string} with three digits that count */
export function number(value) {
  const size = Math.abs(value);
  if (size >= 100) return value.toFixed(0);
  return value.toFixed(size >= 10 ? 1 : 2);
}

function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}
