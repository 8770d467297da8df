/** Arrays of numbers, as renderers/formats/viewer/arrays.py packs them. */

const TYPES = { u1: Uint8Array, i1: Int8Array, u2: Uint16Array, i2: Int16Array, i4: Int32Array };

/**
 * Return the arrays of a pack. It fails where the browser cannot decompress.
 * @param {{arrays: [string, number, number][], data: string}} pack @returns {Promise<ArrayLike<number>[]>}
 */
export async function unpack(pack) {
  const bytes = await inflated(pack.data);
  let start = 0;
  return pack.arrays.map(([kind, length, deltas]) => {
    const values = new TYPES[kind](length);
    const width = values.BYTES_PER_ELEMENT;
    join(bytes.subarray(start, start + width * length), values, width);
    start += width * length;
    if (deltas) for (let k = 1; k < length; k++) values[k] += values[k - 1]; // wraps around, as it was made
    return values;
  });
}

/** Put the bytes of equal weight, which lie together, into `values`. */
function join(planes, values, width) {
  const bytes = new Uint8Array(values.buffer);
  const length = values.length;
  for (let w = 0; w < width; w++) {
    for (let k = 0, from = w * length; k < length; k++) bytes[k * width + w] = planes[from + k];
  }
}

/** @param {string} base64 of data that zlib compressed @returns {Promise<Uint8Array>} */
async function inflated(base64) {
  const bytes = Uint8Array.from(atob(base64), (one) => one.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
