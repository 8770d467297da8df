import { LineWriter } from "./line_writer.mjs";
import { inflated, unpacked } from "./model.mjs";
import { completedPoints, drafted } from "./reading/drafts.mjs";
import { LineReader } from "./reading/line_reader.mjs";

const SLICE_MS = 12; // of writing, between looks at what was asked for
const LEAST_PRIME = 4; // characters: fewer show too little of a hand

/**
 * The part of the page that computes: it answers messages, in a worker or beside the page's own script.
 *
 * In: `model` {about, weights, reader}, `write` {job, lines, seed, bias, hand, space, tries}, `pause` {on}, `stop`;
 * a line is {codes, spelling}. Out: `ready` {simd}, `points` {job, line, points}, `back` {job, line, points}, when no
 * more than so many points of a line are kept, `line` {job, line, finished, faults, tries, points}, `done` {job}, `failed` {message}.
 */
export class Service {
  /**
   * @param {(message: any) => void} post
   * @param {(call: () => void) => void} later calls a function after what else there is to do
   */
  constructor(post, later = afterMessages()) {
    Object.assign(this, { post, later, paused: false, scheduled: false, shapes: {} });
    this.reader = null;
    this.awaited = false; // whether the reader is still being unpacked
  }

  /** @param {any} message */
  receive(message) {
    if (message.kind === "model") this.#load(message).catch((error) => this.#fail(error));
    if (message.kind === "write") this.work = { job: message.job, steps: this.#written(message) };
    if (message.kind === "stop") this.work = null;
    if (message.kind === "pause") this.paused = message.on;
    if (message.kind === "write") this.paused = false;
    this.#schedule();
  }

  async #load({ about, weights, reader }) {
    this.shapes = about.shapes;
    this.model = unpacked(about, await inflated(weights, about.bits));
    this.writer = new LineWriter(this.model);
    this.post({ kind: "ready", simd: Boolean(this.writer.engine.products.simd) });
    this.awaited = Boolean(about.reader);
    this.#schedule();
    if (!this.awaited) return;
    this.reader = LineReader.unpacked(about.reader, await inflated(reader, about.reader.bits));
    this.awaited = false;
  }

  /** Yield what to post for each step of a text; the first line is the hand of those after it if none is given. */
  *#written({ job, lines, seed, bias, hand, space, tries }) {
    const { model, writer } = this;
    const reader = () => this.#readerComes();
    let prime = model.hands.get(hand) ?? null;
    for (const [line, { codes, spelling }] of lines.entries()) {
      const write = (attempt, passage) =>
        writer.write(codes, [seed, line, ...(attempt ? [attempt] : [])], bias, prime, passage);
      const steps = drafted(write, reader, spelling, tries);
      let step = steps.next();
      for (; !step.done; step = steps.next()) {
        const { value } = step;
        if (value === "waiting") yield value;
        else yield value && "back" in value ? { kind: "back", job, line, points: value.back } : { line, point: value };
      }
      const draft = step.value;
      const points = yield* completedPoints(draft, spelling, reader, [seed, line], this.shapes);
      const { finished, faults, tries: taken } = draft;
      yield { kind: "line", job, line, finished, faults, tries: taken, points };
      if (!prime && space >= 0 && codes.length >= LEAST_PRIME) prime = { codes: [...codes, space], rows: draft.rows };
    }
    yield { kind: "done", job };
  }

  /** Return the reader, null if there is none; yields "waiting" until it is unpacked. */
  *#readerComes() {
    while (this.awaited) yield "waiting";
    return this.reader;
  }

  #schedule() {
    if (!this.work || !this.writer || this.paused || this.scheduled) return;
    this.scheduled = true;
    this.later(() => this.#slice());
  }

  #slice() {
    this.scheduled = false;
    if (!this.work || this.paused) return;
    const { job, steps } = this.work;
    let points = [];
    let line = 0;
    const send = () => {
      if (points.length) this.post({ kind: "points", job, line, points });
      points = [];
    };
    try {
      for (const end = performance.now() + SLICE_MS; performance.now() < end;) {
        const { value, done } = steps.next();
        if (done) this.work = null;
        if (done || value === "waiting") break;
        if (value?.kind) {
          send();
          this.post(value);
        } else if (value?.point) {
          line = value.line;
          points.push(value.point);
        }
      }
      send();
      this.#schedule();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error) {
    this.work = null;
    this.post({ kind: "failed", message: String(error?.message ?? error) });
  }
}

/** @returns {(call: () => void) => void} that has none of the delay of timers */
function afterMessages() {
  const channel = new MessageChannel();
  const calls = [];
  channel.port1.onmessage = () => calls.shift()();
  return (call) => {
    calls.push(call);
    channel.port2.postMessage(null);
  };
}

/**
 * Start a service in a worker, or in this script where the browser denies one, and give it the model.
 * @param {string} script of the page @param {{about: any, weights: string, reader: string}} model
 * @param {(message: any) => void} receive what it posts
 * @returns {{send: (message: any) => void}}
 */
export function startService(script, model, receive) {
  const service = { send: null };
  const waiting = []; // what was sent before a worker was ready
  const startHere = () => {
    const here = new Service((message) => queueMicrotask(() => receive(message)));
    service.send = (message) => here.receive(message);
    for (const message of [{ kind: "model", ...model }, ...waiting]) here.receive(message);
  };
  try {
    const address = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
    const worker = new Worker(address);
    let ready = false;
    service.send = (message) => {
      if (!ready) waiting.push(message);
      worker.postMessage(message);
    };
    worker.onmessage = ({ data }) => {
      if (!ready) URL.revokeObjectURL(address);
      ready = true;
      receive(data);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      worker.terminate();
      if (ready) receive({ kind: "failed", message: event.message || "the worker ended" });
      else startHere();
    };
    worker.postMessage({ kind: "model", ...model });
  } catch {
    startHere();
  }
  return service;
}

/** Answer messages as a worker. */
export function serve() {
  const service = new Service((message) => postMessage(message));
  addEventListener("message", ({ data }) => service.receive(data));
}
