import { copy, download } from "../../renderers/web/hand_over.mjs";
import { ndjsonFile, pngFile, svgFile } from "./files.mjs";
import { Pace } from "./pace.mjs";
import { faultsInWords, linesInWords } from "./reading/in_words.mjs";
import { serve, startService } from "./service.mjs";
import { FIRST, freshSeed, fromHash, isSeed, toHash } from "./settings.mjs";
import { SheetView } from "./sheet_view.mjs";
import { codesOf, spelledLine } from "./spelling.mjs";
import { writableLines } from "./text_lines.mjs";

const TYPING_MS = 500; // without a key, after which a text is written
const FIELDS = ["text", "hand", "bias", "seed", "style", "pace", "tries", "width"];
const DRAWN_ANEW = new Set(["style", "pace"]); // settings that do not change the ink
const FILES = {
  svg: { make: svgFile, type: "image/svg+xml" },
  png: { make: pngFile, type: "image/png" },
  ndjson: { make: ndjsonFile, type: "application/x-ndjson" },
};

/** @param {string} id @returns {any} the element of the page */
const at = (id) => document.getElementById(id);

/** The page: what it does with what people choose, and what it says. */
class WriterPage {
  /** @param {any} about the model, as hwcli/export/page.py describes it */
  constructor(about) {
    this.about = about;
    this.first = { ...FIRST, hand: about.hand }; // the settings of a link without any
    this.view = new SheetView(at("sheet"), about.writing);
    this.job = 0; // number of the text that is written; messages about earlier ones are late
    this.state = "starting"; // then writing, done, stopped, empty or failed
    this.paused = false;
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
    this.frame = 0;
    this.typing = 0;
  }

  start() {
    const [weights, reader] = [at("weights"), at("reader")].map((block) => {
      block.remove();
      return block.textContent;
    });
    const script = at("script").textContent;
    this.fill(fromHash(location.hash, this.choices, this.first));
    this.service = startService(script, { about: this.about, weights, reader }, (message) => this.receive(message));
    this.bind();
    this.write();
  }

  // ---- settings

  get choices() {
    const values = (id) => [...at(id).options].map(({ value }) => value);
    return { hand: values("hand"), style: values("style"), pace: values("pace") };
  }

  /** Show settings in the form. @param {import("./settings.mjs").Settings} settings */
  fill(settings) {
    for (const id of FIELDS) at(id).value = settings[id];
    this.settings = settings;
    at("bias-shown").value = Number(settings.bias).toFixed(1);
  }

  /** @returns {import("./settings.mjs").Settings | null} what the form says; null if a number is out of range */
  get chosen() {
    const given = Object.fromEntries(FIELDS.map((id) => [id, at(id).value]));
    const [tries, width] = ["tries", "width"].map((id) => {
      const isValid = at(id).checkValidity() && at(id).value !== "";
      at(id).setAttribute("aria-invalid", String(!isValid));
      return isValid ? Number(given[id]) : null;
    });
    at("seed").setAttribute("aria-invalid", String(!isSeed(given.seed)));
    if (tries === null || width === null || !isSeed(given.seed)) return null;
    return { ...given, bias: Number(given.bias), tries, width };
  }

  // ---- writing

  /** Write what the form says. */
  write() {
    clearTimeout(this.typing);
    const settings = this.chosen;
    if (!settings) {
      return this.note([
        "A seed is a whole number below 2^63, there are 1 to 50 tries, and a line has 8 to 120 characters.",
      ]);
    }
    this.settings = settings;
    this.link();
    const { alphabet, substitutes, recipes } = this.about;
    const { lines, notes } = writableLines(settings.text, settings.width, alphabet, substitutes, recipes);
    this.note(notes);
    this.job++;
    this.view.begin(lines, settings.style);
    at("sheet").setAttribute("aria-label", lines.length ? `Handwriting: ${lines.join(" ")}` : "An empty sheet");
    this.pace = new Pace(Number(settings.pace));
    this.pause(false);
    this.faults = new Map(); // of lines, by their numbers
    this.again = 0; // lines that were written anew
    if (!lines.length) {
      this.service.send({ kind: "stop" });
      return this.become("empty", "");
    }
    const { hand, bias, seed, tries } = settings;
    const spelledLines = lines.map((line) => spelledLine(line, recipes));
    this.service.send({
      kind: "write",
      job: this.job,
      lines: spelledLines.map((spelling) => ({ codes: codesOf(spelling.written, alphabet), spelling })),
      seed: BigInt(seed),
      bias,
      hand,
      tries,
      space: alphabet.indexOf(" "),
    });
    this.become("writing", lines.length > 1 ? `Writing ${lines.length} lines` : "Writing");
    this.animate();
  }

  /** @param {any} message of the service */
  receive(message) {
    if (message.kind === "ready") document.body.dataset.engine = message.simd ? "simd" : "plain";
    if (message.kind === "failed") this.become("failed", `The writing failed: ${message.message}.`);
    if (message.job !== this.job || this.state === "stopped") return;
    const line = this.view.lines[message.line];
    if (message.kind === "points") for (const point of message.points) line.points.push(point);
    if (message.kind === "back") line.takeBack(message.points);
    if (message.kind === "line") {
      line.complete(message.points);
      if (message.tries > 1) this.again++;
      if (message.faults.length) this.faults.set(message.line, message.faults);
    }
    if (message.kind === "done") this.computed = this.job;
    this.animate();
  }

