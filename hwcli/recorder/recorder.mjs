import { Book } from "./book.mjs";
import { canShare, copy, download, share } from "../../renderers/web/hand_over.mjs";
import { Keeper } from "./keeper.mjs";
import { Palms } from "./palms.mjs";
import { listen } from "./pen.mjs";
import { handName, ndjson } from "./rows.mjs";
import { Sheet } from "./sheet.mjs";
import { makeSteps, markSteps } from "./steps.mjs";

const REST_MS = 900; // a pen that is up for longer has finished a word
const ABOUT = "about"; // the name under which the browser keeps everything but the lines

/** @param {string} id @returns {any} the element of the page */
const at = (id) => document.getElementById(id);

/** The page: what its buttons do, and what it says. */
class Recorder {
  /** @param {{key: string, prompts: string[]}} page */
  constructor({ key, prompts }) {
    this.key = key;
    this.prompts = prompts;
    this.book = new Book(prompts.length);
    this.resting = 0;
    this.unsaved = false;
    this.note = ""; // said at the end of a stroke
    this.sheet = new Sheet(at("canvas"), Math.max(...prompts.map((prompt) => prompt.length)));
    this.sheet.onSlide = () => this.offerSliding();
    this.palms = new Palms(() => this.penSeen());
  }

  async start() {
    this.keeper = await Keeper.open(this.key);
    if (!this.keeper) this.keepsNothing();
    await this.restore();
    makeSteps(at("steps"), this.prompts.length, (index) => this.go(index));
    this.bind();
    this.show();
    at("share").hidden = !canShare();
    document.body.dataset.ready = "yes";
  }

  // ---- what the browser keeps

  async restore() {
    const kept = (await this.keeper?.all()) ?? new Map();
    this.book.restore(kept);
    const { index, writer, size } = kept.get(ABOUT) ?? {};
    this.book.open(index);
    if (typeof writer === "string") at("writer").value = writer;
    const choice = document.querySelector(`[name=size][value="${Number(size) || 1}"]`);
    if (choice) choice.checked = true;
    this.sheet.factor = this.size;
  }

  keepLine() {
    this.unsaved = true;
    this.keep(this.book.index, this.book.line);
  }

  keepAbout() {
    this.keep(ABOUT, { index: this.book.index, writer: at("writer").value, size: this.size });
  }

  async keep(name, value) {
    try {
      await this.keeper?.put(name, value);
    } catch {
      this.keepsNothing();
    }
  }

  /** Say that there is no storage, or no room left in it. */
  keepsNothing() {
    at("denied").hidden = false;
    at("kept").hidden = true;
  }

  // ---- which line

  get prompt() {
    return this.prompts[this.book.index];
  }

  get number() {
    return `Line ${this.book.index + 1} of ${this.prompts.length}`;
  }

  go(index) {
    if (!this.book.open(index)) return;
    this.show();
    this.say(`${this.number}: ${this.prompt}`);
  }

  next() {
    if (this.book.index + 1 < this.prompts.length) return this.go(this.book.index + 1);
    const { empty } = this.book;
    at("save-title").focus();
    this.say(empty.length ? `Still empty: ${empty.join(", ")}` : "All lines are written. Save your ink.");
  }

  /** Show the open line. */
  show() {
    clearTimeout(this.resting);
    at("which").textContent = this.number;
    at("prompt").textContent = this.prompt;
    at("next").textContent = this.book.index + 1 < this.prompts.length ? "Next line" : "Finish";
    this.sheet.show(this.book.line, this.prompt.length);
    this.refresh();
    at("steps").children[this.book.index].scrollIntoView({ block: "nearest", inline: "nearest" });
    this.keepAbout();
  }

  // ---- writing

  /** @returns {import("./pen.mjs").Writer} */
  get writer() {
    return {
      toSheet: (x, y) => this.sheet.toLine(x, y),
      begin: (sample) => {
        clearTimeout(this.resting);
        this.sheet.hold();
        this.book.begin(sample);
        this.sheet.paintLast(1);
      },
      extend: (samples) => {
        const added = this.book.extend(samples);
        if (added) this.sheet.paintLast(added);
      },
      end: () => {
        this.book.end();
        this.changed(this.note);
        this.note = "";
        this.resting = setTimeout(() => this.sheet.follow(), REST_MS);
      },
      cancel: () => {
        this.book.cancel();
        this.changed("");
      },
    };
  }

  undo() {
    if (this.book.undo() === "stroke") return this.changed(`Stroke removed; ${strokes(this.book.line)} left`);
    this.sheet.show(this.book.line, this.prompt.length);
    this.changed(`The line is back: ${strokes(this.book.line)}`);
  }

  writeAgain() {
    this.book.startAgain();
    this.sheet.show(this.book.line, this.prompt.length);
    this.changed("The line is empty. Undo brings it back.");
  }

  changed(said) {
    this.sheet.paint();
    this.keepLine();
    this.refresh();
    this.say(said);
    at("handed").textContent = "";
  }

  penSeen() {
    at("fingers").hidden = false;
    at("touch").checked = false;
    this.say((this.note = "A pen writes, so touches do not draw."));
  }

