import { canShare, copy, download, share } from "./hand_over.mjs";
import { Keeper } from "./keeper.mjs";
import { begin, emptyLine, extend, removeLast, restored } from "./line.mjs";
import { Palms } from "./palms.mjs";
import { listen } from "./pen.mjs";
import { handName, ndjson, tidy } from "./rows.mjs";
import { Sheet } from "./sheet.mjs";

const REST_MS = 900; // a pen that is up for longer has finished a word
const ABOUT = "about"; // the name under which the browser keeps everything but the lines

/** @param {string} id @returns {any} the element of the page */
const at = (id) => document.getElementById(id);

/** The page: which line is shown, what its buttons do, and what it says. */
class Recorder {
  /** @param {{key: string, prompts: string[]}} page */
  constructor({ key, prompts }) {
    this.key = key;
    this.prompts = prompts;
    this.lines = prompts.map(() => emptyLine(1));
    this.before = new Map(); // lines as they were before "Write again", by number
    this.index = 0;
    this.resting = 0;
    this.unsaved = false;
    this.note = ""; // said at the end of a stroke
    this.sheet = new Sheet(at("canvas"), Math.max(...prompts.map((prompt) => prompt.length)));
    this.sheet.onSlide = () => this.offerSliding();
    this.palms = new Palms(() => this.penSeen());
  }

  async start() {
    this.keeper = await Keeper.open(this.key);
    await this.restore();
    this.makeSteps();
    this.bind();
    this.show(this.index);
    if (!this.keeper) this.keepsNothing();
    at("share").hidden = !canShare();
    document.body.dataset.ready = "yes";
  }

  // ---- what is kept

  async restore() {
    const kept = (await this.keeper?.all()) ?? new Map();
    this.lines = this.lines.map((line, k) => restored(kept.get(k)) ?? line);
    const { index, writer, size } = kept.get(ABOUT) ?? {};
    if (this.prompts[index]) this.index = index;
    if (typeof writer === "string") at("writer").value = writer;
    const choice = document.querySelector(`[name=size][value="${Number(size) || 1}"]`);
    if (choice) choice.checked = true;
    this.sheet.factor = this.size;
  }

  get size() {
    return Number(document.querySelector("[name=size]:checked").value);
  }

  keepLine() {
    this.unsaved = true;
    this.keep(this.index, this.line);
  }

