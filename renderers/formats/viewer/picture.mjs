/** A picture: its ink, point by point over all inks, and the views that the styles give of it. */

import { Prediction } from "./mixture.mjs";
import { unpack } from "./unpack.mjs";

const TALL = 1.6; // times the height of the lowest view: taller ones, such as maps, have a box of their own
const MORE = 0.5; // of the size of the writing: room for densities around the ink

/**
 * @typedef {object} Layer paths through points: path p connects the vertices from starts[p] to starts[p + 1]
 * @property {Float64Array} xy two numbers per vertex, in the units of the picture
 * @property {Int32Array} times the point of the picture that each vertex belongs to; -1: there from the start
 * @property {Int32Array} starts @property {Int32Array} pen of each path
 * @property {number} shared paths in an element of SVG
 * @property {[string, number][]} pens colour and width
 * @property {Float64Array | null} controls four numbers per vertex, of the curve that arrives at it
 * @property {object[]} labels @property {object | null} raster
 * @property {[number, number]} origin of its ink in the picture
 */

export class Picture {
  /** @param {object} data as renderers/formats/viewer/card.py writes it @returns {Promise<Picture>} */
  static async of(data) {
    const arrays = await unpack(data.pack);
    let first = 0;
    const inks = data.inks.map((one) => {
      const xy = pairs(arrays[one.points], data.step);
      const ink = {
        first,
        count: xy.length / 2,
        xy, // relative to the ink's corner
        down: arrays[one.down],
        size: one.size,
        characters: one.characters === undefined ? null : arrays[one.characters],
        text: one.text === undefined ? null : Array.from(one.text),
        predictionData: one.prediction ?? null,
        prediction: null,
      };
      first += ink.count;
      return ink;
    });
    return new Picture(
      data,
      inks,
      data.views.map((one) => viewOf(one, inks, arrays, data.step)),
    );
  }

  constructor(data, inks, views) {
    this.title = data.title;
    this.facts = data.facts;
    this.background = data.background;
    this.inks = inks;
    this.views = views;
    this.count = inks.reduce((sum, ink) => sum + ink.count, 0);
    this.size = inks[0].size;
    this.box = commonBox(views, this.size);
  }

  /** Decode the predictions, which a gallery needs of one picture only. @returns {Promise<void>} */
  async decodePredictions() {
    for (const ink of this.inks) {
      if (ink.predictionData !== null) ink.prediction ??= await Prediction.of(ink.predictionData);
    }
  }

  /** Return the part of the plane that is shown of `view`: the same for most views. @returns {Box} */
  boxOf(view) {
    const { box } = this,
      tall = heightOf(view) > TALL * Math.min(...this.views.map(heightOf));
    return tall ? view.box : box;
  }

  /** Return the ink of point `k` and the point's number in it. @param {number} k */
  at(k) {
    const ink = this.inks.findLast((one) => one.first <= k) ?? this.inks[0];
    return { ink, own: k - ink.first };
  }

  /** Return where point `k` lies in `view`. @param {object} view @param {number} k @returns {[number, number]} */
  place(view, k) {
    const { ink, own } = this.at(k);
    const [x, y] = view.origins[this.inks.indexOf(ink)];
    return [x + ink.xy[2 * own], y + ink.xy[2 * own + 1]];
  }

  /**
   * Return the mixture of point `k` around the point before it, in `view`; empty without a prediction.
   * @returns {import("./mixture.mjs").Component[]}
   */
  mixture(view, k) {
    if (k >= this.count || k < 0) return [];
    const { ink, own } = this.at(k);
    if (ink.prediction === null || own === 0) return [];
    const [x, y] = this.place(view, k - 1);
    return ink.prediction.components(own).map((one) => ({ ...one, x: one.x + x, y: one.y + y }));
  }

  /** Return the probability that point `k` ends its stroke; null where it is not known. */
  eos(k) {
    if (k >= this.count || k < 0) return null;
    const { ink, own } = this.at(k);
    return ink.prediction === null ? null : ink.prediction.eos(own);
  }
}

/** @typedef {{left: number, top: number, right: number, bottom: number}} Box */

