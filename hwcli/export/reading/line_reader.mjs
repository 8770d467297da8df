import { matricesOf } from "../model.mjs";
import { pointsOfCharacters } from "./belonging.mjs";
import { editsOf } from "./edits.mjs";
import { ANYTHING, Lattice, bestPath } from "./lattice.mjs";
import { PenPath } from "./pen_path.mjs";
import { PictureNetwork } from "./picture_network.mjs";
import { ReaderNetwork } from "./reader_network.mjs";

/**
 * A reader of lines, as hwcli/reader/reader.py is; it knows a text if it knows each of its characters.
 *
 * @typedef {{path: PenPath, features: import("./pen_path.mjs").Features,
 *   logs: import("./log_probabilities.mjs").Logs}} Classified
 * @typedef {{place: number, readsAs: string, gain: number, before: boolean, after: boolean}} Doubt a character of a
 * text that the ink may not show: what stands there, and by how many nats that is more probable
 * @typedef {{alphabet: string, near: Record<string, string>}} Characters `near`: what is taken for a character that
 * the alphabet lacks
 */
export class LineReader {
  /**
   * @param {Characters} characters @param {ReaderNetwork | PictureNetwork} network
   * @param {LineReader | null} pictures a second one, which sees pictures
   */
  constructor({ alphabet, near }, network, pictures = null) {
    this.characters = [...alphabet];
    this.numbers = new Map(this.characters.map((character, k) => [character, k + 1]));
    Object.assign(this, { near, network, pictures });
  }

  /**
   * Return the reader whose numbers are in `bytes`, as hwcli/export/packing.py writes them.
   * @param {Characters & import("../model.mjs").Layout & {shape: any, pictures: boolean}} about
   * @param {ArrayBuffer} bytes @param {boolean} simd @returns {LineReader}
   */
  static unpacked(about, bytes, simd = true) {
    const { matrices, next } = matricesOf(about, bytes);
    const { shape, lowest } = about;
    const classes = 1 + [...about.alphabet].length;
    const own = matrices.splice(0, ReaderNetwork.matrixCount(shape));
    const network = new ReaderNetwork({ shape, lowest, matrices: own }, classes, simd);
    if (!about.pictures) return new LineReader(about, network);
    const norms = PictureNetwork.norms(next, matrices);
    const pictures = new PictureNetwork({ lowest, matrices, norms }, classes, simd);
    return new LineReader(about, network, new LineReader(about, pictures));
  }

  /** @param {string} text @returns {boolean} */
  knows(text) {
    return [...text].every((character) => this.nearest(character) !== null);
  }

  /** @param {string} character @returns {string | null} itself, or what is near; null if nothing is */
  nearest(character) {
    if (this.numbers.has(character)) return character;
    return Object.hasOwn(this.near, character) ? this.near[character] : null;
  }

  /** @param {import("./ink_size.mjs").Ink} ink @returns {Generator<undefined, Classified | null>} null: it is no line */
  *classified(ink) {
    const path = PenPath.of(ink);
    if (!path) return null;
    return yield* this.seen({ path, features: path.features() });
  }

  /**
   * Return what this reader sees in a line that another one has looked at.
   * @param {Pick<Classified, "path" | "features">} line @returns {Generator<undefined, Classified | null>}
   */
  *seen({ path, features }) {
    const logs = yield* this.network.classify({ path, features });
    return logs && { path, features, logs };
  }

  /**
   * Compare a line with what it should say: every change that gains more than `gain`, in the text's order.
   * @param {Classified} line @param {string} text @param {number} gain
   * @returns {Generator<undefined, {logLikelihood: number, doubts: Doubt[]}>}
   */
  *compare({ logs }, text, gain) {
    const { codes, places } = this.#encoded(text);
    const lattice = this.#lattice(logs, codes);
    if (!lattice) return { logLikelihood: -Infinity, doubts: [] };
    const { others, changed, inserted, deleted } = yield* editsOf(lattice);
    const doubts = [];
    const add = (doubt) => doubt.gain > gain && doubts.push({ before: false, after: false, ...doubt });
    deleted.forEach((found, k) => add({ place: places[k], readsAs: "", gain: found }));
    const names = others.map((code) => this.characters[code - 1]);
    changed.forEach((row, k) => row.forEach((found, m) => add({ place: places[k], readsAs: names[m], gain: found })));
    for (const [k, row] of inserted.entries()) {
      const after = k === places.length;
      const place = places[after ? k - 1 : k];
      row.forEach((found, m) => add({ place, readsAs: names[m], gain: found, before: !after, after }));
    }
    doubts.sort((a, b) => a.place - b.place);
    return { logLikelihood: lattice.logLikelihood, doubts };
  }

  /** @param {Classified} line @returns {string} what it reads, with single spaces */
  textOf({ logs }) {
    const spelt = bestPath(logs).map((code) => this.characters[code - 1]);
    return spelt.join("").split(/\s+/).filter(Boolean).join(" ");
  }

  /** @param {Classified} line @param {string} text @returns {number} how probable it is, in nats */
  logLikelihood({ logs }, text) {
    return text.trim() ? (this.#lattice(logs, this.#encoded(text).codes)?.logLikelihood ?? -Infinity) : -Infinity;
  }

  /**
   * Return the position in `text` of the character that each point belongs to, -1: none; null if the ink has no
   * room for it.
   * @param {Classified} line @param {string} text @returns {Int32Array | null}
   */
  align({ path, features, logs }, text) {
    const { codes, places } = this.#encoded(text);
    const lattice = this.#lattice(logs, codes);
    if (!lattice) return null;
    const shown = [...text];
    const spelt = places.map((place) => shown[place]).join("");
    const found = pointsOfCharacters(features, path, lattice.places(), spelt);
    return found.map((place) => (place < 0 ? -1 : places[place]));
  }

  #lattice(logs, codes) {
    if (codes.length > logs.frames) return null;
    const lattice = new Lattice(logs, codes);
    return Number.isFinite(lattice.logLikelihood) ? lattice : null;
  }

  /** Return the classes of `text`, without needless spaces, and their positions in it. */
  #encoded(text) {
    const [codes, places] = [[], []];
    for (const [place, character] of [...text].entries()) {
      const isNeedless = !text.slice(0, place).trim() || !text[place - 1].trim();
      if (!character.trim() && isNeedless) continue;
      const near = this.nearest(character);
      if (!near) continue;
      codes.push(near.length === 1 ? this.numbers.get(near) : ANYTHING);
      places.push(place);
    }
    return { codes, places };
  }
}
