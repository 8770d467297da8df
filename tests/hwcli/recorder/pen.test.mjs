import assert from "node:assert/strict";
import test from "node:test";
import { Palms } from "../../../hwcli/recorder/palms.mjs";
import { listen } from "../../../hwcli/recorder/pen.mjs";

/** An element that writes down what its pointers do; `fire` sends an event. */
function desk() {
  const [handlers, told] = [{}, []];
  const element = { addEventListener: (name, handler) => (handlers[name] = handler), setPointerCapture() {} };
  const writer = {
    toSheet: (x, y) => ({ x, y }),
    begin: (sample) => told.push(["begin", sample.x]),
    extend: (samples) => told.push(["extend", ...samples.map((sample) => sample.x)]),
    end: () => told.push(["end"]),
    cancel: () => told.push(["cancel"]),
  };
  listen(element, new Palms(() => {}), writer);
  const fire = (name, type, id, x = 0, more = {}) =>
    handlers[name]({
      pointerType: type,
      pointerId: id,
      button: 0,
      clientX: x,
      clientY: 0,
      timeStamp: 0,
      pressure: 0.5,
      ...more,
    });
  return { fire, told };
}

test("all coalesced samples become points", () => {
  const { fire, told } = desk();
  fire("pointerdown", "mouse", 1, 10);
  const [a, b] = [11, 12].map((clientX) => ({ clientX, clientY: 0, timeStamp: 0, pressure: 0.5 }));
  fire("pointermove", "mouse", 1, 12, { getCoalescedEvents: () => [a, b] });
  fire("pointermove", "mouse", 1, 13, { getCoalescedEvents: () => [] });
  fire("pointermove", "mouse", 1, 14);
  fire("pointerup", "mouse", 1, 14);
  fire("lostpointercapture", "mouse", 1, 14);
  assert.deepEqual(told, [["begin", 10], ["extend", 11, 12], ["extend", 13], ["extend", 14], ["end"]]);
});

test("one pointer writes at a time, with its first button", () => {
  const { fire, told } = desk();
  fire("pointerdown", "mouse", 1, 10, { button: 2 });
  fire("pointerdown", "touch", 2, 20);
  fire("pointerdown", "touch", 3, 30);
  fire("pointermove", "touch", 3, 31);
  fire("pointerup", "touch", 3, 31);
  fire("pointerup", "touch", 2, 20);
  assert.deepEqual(told, [["begin", 20], ["end"]]);
});

test("a pen takes a palm's stroke back and writes", () => {
  const { fire, told } = desk();
  fire("pointerdown", "touch", 1, 10);
  fire("pointerdown", "pen", 2, 20);
  fire("pointermove", "touch", 1, 11);
  fire("pointerup", "touch", 1, 11);
  fire("pointerdown", "touch", 3, 30);
  fire("pointerup", "pen", 2, 20);
  fire("pointerdown", "touch", 4, 40);
  assert.deepEqual(told, [["begin", 10], ["cancel"], ["begin", 20], ["end"]]);
});

test("a pen that hovers keeps palms out", () => {
  const { fire, told } = desk();
  fire("pointermove", "pen", 2, 20);
  fire("pointerdown", "touch", 1, 10);
  assert.deepEqual(told, []);
});

test("a stroke whose end was lost ends when its pointer comes down again", () => {
  const { fire, told } = desk();
  fire("pointerdown", "mouse", 1, 10);
  fire("pointerdown", "mouse", 1, 20);
  assert.deepEqual(told, [["begin", 10], ["end"], ["begin", 20]]);
});

test("a stroke that the system cancels is taken back", () => {
  const { fire, told } = desk();
  fire("pointerdown", "touch", 1, 10);
  fire("pointercancel", "touch", 1, 10);
  assert.deepEqual(told, [["begin", 10], ["cancel"]]);
});
