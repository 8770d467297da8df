import { Tracing } from "./colours.mjs";
import {
  PEN_WIDTH,
  expectedWidth,
  extent,
  isSettled,
  neededWidth,
  placeOf,
  sheetHeight,
  transformOf,
} from "./layout.mjs";

const NAMESPACE = "http://www.w3.org/2000/svg";

/** A line on the sheet: its points as they come, and what of them is shown. */
class SheetLine {
  /** @param {string} text @param {Element} sheet @param {string} style */
  constructor(text, sheet, style) {
    this.text = text;
    this.points = [];
    this.whole = false; // whether all points have come
    this.shown = 0;
    this.settled = false; // whether it is complete, and in its place
    this.place = { x: 0, y: 0, slope: 0 };
    this.group = sheet.appendChild(document.createElementNS(NAMESPACE, "g"));
    this.draw(style);
  }

  /** Keep the first points, and wait for others. @param {number} count */
  takeBack(count) {
    this.points = this.points.slice(0, count);
    this.shown = Math.min(this.shown, count);
    this.draw(this.style);
  }

  /** Take the points of the finished line, of which those that were shown may be others. @param {any[]} points */
  complete(points) {
    const known = this.points;
    const before = (k) => points[k]?.x === known[k].x && points[k].y === known[k].y;
    const isContinued = known.slice(0, this.shown).every((_, k) => before(k));
    this.points = points;
    this.whole = true;
    if (!isContinued) this.shown = points.length;
    this.draw(this.style);
  }

  /** Draw what is shown in a style. @param {string} style */
  draw(style) {
    this.style = style;
    this.tracing = new Tracing(style);
    this.drawn = 0; // pieces that are complete in the document
    this.group.replaceChildren();
    for (const point of this.points.slice(0, this.shown)) this.tracing.add(point);
    this.update();
  }

  /** Show one point more. */
  show() {
    this.tracing.add(this.points[this.shown++]);
  }

  /** Bring the document up to date. */
  update() {
    const { pieces } = this.tracing;
    const { group } = this;
    for (let k = Math.max(this.drawn - 1, 0); k < pieces.length; k++) {
      const path = group.children[k] ?? group.appendChild(document.createElementNS(NAMESPACE, "path"));
      path.setAttribute("class", pieces[k].colour);
      path.setAttribute("d", pieces[k].d);
    }
    this.drawn = pieces.length;
  }
}

/** The sheet of paper. */
export class SheetView {
  /** @param {Element} svg @param {number} writing height of the model's writing, in its units */
  constructor(svg, writing) {
    this.svg = svg;
    this.writing = writing;
    this.advance = 0; // of a character, as measured on lines
    this.lines = [];
    svg.setAttribute("stroke-width", String(PEN_WIDTH * writing));
  }

  /** Take a new sheet for lines of these texts. @param {string[]} texts @param {string} style */
  begin(texts, style) {
    this.svg.replaceChildren();
    this.lines = texts.map((text) => new SheetLine(text, this.svg, style));
    this.width = expectedWidth(texts, this.writing, this.advance);
    this.#fit();
  }

  /** @param {string} style */
  restyle(style) {
    for (const line of this.lines) line.draw(style);
  }

  /**
   * Show what may be shown; return whether everything is shown that has come.
   * @param {import("./pace.mjs").Pace} pace @param {boolean} wholeLines whether to wait for whole lines
   * @returns {boolean}
   */
  reveal(pace, wholeLines) {
    for (const [number, line] of this.lines.entries()) {
      if (line.settled) continue;
      if (wholeLines ? !line.whole : !isSettled(line.points.length, line.whole)) break;
      if (!line.shown) this.#place(line, number);
      const before = line.shown;
      while (line.shown < line.points.length) {
        if (!pace.allows(!line.shown || line.points[line.shown - 1].lifts)) break;
        line.show();
      }
      if (line.shown > before) line.update();
      if (!line.whole || line.shown < line.points.length) return line.shown === line.points.length;
      line.settled = true;
      this.#place(line, number);
      this.advance = extent(line.points) / line.text.length;
    }
    return true;
  }

  /** Make the sheet as wide as its lines are, now that they are known. */
  settle() {
    const widest = Math.max(0, ...this.lines.filter(({ shown }) => shown).map(({ points }) => extent(points)));
    this.width = Math.max(neededWidth(widest, this.writing), expectedWidth([], this.writing, this.advance));
    this.#fit();
  }

  /** Show everything that has come. */
  revealAll() {
    this.lines.forEach((line, number) => {
      if (!line.points.length) return;
      this.#place(line, number);
      while (line.shown < line.points.length) line.show();
      line.update();
    });
  }

  /** What is on the sheet, for files. */
  get content() {
    const lines = this.lines
      .filter(({ shown }) => shown)
      .map((line) => ({
        pieces: line.tracing.pieces,
        points: line.points.slice(0, line.shown),
        text: line.text,
        place: line.place,
      }));
    const widest = Math.max(0, ...lines.map(({ points }) => extent(points)));
    const { writing } = this;
    return { lines, width: neededWidth(widest, writing), height: sheetHeight(lines.length, writing), writing };
  }

  /** @param {SheetLine} line @param {number} number */
  #place(line, number) {
    line.place = placeOf(line.points, line.whole, number, this.writing, this.lines.length > 1);
    line.group.setAttribute("transform", transformOf(line.place));
    this.width = Math.max(this.width, neededWidth(extent(line.points), this.writing));
    this.#fit();
  }

  #fit() {
    this.svg.setAttribute("viewBox", `0 0 ${this.width} ${sheetHeight(this.lines.length, this.writing)}`);
  }
}
