/**
 * Runs one program of the guide, and reports what it prints. It is a worker so that a program that never ends can be stopped.
 * The page sends `{ code, library }`: JavaScript that imports "zmtp", and the address of the library.
 */

// In Node frames are Buffers, which print as text. The programs of the guide are written for Node.
Object.defineProperty(Uint8Array.prototype, "toString", {
  value() {
    return new TextDecoder().decode(this)
  },
})

for (const level of ["log", "info", "warn", "error"]) {
  console[level] = (...values) => postMessage({ text: values.map(format).join(" "), isError: level === "error" })
}

self.addEventListener("message", async ({ data: { code, library } }) => {
  const script = code.replaceAll(/from\s+(["'])zmtp(?:\/browser)?\1/g, () => `from ${JSON.stringify(library)}`)
  const address = URL.createObjectURL(new Blob([script], { type: "text/javascript" }))
  try {
    await import(/* @vite-ignore */ address)
    postMessage({ ended: true })
  } catch (error) {
    postMessage({ text: String(error), isError: true, ended: true })
  }
})

function format(value) {
  if (typeof value === "string" || value instanceof Error || value instanceof Uint8Array) return String(value)
  if (Array.isArray(value)) return `[ ${value.map((item) => JSON.stringify(format(item))).join(", ")} ]`
  return JSON.stringify(value, undefined, 2) ?? String(value)
}
