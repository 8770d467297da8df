/** Handing what a page made over to its user: as a file, on the clipboard, or to another app. */

/**
 * Let the browser save `content` as a file.
 * @param {string | Blob} content @param {string} name @param {string} type of a text
 */
export function download(content, name, type = "application/x-ndjson") {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content], { type: content.type ?? type }));
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // some browsers read it only once asked where to
}

/**
 * Copy `text`; return whether the browser let us.
 * @param {string} text @returns {Promise<boolean>}
 */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copySelected(text); // a page that came by http has no clipboard
  }
}

/** Return whether this browser can hand a file to another app. @returns {boolean} */
export function canShare() {
  return Boolean(navigator.canShare?.({ files: [shared("", "hand")] }));
}

/**
 * Offer `text` to other apps; return whether one took it.
 * @param {string} text @param {string} name without suffix @returns {Promise<boolean>}
 */
export async function share(text, name) {
  try {
    await navigator.share({ files: [shared(text, name)] });
    return true;
  } catch {
    return false; // the writer closed the menu
  }
}

/** @param {string} text @param {string} name @returns {File} of a type that browsers let pages share */
function shared(text, name) {
  return new File([text], `${name}.txt`, { type: "text/plain" });
}

/** @param {string} text @returns {boolean} */
function copySelected(text) {
  const focused = document.activeElement;
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "offscreen";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  focused?.focus();
  return done;
}