  keepAbout() {
    this.keep(ABOUT, { index: this.index, writer: at("writer").value, size: this.size });
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

  get line() {
    return this.lines[this.index];
  }

  get written() {
    return this.lines.filter((line) => line.strokes.length).length;
  }

  show(index) {
    clearTimeout(this.resting);
    this.index = index;
    const [prompt, number] = [this.prompts[index], `Line ${index + 1} of ${this.prompts.length}`];
    at("which").textContent = number;
    at("prompt").textContent = prompt;
    at("next").textContent = index + 1 < this.prompts.length ? "Next line" : "Finish";
    this.sheet.show(this.line, prompt.length);
    this.refresh();
    at("steps").children[index].scrollIntoView({ block: "nearest", inline: "nearest" });
    this.keepAbout();
  }

  go(index) {
    if (!this.prompts[index]) return;
    this.show(index);
    this.say(`Line ${index + 1} of ${this.prompts.length}: ${this.prompts[index]}`);
  }

  next() {
    if (this.index + 1 < this.prompts.length) return this.go(this.index + 1);
    const empty = this.prompts.map((_, k) => k + 1).filter((_, k) => !this.lines[k].strokes.length);
    at("save-title").focus();
    this.say(empty.length ? `Still empty: ${empty.join(", ")}` : "All lines are written. Save your ink.");
  }

  // ---- writing

  get writer() {
    return {
      toSheet: (x, y) => this.sheet.toLine(x, y),
      begin: (sample) => {
        clearTimeout(this.resting);
        this.sheet.hold();
        begin(this.line, sample);
        this.sheet.paintLast(1);
      },
      extend: (samples) => {
        const added = samples.filter((sample) => extend(this.line, sample)).length;
        if (added) this.sheet.paintLast(added);
      },
      end: () => {
        this.changed(this.note);
        this.note = "";
        this.resting = setTimeout(() => this.sheet.follow(), REST_MS);
      },
      cancel: () => {
        removeLast(this.line);
        this.changed("");
      },
    };
  }

  undo() {
    if (removeLast(this.line)) return this.changed(`Stroke removed; ${strokes(this.line)} left`);
    this.lines[this.index] = this.before.get(this.index);
    this.before.delete(this.index);
    this.sheet.show(this.line, this.prompts[this.index].length);
    this.changed(`The line is back: ${strokes(this.line)}`);
  }

  writeAgain() {
    this.before.set(this.index, this.line);
    this.lines[this.index] = emptyLine(this.sheet.unit);
    this.sheet.show(this.line, this.prompts[this.index].length);
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

  /** The name of the file, and of the hand. */
  get name() {
    return handName(at("writer").value);
  }

  get ink() {
    return ndjson(this.lines, this.prompts, at("writer").value);
  }

  save() {
    download(this.ink, `${this.name}.ndjson`);
    this.handedOver(`Saved ${lines(this.written)} as ${this.name}.ndjson`);
  }

  async copy() {
    if (await copy(this.ink)) this.handedOver(`Copied ${lines(this.written)}. Paste into a file named ${this.name}.ndjson.`);
    else at("handed").textContent = "This browser does not let the page copy. Save the file instead.";
  }

  async share() {
    if (await share(this.ink, this.name)) this.handedOver(`Shared ${lines(this.written)}`);
  }

  handedOver(said) {
    this.unsaved = false;
    at("handed").textContent = said;
  }

  async forget() {
    if (!confirm(`Delete ${lines(this.written)} from this browser? This cannot be undone.`)) return;
    await this.keeper?.clear();
    this.before.clear();
    this.lines = this.prompts.map(() => emptyLine(this.sheet.unit));
    this.unsaved = false;
    this.show(0);
    at("handed").textContent = "All ink is deleted.";
  }

  // ---- what the page shows

  say(text) {
    at("status").textContent = text;
  }

  refresh() {
    const some = this.line.strokes.length > 0;
    at("canvas").setAttribute("aria-label", `Your writing: ${some ? strokes(this.line) : "nothing yet"}`);
    enable("undo", some || this.before.has(this.index));
    enable("again", some);
    enable("previous", this.index > 0);
    for (const id of ["save", "copy", "share", "forget"]) enable(id, this.written > 0);
    at("count").textContent = `${this.written} of ${lines(this.prompts.length)} written.`;
    for (const place of document.querySelectorAll(".name")) place.textContent = this.name;
    this.markSteps();
    this.offerSliding();
  }

  offerSliding() {
    const { back, on } = this.sheet.room;
    at("slide").classList.toggle("needed", back + on > 1);
    enable("back", back > 1);
    enable("on", on > 1);
  }

  makeSteps() {
    at("steps").append(
      ...this.prompts.map((_, k) => {
        const [item, button] = ["li", "button"].map((name) => document.createElement(name));
        button.type = "button";
        button.textContent = String(k + 1);
        button.addEventListener("click", () => this.go(k));
        item.append(button);
        return item;
      }),
    );
  }

  markSteps() {
    this.lines.forEach((line, k) => {
      const button = at("steps").children[k].firstChild;
      const written = line.strokes.length > 0;
      button.classList.toggle("written", written);
      button.setAttribute("aria-label", `Line ${k + 1}, ${written ? "written" : "empty"}`);
      if (k === this.index) button.setAttribute("aria-current", "step");
      else button.removeAttribute("aria-current");
    });
  }

  // ---- what people do

  bind() {
    listen(at("canvas"), this.palms, this.writer);
    const actions = {
      undo: () => this.undo(),
      again: () => this.writeAgain(),
      back: () => this.sheet.slideBy(-0.6),
      on: () => this.sheet.slideBy(0.6),
      previous: () => this.go(this.index - 1),
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
    const inField = event.target instanceof HTMLInputElement && event.target.type === "text";
    let id = { ArrowLeft: "back", ArrowRight: "on", Enter: "next" }[event.key];
    if (event.target !== at("sheet")) id = undefined;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z" && !event.shiftKey && !inField) id = "undo";
    if (!id) return;
    event.preventDefault();
    at(id).click();
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