  // ---- handing over

  get ink() {
    return ndjson(this.book.lines, this.prompts, at("writer").value);
  }

  /** The name of the file, and of the hand. */
  get name() {
    return handName(at("writer").value);
  }

  save() {
    download(this.ink, `${this.name}.ndjson`);
    this.handedOver(`Saved ${lines(this.book.written)} as ${this.name}.ndjson`);
  }

  async copy() {
    if (await copy(this.ink)) {
      this.handedOver(`Copied ${lines(this.book.written)}. Paste into a file named ${this.name}.ndjson.`);
    } else {
      at("handed").textContent = "This browser does not let the page copy. Save the file instead.";
    }
  }

  async share() {
    if (await share(this.ink, this.name)) this.handedOver(`Shared ${lines(this.book.written)}`);
  }

  handedOver(said) {
    this.unsaved = false;
    at("handed").textContent = said;
  }

  async forget() {
    if (!confirm(`Delete ${lines(this.book.written)} from this browser? This cannot be undone.`)) return;
    await this.keeper?.clear();
    this.book.clear();
    this.show();
    this.handedOver("All ink is deleted.");
  }

  // ---- what the page shows

  say(text) {
    at("status").textContent = text;
  }

  refresh() {
    const { book } = this;
    const some = book.line.strokes.length > 0;
    at("canvas").setAttribute("aria-label", `Your writing: ${some ? strokes(book.line) : "nothing yet"}`);
    enable("undo", book.canUndo);
    enable("again", some);
    enable("previous", book.index > 0);
    for (const id of ["save", "copy", "share", "forget"]) enable(id, book.written > 0);
    at("count").textContent = `${book.written} of ${lines(this.prompts.length)} written.`;
    for (const place of document.querySelectorAll(".name")) place.textContent = this.name;
    markSteps(at("steps"), book);
    this.offerSliding();
  }

  offerSliding() {
    const { back, on } = this.sheet.room;
    at("slide").classList.toggle("needed", back + on > 1);
    enable("back", back > 1);
    enable("on", on > 1);
  }

  // ---- what people do

  bind() {
    listen(at("canvas"), this.palms, this.writer);
    const actions = {
      undo: () => this.undo(),
      again: () => this.writeAgain(),
      back: () => this.sheet.slideBy(-0.6),
      on: () => this.sheet.slideBy(0.6),
      previous: () => this.go(this.book.index - 1),
      next: () => this.next(),
      save: () => this.save(),
      copy: () => this.copy(),
      share: () => this.share(),
      forget: () => this.forget(),
    };
    for (const [id, action] of Object.entries(actions)) at(id).addEventListener("click", unlessDisabled(action));
    at("touch").addEventListener("change", () => (this.palms.touchWrites = at("touch").checked));
    at("sizes").addEventListener("change", () => this.resize());
    at("writer").addEventListener("input", () => this.renamed());
    document.addEventListener("keydown", (event) => this.pressed(event));
    this.watchThePage();
  }

  /** @param {KeyboardEvent} event */
  pressed(event) {
    const id = isUndo(event) ? "undo" : event.target === at("sheet") && KEYS_OF_SHEET[event.key];
    if (!id) return;
    event.preventDefault();
    at(id).click();
  }

  /** The writer's choice, as a factor of the guides. */
  get size() {
    return Number(document.querySelector("[name=size]:checked").value);
  }

  resize() {
    this.sheet.factor = this.size;
    this.sheet.fit();
    this.keepAbout();
  }

  renamed() {
    this.refresh();
    this.keepAbout();
  }

  watchThePage() {
    new ResizeObserver(() => this.sheet.fit()).observe(at("sheet"));
    for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)"]) {
      matchMedia(query).addEventListener("change", () => this.sheet.paint());
    }
    addEventListener("beforeunload", (event) => {
      if (this.unsaved && !at("denied").hidden) event.preventDefault();
    });
  }
}

const KEYS_OF_SHEET = { ArrowLeft: "back", ArrowRight: "on", Enter: "next" };

/** Return whether keys mean undo, and not within a field of text. @param {KeyboardEvent} event @returns {boolean} */
function isUndo(event) {
  const isZ = event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey) && !event.shiftKey;
  return isZ && event.target !== at("writer");
}

/** @param {string} id @param {boolean} on: a button that is off keeps the focus, so that keys stay where they are */
function enable(id, on) {
  at(id).setAttribute("aria-disabled", String(!on));
}

/** @param {() => void} action @returns {(event: Event) => void} */
function unlessDisabled(action) {
  return (event) => event.currentTarget.getAttribute("aria-disabled") !== "true" && action();
}

/** @param {import("./line.mjs").Line} line @returns {string} */
function strokes(line) {
  return line.strokes.length === 1 ? "1 stroke" : `${line.strokes.length} strokes`;
}

/** @param {number} count @returns {string} */
function lines(count) {
  return count === 1 ? "1 line" : `${count} lines`;
}

await new Recorder(JSON.parse(at("prompts").textContent)).start();
