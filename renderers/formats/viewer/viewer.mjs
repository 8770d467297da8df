/** The page: one picture on the sheet, its controls, and the gallery of all. */

import { download } from "../../web/hand_over.mjs";
import { CloseUp } from "./close_up.mjs";
import { Clock, penTimes } from "./pace.mjs";
import { Details } from "./details.mjs";
import { Gallery } from "./gallery.mjs";
import { drawMarks } from "./marks.mjs";
import { isHeatMap, Picture } from "./picture.mjs";
import { Sheet } from "./sheet.mjs";
import { svg } from "./svg.mjs";

const NEAR = 28; // CSS pixels from the pointer to a point
const SPEEDS = [0.1, 0.25, 0.5, 1, 2, 4, 8];
const DETAILS_EVERY = 100; // milliseconds between changes of the numbers while it writes
const TOO_OLD = "This browser is too old to unpack the ink. Open the page in a current one.";

const at = (id) => document.getElementById(id);
const pace = JSON.parse(at("pace").textContent);
const cards = [...document.querySelectorAll("script.card")];
const dark = matchMedia("(prefers-color-scheme: dark)");
const still = matchMedia("(prefers-reduced-motion: reduce)");

const sheet = new Sheet(at("frame"), { sheet: at("sheet"), heat: at("heat"), ink: at("ink"), marks: at("marks") });
const closeUp = new CloseUp(at("close-up"));
const details = new Details(at);
const clock = new Clock(() => update());
const opened = new Map();
let picture = null,
  view = null,
  which = -1,
  density = null;
let hovered = null; // the point under the pointer
let detailed = 0; // when the numbers changed last
let gallery = null;

/** @returns {Promise<Picture | null>} picture `k`, decoded once; null where the browser cannot */
function pictureOf(k) {
  if (!opened.has(k)) {
    const made = Picture.of(JSON.parse(cards[k].textContent)).catch(() => {
      at("trouble").textContent = TOO_OLD;
      at("trouble").hidden = false;
      return null;
    });
    opened.set(k, made);
  }
  return opened.get(k);
}

async function open(k) {
  which = k;
  gallery?.mark(k);
  const next = await pictureOf(k);
  await next?.decodePredictions();
  if (next === null || which !== k) return; // another was opened meanwhile
  picture = next;
  clock.reset(penTimes(picture.inks, pace));
  hovered = null;
  at("heading").textContent = picture.title || `Ink ${k + 1}`;
  details.begin(picture);
  const wanted = view?.name;
  fillStyles();
  const has = picture.inks.some((one) => one.prediction !== null);
  for (const name of ["densities", "show-ellipses"]) at(name).hidden = !has;
  at("scrub").max = String(picture.count);
  setView(picture.views.find((one) => one.name === wanted) ?? picture.views[0]);
  if (density === null) setDensity(isHeatMap(view) ? "all" : "next");
  update();
  if (!still.matches) play();
  document.body.dataset.ready = String(k + 1);
}

function fillStyles() {
  const made = picture.views.map(({ name }) => {
    const option = document.createElement("option");
    option.value = option.textContent = name;
    return option;
  });
  at("style").replaceChildren(...made);
}

function setView(next) {
  view = next;
  at("style").value = view.name;
  sheet.show(picture, view);
}

function setDensity(mode) {
  density = mode;
  for (const input of document.querySelectorAll("[name=density]")) input.checked = input.value === mode;
}

/** @returns {number} the point that the pen, or the pointer, is at; -1 before the first */
function here() {
  return hovered ?? clock.written - 1;
}

/** Show the page as it is now. */
function update() {
  if (picture === null) return;
  const { running, written } = clock,
    point = here();
  sheet.drawInk(written, !running);
  sheet.drawDensity(density, Math.min(point + 1, picture.count - 1));
  drawMarks(sheet, point, !running, at("ellipses").checked);
  if (!at("prediction").hidden) closeUp.draw(sheet, point, running, at("ellipses").checked);
  if (running) sheet.reveal(Math.max(written - 1, 0), false);
  const label = running ? "Pause" : "Play";
  if (at("play").textContent !== label) at("play").textContent = label;
  const now = performance.now();
  if (!running || now - detailed > DETAILS_EVERY) {
    detailed = now;
    details.show(point);
    at("scrub").value = String(written);
    at("scrub").setAttribute("aria-valuetext", details.spoken(written - 1));
  }
}

function play() {
  hovered = null;
  clock.play();
  update();
}