function viewOf(data, inks, arrays, step) {
  const origins = [];
  const layers = data.layers.map((one) => {
    const ink = one.ink === undefined ? null : inks[one.ink];
    if (ink !== null) origins[one.ink] = one.origin;
    const own = arrays[one.times];
    const relative = one.vertices === undefined ? gathered(ink.xy, own) : pairs(arrays[one.vertices], step);
    const xy = relative.map((value, k) => value + one.origin[k % 2]);
    return {
      xy,
      times: Int32Array.from(own, (time) => (ink === null ? -1 : time + ink.first)),
      starts: sums(arrays[one.lengths]),
      pen: arrays[one.pen],
      shared: one.shared,
      pens: one.pens.map(([color, width]) => [color, width * step]),
      controls: one.controls === undefined ? null : absolute(arrays[one.controls], xy, step),
      labels: one.labels ?? [],
      raster: one.raster ? image(one.raster, arrays) : null,
      origin: one.origin,
    };
  });
  const [left, top] = data.corner,
    [width, height] = data.sides;
  const box = { left, top, right: left + width / data.scale, bottom: top + height / data.scale };
  return {
    name: data.name,
    scale: data.scale,
    sides: data.sides,
    unit: data.unit,
    marks: data.marks,
    box,
    layers,
    origins,
  };
}

/** @returns {object} an image, or with `gamma` the colours of a density */
function image(raster, arrays) {
  const table = arrays[raster.table];
  if (raster.gamma !== undefined) return { table, gamma: raster.gamma };
  const [left, top, right, bottom] = raster.bounds;
  const box = { left, top, right, bottom };
  return { table, pixels: arrays[raster.pixels], rows: raster.rows, columns: raster.columns, box };
}

/** Return x, y, x, y, … of all x and then all y, in steps. */
function pairs(steps, step) {
  const count = steps.length / 2;
  return Float64Array.from({ length: steps.length }, (_, k) => steps[(k >> 1) + (k % 2) * count] * step);
}

function gathered(xy, indices) {
  return Float64Array.from({ length: 2 * indices.length }, (_, k) => xy[2 * indices[k >> 1] + (k % 2)]);
}

/** Return control points, four numbers per vertex, of all first numbers, then all second ones, …, in steps. */
function absolute(steps, xy, step) {
  const count = xy.length / 2;
  return Float64Array.from({ length: 4 * count }, (_, k) => {
    const vertex = k >> 2;
    return steps[vertex + (k % 4) * count] * step + xy[2 * vertex + (k % 2)];
  });
}

function sums(lengths) {
  const starts = new Int32Array(lengths.length + 1);
  for (let k = 0; k < lengths.length; k++) starts[k + 1] = starts[k] + lengths[k];
  return starts;
}

/**
 * Return what most views show, so that the ink stays where it is when another is chosen. Densities of the far end of
 * a jump are cut off: they would make the ink small.
 */
function commonBox(views, size) {
  const lowest = Math.min(...views.map(heightOf));
  const [first, ...others] = views.filter((one) => heightOf(one) <= TALL * lowest);
  const shown = others
    .filter((one) => !isHeatMap(one))
    .map((one) => one.box)
    .reduce(joined, first.box);
  const wide = others
    .filter(isHeatMap)
    .map((one) => one.box)
    .reduce(joined, shown);
  const more = MORE * size;
  return {
    left: Math.max(wide.left, shown.left - more),
    top: Math.max(wide.top, shown.top - more),
    right: Math.min(wide.right, shown.right + more),
    bottom: Math.min(wide.bottom, shown.bottom + more),
  };
}

function heightOf({ box }) {
  return box.bottom - box.top;
}

/** @returns {boolean} whether the style of a view draws the densities of all points */
export function isHeatMap(one) {
  return one.layers.some(({ raster }) => raster?.gamma !== undefined);
}

/** @param {Box} one @param {Box} other @returns {Box} */
function joined(one, other) {
  return {
    left: Math.min(one.left, other.left),
    top: Math.min(one.top, other.top),
    right: Math.max(one.right, other.right),
    bottom: Math.max(one.bottom, other.bottom),
  };
}
