/** The soft window over text (Graves 2013, equations 46-51); its twin is hwcli/engine/text_window.py. */

const LARGEST = 5; // bounds alpha^, beta^ and kappa^, as in hwcli/model/shape.py
const LEAST = -60; // exponents below are negligible

export class TextWindow {
  /** @param {number} gaussians @param {Float32Array} vector the window vector, which steps write */
  constructor(gaussians, vector) {
    this.gaussians = gaussians;
    this.vector = vector;
    this.kappa = new Float64Array(gaussians);
    this.look([]);
  }

  /** Stand over a text, at the present position. @param {number[]} codes of characters */
  look(codes) {
    this.codes = codes;
    this.phi = new Float64Array(codes.length + 1); // from the first character to after the last
  }

  /**
   * Advance by alpha^, beta^ and kappa^ of all Gaussians in `raw`, without their biases.
   * @param {Float32Array} raw @param {Float32Array} bias
   */
  step(raw, bias) {
    const { gaussians, phi, codes, kappa, vector } = this;
    phi.fill(0);
    for (let k = 0; k < gaussians; k++) {
      const alpha = Math.min(raw[k] + bias[k], LARGEST);
      const beta = Math.exp(Math.min(raw[gaussians + k] + bias[gaussians + k], LARGEST));
      kappa[k] += Math.exp(Math.min(raw[2 * gaussians + k] + bias[2 * gaussians + k], LARGEST));
      for (let u = 0; u < phi.length; u++) {
        const away = kappa[k] - u - 1;
        const exponent = alpha - beta * away * away;
        if (exponent > LEAST) phi[u] += Math.exp(exponent);
      }
    }
    vector.fill(0);
    for (let u = 0; u < codes.length; u++) vector[codes[u]] += phi[u];
  }

  /** The position with the most weight, from 0; the text's length after its end. @returns {number} */
  get attended() {
    const end = this.codes.length;
    if (this.kappa.every((place) => place > end + 1)) return end;
    let most = 0;
    for (let u = 1; u <= end; u++) if (this.phi[u] > this.phi[most]) most = u;
    return most;
  }
}
