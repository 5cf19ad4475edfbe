// @ts-check
// What two processes say to each other, whatever runs them: values as lines of JSON, bytes among them in Base64.

/** @param {unknown} value */
export function toLine(value) {
  return `${JSON.stringify(value, encode)}\n`
}

/**
 * @param {string} line
 * @returns {unknown}
 */
export function fromLine(line) {
  return JSON.parse(line, decode)
}

/**
 * Looks at what the holder has: a Buffer has been made into something else already.
 * @this {Record<string, unknown>}
 * @param {string} key
 * @param {unknown} value
 */
function encode(key, value) {
  const original = this[key]
  if (!(original instanceof Uint8Array)) return value
  return { bytes: Buffer.from(original.buffer, original.byteOffset, original.length).toString("base64") }
}

/**
 * @param {string} _key
 * @param {any} value
 */
function decode(_key, value) {
  return typeof value?.bytes === "string" ? Buffer.from(value.bytes, "base64") : value
}
