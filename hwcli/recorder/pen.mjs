/**
 * Pointer events of pens, fingers and mice as strokes: one pointer at a time, with all samples between two frames.
 *
 * @typedef {{begin: (sample: object) => void, extend: (samples: object[]) => void, end: () => void,
 *   cancel: () => void, toSheet: (x: number, y: number) => {x: number, y: number}}} Writer
 */

/**
 * Let pointers on `element` write.
 * @param {HTMLElement} element @param {import("./palms.mjs").Palms} palms @param {Writer} writer
 */
export function listen(element, palms, writer) {
  /** @type {{id: number, type: string} | null} */
  let drawing = null;

  const stop = (event, how) => {
    if (drawing?.id !== event.pointerId) return;
    drawing = null;
    how();
  };

  element.addEventListener("pointerdown", (event) => {
    palms.see(event.pointerType);
    stop(event, writer.end); // its pointerup was lost
    if (drawing && palms.replaces(event.pointerType, drawing.type)) {
      drawing = null;
      writer.cancel();
    }
    if (drawing || event.button !== 0 || !palms.admit(event.pointerType)) return;
    drawing = { id: event.pointerId, type: event.pointerType };
    capture(element, event.pointerId);
    writer.begin(sample(event, writer));
  });
  element.addEventListener("pointermove", (event) => {
    palms.see(event.pointerType); // a pen that hovers: its hand is about to touch
    if (drawing?.id === event.pointerId) writer.extend(samples(event).map((one) => sample(one, writer)));
  });
  element.addEventListener("pointerup", (event) => stop(event, writer.end));
  element.addEventListener("pointercancel", (event) => stop(event, writer.cancel)); // a palm, or a system's gesture
  element.addEventListener("lostpointercapture", (event) => stop(event, writer.end));
  keepGestures(element);
}

/**
 * Return all events that the browser put together into one; not every browser tells, nor tells a page that came by http.
 * @param {PointerEvent} event @returns {PointerEvent[]}
 */
function samples(event) {
  const all = event.getCoalescedEvents?.() ?? [];
  return all.length ? all : [event];
}

/** @param {PointerEvent} event @param {Writer} writer @returns {object} a sample of the line */
function sample(event, writer) {
  const place = writer.toSheet(event.clientX, event.clientY);
  return { ...place, time: performance.timeOrigin + event.timeStamp, pressure: event.pressure };
}

/** Keep receiving a pointer that leaves the element. @param {HTMLElement} element @param {number} id */
function capture(element, id) {
  try {
    element.setPointerCapture(id);
  } catch {
    // a pointer that is gone already
  }
}

/** Keep the browser from scrolling, zooming, selecting and opening menus where one writes. */
function keepGestures(element) {
  for (const name of ["touchstart", "touchmove"]) {
    element.addEventListener(name, (event) => event.preventDefault(), { passive: false });
  }
  for (const name of ["contextmenu", "selectstart", "dragstart"]) {
    element.addEventListener(name, (event) => event.preventDefault());
  }
}
