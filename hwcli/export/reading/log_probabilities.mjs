/**
 * Numbers of a line, a row per frame.
 * @typedef {{frames: number, classes: number, values: Float64Array}} Logs
 */

/** @param {Float32Array[]} logits of each frame @returns {Logs} log-probabilities */
export function logProbabilities(logits) {
  const classes = logits[0].length;
  const values = new Float64Array(logits.length * classes);
  for (const [t, row] of logits.entries()) {
    const most = Math.max(...row);
    const sum = Math.log(row.reduce((total, logit) => total + Math.exp(logit - most), 0));
    for (let k = 0; k < classes; k++) values[t * classes + k] = row[k] - most - sum;
  }
  return { frames: logits.length, classes, values };
}
