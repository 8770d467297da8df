import assert from "node:assert/strict";
import test from "node:test";

import { ellipse, Prediction } from "../../../../renderers/formats/viewer/mixture.mjs";

const LIMITS = { pi: [Math.log(0.01), 0], sigma: [0, Math.log(4)] };

function prediction() {
  return new Prediction(
    {
      kept: Uint16Array.of(0, 2, 1),
      eos: Uint16Array.of(65535, 0, 13107),
      pi: Uint8Array.of(255, 0, 255),
      muX: Int16Array.of(8, -16, 0),
      muY: Int16Array.of(0, 4, 0),
      sigmaX: Uint8Array.of(0, 255, 0),
      sigmaY: Uint8Array.of(255, 0, 0),
      rho: Int8Array.of(0, 127, -64),
    },
    8,
    LIMITS,
  );
}

test("codes become components", () => {
  const near = (one, other) => assert.ok(Math.abs(one - other) < 1e-9, `${one} is not ${other}`);
  assert.deepEqual(prediction().components(0), []);
  const [first, second] = prediction().components(1);
  near(first.pi, 1);
  near(first.x, 1); // 8 eighths of 1
  near(first.sy, 4);
  near(second.pi, 0.01);
  near(second.x, -8); // −16 eighths of 4
  near(second.y, 0.5);
  near(second.rho, Math.sin((127 * Math.PI) / 254));
  assert.equal(prediction().components(2).length, 1);
  assert.deepEqual(
    [0, 1, 2].map((k) => Number(prediction().eos(k).toFixed(4))),
    [1, 0, 0.2],
  );
});

test("an ellipse has the axes of its Gaussian", () => {
  const round = ({ long, short, angle }) => [long, short, angle].map((value) => Number(value.toFixed(6)));
  assert.deepEqual(round(ellipse({ sx: 3, sy: 1, rho: 0 })), [3, 1, 0]);
  assert.deepEqual(round(ellipse({ sx: 1, sy: 3, rho: 0 })), [3, 1, Number((Math.PI / 2).toFixed(6))]);
  const diagonal = ellipse({ sx: 1, sy: 1, rho: 0.6 });
  assert.deepEqual(
    round(diagonal),
    [1.6, 0.4]
      .map(Math.sqrt)
      .concat(Math.PI / 4)
      .map((v) => Number(v.toFixed(6))),
  );
  assert.equal(ellipse({ sx: 1, sy: 1, rho: 1 }).short, 0);
});
