import assert from "node:assert/strict";
import test from "node:test";
import { Palms } from "../../../hwcli/recorder/palms.mjs";

test("fingers write until a pen is seen, which is told once", () => {
  let told = 0;
  const palms = new Palms(() => told++);
  palms.see("touch");
  palms.see("mouse");
  assert.equal(palms.admit("touch"), true);
  palms.see("pen");
  palms.see("pen");
  assert.equal(told, 1);
  assert.deepEqual(
    ["touch", "pen", "mouse"].map((type) => palms.admit(type)),
    [false, true, true],
  );
});

test("the writer can let fingers write again", () => {
  const palms = new Palms(() => {});
  palms.see("pen");
  palms.touchWrites = true;
  palms.see("pen");
  assert.equal(palms.admit("touch"), true);
});

test("a pen takes over from a palm, nothing else takes over", () => {
  const palms = new Palms(() => {});
  assert.equal(palms.replaces("pen", "touch"), true);
  assert.equal(palms.replaces("touch", "touch"), false);
  assert.equal(palms.replaces("touch", "pen"), false);
});