  animate() {
    if (!this.frame) this.frame = requestAnimationFrame((now) => this.show(now));
  }

  /** Show what has come. @param {number} now in ms */
  show(now) {
    this.frame = 0;
    if (this.state !== "writing") return;
    this.pace.tick(now, this.paused);
    if (this.paused) return;
    const all = this.view.reveal(this.pace, this.still.matches || this.pace.times > 0);
    if (all && this.computed === this.job) return this.end();
    if (all) this.pace.rest();
    this.animate();
  }

  end() {
    const { lines } = this.view;
    this.view.settle();
    const points = lines.reduce((sum, line) => sum + line.points.length, 0);
    const count = lines.length > 1 ? `${lines.length} lines, ` : "";
    const bad = this.faults.size ? ` ${faultsInWords(this.faults, lines)} Try another seed.` : "";
    const again = this.again ? ` ${linesInWords(this.again, lines.length)}` : "";
    this.become(
      "done",
      `Written: ${count}${points.toLocaleString("en")} points.${this.faults.size ? "" : again}${bad}`,
    );
  }

  /** @param {boolean} on */
  pause(on) {
    this.paused = on;
    at("pause").textContent = on ? "Continue" : "Pause";
    this.service?.send({ kind: "pause", on });
    if (!on) this.animate();
  }

  stop() {
    this.service.send({ kind: "stop" });
    this.view.revealAll();
    this.view.settle();
    this.become("stopped", "Stopped.");
  }

  another() {
    at("seed").value = freshSeed();
    this.write();
  }

  // ---- handing over

  get kind() {
    return at("kind").value;
  }

  get file() {
    return FILES[this.kind].make({ ...this.view.content, model: this.about.name, seed: this.settings.seed });
  }

  async save() {
    const content = await this.file;
    if (!content) return this.say("This browser could not make the picture. Save it as SVG.");
    download(content, `handwriting.${this.kind}`, FILES[this.kind].type);
    this.say(`Saved handwriting.${this.kind}`);
  }

  async copy() {
    const done = this.kind === "png" ? await this.copyPicture() : await copy(this.file);
    const denied = "This browser does not let the page copy it. Save it instead.";
    this.say(done ? `Copied as ${this.kind.toUpperCase()}` : denied);
  }

  /** @returns {Promise<boolean>} */
  async copyPicture() {
    try {
      await navigator.clipboard.write([new ClipboardItem({ "image/png": this.file })]);
      return true;
    } catch {
      return false;
    }
  }

  async copyLink() {
    const done = await copy(location.href);
    const denied = "This browser does not let the page copy. Take the link from its address bar.";
    this.say(done ? "Copied the link: it holds the text and all settings" : denied);
  }

  /** Put the settings into the page's address. */
  link() {
    const hash = toHash(this.settings, this.first);
    try {
      history.replaceState(null, "", hash);
    } catch {
      location.hash = hash; // some browsers keep the history of files from pages
    }
  }

  // ---- what the page shows

  /** @param {string[]} sentences */
  note(sentences) {
    at("note").textContent = sentences.join(" ");
    at("note").hidden = !sentences.length;
  }

  say(text) {
    at("handed").textContent = text;
  }

  /** @param {string} state @param {string} text */
  become(state, text) {
    this.state = state;
    document.body.dataset.state = state;
    document.body.dataset.job = String(this.job);
    at("status").textContent = text;
    this.say("");
    enable("pause", state === "writing");
    enable("stop", state === "writing");
    for (const id of ["save", "copy"]) enable(id, state === "done" || state === "stopped");
  }

  // ---- what people do

  bind() {
    const actions = {
      write: () => this.write(),
      another: () => this.another(),
      pause: () => this.pause(!this.paused),
      stop: () => this.stop(),
      save: () => this.save(),
      copy: () => this.copy(),
      link: () => this.copyLink(),
    };
    for (const [id, action] of Object.entries(actions)) at(id).addEventListener("click", unlessDisabled(action));
    for (const id of FIELDS) at(id).addEventListener("input", () => this.changed(id));
    at("text").addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.write();
    });
    addEventListener("hashchange", () => {
      if (location.hash === toHash(this.settings, this.first)) return;
      this.fill(fromHash(location.hash, this.choices, this.first));
      this.write();
    });
  }

  /** @param {string} id of the field that was changed */
  changed(id) {
    at("bias-shown").value = Number(at("bias").value).toFixed(1);
    clearTimeout(this.typing);
    if (!DRAWN_ANEW.has(id)) return (this.typing = setTimeout(() => this.write(), TYPING_MS));
    this.settings = { ...this.settings, [id]: at(id).value };
    this.link();
    this.pace = new Pace(Number(this.settings.pace));
    if (id === "style") this.view.restyle(this.settings.style);
  }
}

/** @param {string} id @param {boolean} on: a button that is off keeps the focus, so that keys stay where they are */
function enable(id, on) {
  at(id).setAttribute("aria-disabled", String(!on));
}

/** @param {() => void} action @returns {(event: Event) => void} */
function unlessDisabled(action) {
  return (event) => event.currentTarget.getAttribute("aria-disabled") !== "true" && action();
}

// the same script is the page's and its worker's
if (typeof document === "undefined") serve();
else new WriterPage(JSON.parse(at("about").textContent)).start();
