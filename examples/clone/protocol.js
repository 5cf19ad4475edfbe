import { createHash } from "node:crypto"
import { json } from "zmtp"

/** Topics of what the server publishes. */
export const UPDATE = "update"
/** The server's sequence number, every now and then: who is behind it has missed something. */
export const SEQUENCE = "sequence"

export const update = json()
export const snapshot = json()

export function apply(state, { key, value }) {
  if (value === null) state.delete(key)
  else state.set(key, value)
}

/** The same for equal states. */
export function hashOf(state) {
  const entries = [...state].sort(([a], [b]) => (a < b ? -1 : 1))
  return createHash("sha256").update(JSON.stringify(entries)).digest("hex")
}
