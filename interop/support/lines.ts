// Values as lines of JSON, for processes in any runtime. Bytes in the values are encoded as Base64.

export function toLine(value: unknown): string {
  return `${JSON.stringify(value, encode)}\n`
}

export function fromLine(line: string): unknown {
  return JSON.parse(line, decode)
}

/** Reads the value from its holder, because `toJSON` has already converted a Buffer. */
function encode(this: Record<string, unknown>, key: string, value: unknown): unknown {
  const original = this[key]
  return original instanceof Uint8Array ? { bytes: Buffer.from(original).toString("base64") } : value
}

function decode(_key: string, value: unknown): unknown {
  const { bytes } = (value ?? {}) as { bytes?: unknown }
  return typeof bytes === "string" ? Buffer.from(bytes, "base64") : value
}
