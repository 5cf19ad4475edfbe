// What two processes say to each other, whatever runs them: values as lines of JSON, bytes among them in Base64.

export function toLine(value: unknown): string {
  return `${JSON.stringify(value, encode)}\n`
}

export function fromLine(line: string): unknown {
  return JSON.parse(line, decode)
}

/** Looks at what the holder has: a Buffer has been made into something else already. */
function encode(this: Record<string, unknown>, key: string, value: unknown): unknown {
  const original = this[key]
  return original instanceof Uint8Array ? { bytes: Buffer.from(original).toString("base64") } : value
}

function decode(_key: string, value: unknown): unknown {
  const { bytes } = (value ?? {}) as { bytes?: unknown }
  return typeof bytes === "string" ? Buffer.from(bytes, "base64") : value
}
