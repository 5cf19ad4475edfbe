import { createHash } from "node:crypto"
import { json, type Codec } from "../../src/index.js"

export interface Update {
  /** Counts all updates, from 1 on. */
  readonly sequence: number
  readonly key: string
  /** `null` when the key is gone. */
  readonly value: string | null
}

export interface Snapshot {
  /** Of the last update in it. */
  readonly sequence: number
  readonly entries: readonly (readonly [key: string, value: string])[]
}

/** Topics of what the server publishes. */
export const UPDATE = "update"
/** The server's sequence number, every now and then: who is behind it has missed something. */
export const SEQUENCE = "sequence"

export const update: Codec<Update> = json<Update>()
export const snapshot: Codec<Snapshot> = json<Snapshot>()

export function apply(state: Map<string, string>, { key, value }: Omit<Update, "sequence">): void {
  if (value === null) state.delete(key)
  else state.set(key, value)
}

/** The same for equal states. */
export function hashOf(state: ReadonlyMap<string, string>): string {
  const entries = [...state].sort(([a], [b]) => (a < b ? -1 : 1))
  return createHash("sha256").update(JSON.stringify(entries)).digest("hex")
}
