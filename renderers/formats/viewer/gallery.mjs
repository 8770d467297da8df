/** All pictures of the page, small: each is drawn when it comes into sight, and opens when it is pressed. */

import { onDark } from "./colours.mjs";
import { drawLabels, Strokes } from "./strokes.mjs";

const WIDTH = 240,
  HIGHEST = 320; // CSS pixels of a picture

export class Gallery {
  /**
   * @param {HTMLElement} list @param {string[]} titles of the pictures
   * @param {(k: number) => Promise<object>} picture @param {(k: number) => void} open
   */
  constructor(list, titles, picture, open) {
    this.picture = picture;
    this.dark = false;
    this.buttons = titles.map((title, k) => {
      const button = document.createElement("button"),
        canvas = document.createElement("canvas");
      const label = document.createElement("span"),
        item = document.createElement("li");
      button.type = "button";
      label.textContent = `${k + 1}. ${title}`;
      canvas.setAttribute("aria-hidden", "true");
      button.append(canvas, label);
      button.addEventListener("click", () => open(k));
      item.append(button);
      list.append(item);
      return button;
    });
    const seen = (entries) => entries.filter((one) => one.isIntersecting).forEach((one) => this.#draw(one.target));
    this.watcher = new IntersectionObserver(seen, { rootMargin: "200px" });
    this.watch();
  }

  /** Mark the picture that is open. @param {number} which */
  mark(which) {
    this.buttons.forEach((button, k) => {
      if (k === which) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    });
  }

  /** Draw those in sight, and the others when they are. */
  watch() {
    for (const button of this.buttons) {
      this.watcher.unobserve(button);
      this.watcher.observe(button);
    }
  }

  setDark(dark) {
    this.dark = dark;
    this.watch();
  }

  async #draw(button) {
    this.watcher.unobserve(button);
    const picture = await this.picture(this.buttons.indexOf(button));
    if (picture === null) return;
    const view = picture.views[0],
      { box } = view;
    const width = box.right - box.left,
      height = box.bottom - box.top;
    const scale = Math.min(WIDTH / width, HIGHEST / height) * Math.min(window.devicePixelRatio || 1, 2);
    const canvas = button.querySelector("canvas"),
      context = canvas.getContext("2d");
    canvas.width = Math.ceil(width * scale);
    canvas.height = Math.ceil(height * scale);
    canvas.style.setProperty("background", picture.background ?? "");
    context.setTransform(scale, 0, 0, scale, -box.left * scale, -box.top * scale);
    context.lineCap = context.lineJoin = "round";
    const colour = this.dark && picture.background === null ? onDark : (color) => color;
    new Strokes(view).drawUntil(context, Infinity, colour);
    drawLabels(context, view, colour);
  }
}
