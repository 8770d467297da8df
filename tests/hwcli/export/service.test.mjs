import assert from "node:assert/strict";
import test from "node:test";
import { Service } from "../../../hwcli/export/service.mjs";
import { spelledLine } from "../../../hwcli/export/spelling.mjs";

/** A service whose lines have 3000 points, or that fails. */
function serviceOf(messages, failing = false) {
  const service = new Service((message) => messages.push(message), setImmediate);
  service.model = { hands: new Map() };
  service.writer = {
    primes: [],
    *write(_codes, _entropy, _bias, prime) {
      this.primes.push(prime && [...prime.codes]);
      for (let k = 0; k < 3000; k++) {
        if (failing && k === 5) throw new Error("no more ink");
        for (const end = performance.now() + 0.02; performance.now() < end;);
        yield { x: k, y: 0, lifts: false, character: 0, eos: 0 };
      }
      return { points: [], rows: new Float32Array(3), starts: new Map(), finished: true };
    },
  };
  return service;
}

/** A line of one letter per code. */
function line(codes) {
  const text = "a".repeat(codes.length);
  return { codes, spelling: spelledLine(text, {}) };
}

const WRITE = {
  kind: "write",
  job: 1,
  lines: [line([1, 2, 3, 4]), line([5])],
  seed: 1n,
  bias: 1,
  hand: "",
  space: 0,
  tries: 1,
};
const rest = (ms = 0) =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
const points = (messages) =>
  messages.filter(({ kind }) => kind === "points").reduce((sum, { points: some }) => sum + some.length, 0);
const done = async (messages) => {
  while (!["done", "failed"].includes(messages.at(-1)?.kind)) await rest(5);
};

test("all points of all lines come in order, and then that they were all", async () => {
  const messages = [];
  const service = serviceOf(messages);
  service.receive(WRITE);
  await done(messages);
  assert.equal(points(messages), 6000);
  assert.deepEqual(
    messages.filter(({ kind }) => kind !== "points").map(({ kind }) => kind),
    ["line", "line", "done"],
  );
  assert.deepEqual(service.writer.primes, [null, [1, 2, 3, 4, 0]], "the first line is the hand of the second");
  assert.ok(messages.length > 6, "points come as they are computed");
});

test("writing pauses, continues and stops", async () => {
  const messages = [];
  const service = serviceOf(messages);
  service.receive(WRITE);
  await rest(20);
  service.receive({ kind: "pause", on: true });
  await rest(30);
  const before = points(messages);
  await rest(60);
  assert.equal(points(messages), before);
  assert.ok(before < 6000);
  service.receive({ kind: "pause", on: false });
  await rest(60);
  assert.ok(points(messages) > before);
  service.receive({ kind: "stop" });
  await rest(30);
  const stopped = points(messages);
  await rest(60);
  assert.equal(points(messages), stopped);
});

test("another text takes the place of one that is being written", async () => {
  const messages = [];
  const service = serviceOf(messages);
  service.receive(WRITE);
  await rest(20);
  service.receive({ ...WRITE, job: 2, lines: [line([1])] });
  await done(messages);
  assert.deepEqual(
    messages.filter(({ kind }) => kind === "done"),
    [{ kind: "done", job: 2 }],
  );
});

test("a failure is said, and not more", async () => {
  const messages = [];
  const service = serviceOf(messages, true);
  service.receive(WRITE);
  await done(messages);
  assert.deepEqual(messages.at(-1), { kind: "failed", message: "no more ink" });
  service.receive({ kind: "model", about: { hands: [], sizes: [] }, weights: "AAAA" });
  while (messages.at(-1).message === "no more ink") await rest(5);
  assert.equal(messages.at(-1).kind, "failed", "weights that cannot be unpacked");
});