function seek(points) {
  clock.seek(Math.min(Math.max(points, 0), picture.count));
  hovered = null;
  update();
  sheet.reveal(Math.max(clock.written - 1, 0), false);
}

/** Step to another point, and tell those who cannot see it. */
function step(points) {
  seek(points);
  at("status").textContent = details.spoken(clock.written - 1);
}

/** @returns {number} the points that are written at the end of the next stroke, or at the end of the one before */
function strokeEnd(forward) {
  const ends = [];
  for (const ink of picture.inks) {
    for (let k = 1; k <= ink.count; k++) if (k === ink.count || !ink.down[k]) ends.push(ink.first + k);
  }
  const now = clock.written;
  return forward ? (ends.find((one) => one > now) ?? picture.count) : (ends.findLast((one) => one < now) ?? 0);
}

function save() {
  const images = sheet.styleImages();
  if (isHeatMap(view) || density === "all") images.push(sheet.densityImage());
  const name = `${fileName(picture.title) || `ink-${which + 1}`}.${view.name}.svg`;
  download(svg(picture, view, images), name, "image/svg+xml");
  update();
}

function fileName(title) {
  return title
    .normalize("NFKD")
    .replaceAll(/[^\w ]+/g, "")
    .trim()
    .replaceAll(/\s+/g, "-")
    .slice(0, 40)
    .toLowerCase();
}

const KEYS = {
  ArrowRight: (shift) => step(clock.written + (shift ? 10 : 1)),
  ArrowLeft: (shift) => step(clock.written - (shift ? 10 : 1)),
  ArrowDown: () => step(strokeEnd(true)),
  ArrowUp: () => step(strokeEnd(false)),
  Home: () => step(0),
  End: () => step(picture.count),
  " ": () => toggle(),
};

function toggle() {
  if (clock.running) clock.pause();
  else play();
  update();
}

function connect() {
  const frame = at("frame");
  at("play").addEventListener("click", toggle);
  at("back").addEventListener("click", () => step(clock.written - 1));
  at("on").addEventListener("click", () => step(clock.written + 1));
  at("scrub").addEventListener("input", () => seek(Number(at("scrub").value)));
  at("save").addEventListener("click", save);
  at("ellipses").addEventListener("change", update);
  at("style").addEventListener("change", () => {
    const before = isHeatMap(view);
    setView(picture.views.find((one) => one.name === at("style").value));
    if (density !== "off" && before !== isHeatMap(view)) setDensity(before ? "next" : "all");
    update();
  });
  for (const input of document.querySelectorAll("[name=density]")) {
    input.addEventListener("change", () => {
      density = input.value;
      update();
    });
  }
  frame.addEventListener("keydown", (event) => {
    const act = event.ctrlKey || event.metaKey || event.altKey ? null : KEYS[event.key];
    if (!act || picture === null) return;
    event.preventDefault();
    act(event.shiftKey);
  });
  frame.addEventListener("pointermove", (event) => {
    if (picture === null || clock.running || event.pointerType === "touch") return;
    const point = sheet.nearest(event.clientX, event.clientY, NEAR);
    if (point === hovered) return;
    hovered = point;
    update();
  });
  frame.addEventListener("pointerleave", () => {
    if (hovered === null) return;
    hovered = null;
    update();
  });
  frame.addEventListener("click", (event) => {
    const point = picture && sheet.nearest(event.clientX, event.clientY, NEAR);
    if (point !== null) step(point + 1);
  });
  dark.addEventListener("change", setDark);
  new ResizeObserver(() => {
    sheet.fit();
    update();
  }).observe(frame);
}

function fillSpeeds() {
  const speeds = [...new Set([...SPEEDS, pace.speed])].sort((one, other) => one - other);
  const made = speeds.map((speed) => {
    const option = document.createElement("option");
    option.value = String(speed);
    option.textContent = `${speed} ×`;
    return option;
  });
  at("speed").replaceChildren(...made);
  at("speed").value = String(pace.speed);
  clock.speed = pace.speed;
  at("speed").addEventListener("change", () => (clock.speed = Number(at("speed").value)));
}

function setDark() {
  sheet.setDark(dark.matches);
  gallery?.setDark(dark.matches);
  update();
}

if (cards.length > 1) {
  at("gallery").hidden = false;
  const titles = cards.map((card) => card.dataset.title);
  gallery = new Gallery(at("inks"), titles, pictureOf, (k) => {
    open(k);
    at("viewer").scrollIntoView({ block: "start", behavior: still.matches ? "instant" : "smooth" });
    at("frame").focus({ preventScroll: true });
  });
}
fillSpeeds();
connect();
setDark();
open(0);
