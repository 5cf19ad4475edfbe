import { createHash } from "node:crypto"
import { json } from "zmtp"

/** Topics of the server's messages. */
export const UPDATE = "update"
/** The server's sequence number, published periodically. A client with a lower number has missed updates. */
export const SEQUENCE = "sequence"

export const update = json()
export const snapshot = json()

export function apply(state, { key, value }) {
  if (value === null) state.delete(key)
  else state.set(key, value)
}

/** Hash of a state; equal for equal states. */
export function hashOf(state) {
  const entries = [...state].sort(([a], [b]) => (a < b ? -1 : 1))
  return createHash("sha256").update(JSON.stringify(entries)).digest("hex")
}
