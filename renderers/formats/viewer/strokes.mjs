/** Drawing the paths of a view on a canvas: up to a point at once, or point by point. */

/** The lines and curves of all layers of a view, in the order of time. */
export class Strokes {
  /** @param {{layers: import("./picture.mjs").Layer[]}} view */
  constructor(view) {
    this.layers = view.layers;
    const pieces = [];
    view.layers.forEach((layer, which) => {
      for (let path = 0; path < layer.pen.length; path++) {
        const first = layer.starts[path],
          end = layer.starts[path + 1];
        const isDot = end - first === 1;
        for (let vertex = isDot ? first : first + 1; vertex < end; vertex++) {
          pieces.push({ which, path, vertex, isDot, time: layer.times[vertex] });
        }
      }
    });
    this.pieces = pieces.sort((one, other) => one.time - other.time);
  }

  /**
   * Draw all that is written with `points` points, later pens over earlier ones as in other pictures.
   * @param {CanvasRenderingContext2D} context @param {number} points @param {(color: string) => string} colour
   */
  drawUntil(context, points, colour) {
    const groups = new Map();
    for (const piece of this.pieces) {
      if (piece.time >= points) break;
      const key = piece.which * 65536 + this.layers[piece.which].pen[piece.path];
      if (!groups.has(key)) groups.set(key, []);
      groups.get(key).push(piece);
    }
    for (const key of [...groups.keys()].sort((one, other) => one - other))
      this.#draw(context, groups.get(key), colour);
  }

  /** Draw what comes between `from` and `to` points, in the order of time. */
  drawBetween(context, from, to, colour) {
    let run = [];
    for (let k = this.#first(from); k < this.pieces.length && this.pieces[k].time < to; k++) {
      const piece = this.pieces[k],
        before = run.at(-1);
      if (before && (before.which !== piece.which || this.#penOf(before) !== this.#penOf(piece))) {
        this.#draw(context, run, colour);
        run = [];
      }
      run.push(piece);
    }
    if (run.length) this.#draw(context, run, colour);
  }

  #penOf(piece) {
    return this.layers[piece.which].pen[piece.path];
  }

  #first(time) {
    let low = 0,
      high = this.pieces.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.pieces[middle].time < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Draw pieces of one pen as one path. */
  #draw(context, pieces, colour) {
    const { xy, controls, pens } = this.layers[pieces[0].which];
    const [color, width] = pens[this.#penOf(pieces[0])];
    context.strokeStyle = colour(color);
    context.lineWidth = width;
    context.beginPath();
    let last = -1;
    for (const { vertex, isDot } of pieces) {
      const x = xy[2 * vertex],
        y = xy[2 * vertex + 1];
      const from = isDot ? vertex : vertex - 1;
      if (from !== last || isDot) context.moveTo(xy[2 * from], xy[2 * from + 1]);
      if (controls === null || isDot) context.lineTo(x, y);
      else context.bezierCurveTo(...controls.subarray(4 * vertex, 4 * vertex + 4), x, y);
      last = vertex;
    }
    context.stroke();
  }
}

/** Draw the labels of a view. @param {CanvasRenderingContext2D} context */
export function drawLabels(context, view, colour) {
  for (const layer of view.layers) {
    for (const label of layer.labels) {
      context.fillStyle = colour(label.color);
      context.textAlign = label.anchor === "middle" ? "center" : label.anchor;
      // the size of a font in a transformed canvas may be far below a pixel: some browsers round it up
      const scale = label.size / 100;
      context.save();
      context.translate(label.x, label.y);
      context.scale(scale, scale);
      context.font = "100px sans-serif";
      context.fillText(label.text, 0, 0);
      context.restore();
    }
  }
}
