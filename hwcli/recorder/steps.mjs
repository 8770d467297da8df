/**
 * Fill a list with one numbered button per line.
 * @param {HTMLElement} list @param {number} count @param {(index: number) => void} go
 */
export function makeSteps(list, count, go) {
  for (let k = 0; k < count; k++) {
    const [item, button] = ["li", "button"].map((name) => document.createElement(name));
    button.type = "button";
    button.textContent = String(k + 1);
    button.addEventListener("click", () => go(k));
    item.append(button);
    list.append(item);
  }
}

/**
 * Mark the lines that have ink, and the open one.
 * @param {HTMLElement} list @param {import("./book.mjs").Book} book
 */
export function markSteps(list, book) {
  book.lines.forEach((line, k) => {
    const button = list.children[k].firstChild;
    const written = line.strokes.length > 0;
    button.classList.toggle("written", written);
    button.setAttribute("aria-label", `Line ${k + 1}, ${written ? "written" : "empty"}`);
    if (k === book.index) button.setAttribute("aria-current", "step");
    else button.removeAttribute("aria-current");
  });
}
